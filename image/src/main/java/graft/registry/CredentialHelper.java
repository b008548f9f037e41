package graft.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.oci.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A program `docker-credential-NAME` that keeps logins: a verb as its argument, JSON or a server's
/// address on its standard input, JSON on its output.
///
/// Source: docker-credential-helpers, "Development". The user name `<token>` marks an identity
/// token.
final class CredentialHelper {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int MAX_ANSWER = 1024 * 1024;
  private static final String TOKEN = "<token>";
  private final String program;
  private final Path executable;

  /// @param searchPath as in `PATH`
  CredentialHelper(String name, String searchPath) {
    if (!name.matches("[A-Za-z0-9._-]+")) {
      throw GraftException.invalid("not the name of a credential helper: \"" + name + "\"");
    }
    program = "docker-credential-" + name;
    executable =
        Stream.of(searchPath.split(":", -1))
            .filter(d -> d.startsWith("/"))
            .map(d -> Path.of(d, program))
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow(() ->
                GraftException.internal(
                    "the credential helper " + program + " is not on the PATH", null));
  }

  Optional<Login> get(String server) {
    Output output = run("get", server);
    if (!output.ok()) {
      if (output.text().contains("credentials not found")) {
        return Optional.empty();
      }
      throw failed("get", output);
    }
    JsonNode root =
        Json.object(output.text().getBytes(StandardCharsets.UTF_8), "the answer of " + program);
    String user = Json.text(root, "Username");
    String secret = Json.text(root, "Secret");
    return Optional.of(
        user.equals(TOKEN) ? new Login("", "", secret, "") : new Login(user, secret));
  }

  void store(String server, Login login) {
    boolean token = !login.identityToken().isEmpty();
    ObjectNode root = Json.MAPPER.createObjectNode();
    root.put("ServerURL", server);
    root.put("Username", token ? TOKEN : login.username());
    root.put("Secret", token ? login.identityToken() : login.password());
    Output output = run("store", new String(Json.bytes(root), StandardCharsets.UTF_8));
    if (!output.ok()) {
      throw failed("store", output);
    }
  }

  void erase(String server) {
    Output output = run("erase", server);
    if (!output.ok() && !output.text().contains("credentials not found")) {
      throw failed("erase", output);
    }
  }

  private record Output(boolean ok, String text) {}

  private GraftException failed(String verb, Output output) {
    // Of a failed helper the output is an error message; of a good one it is a secret.
    String why = output.text().replaceAll("\\p{Cntrl}+", " ").strip();
    return GraftException.internal(
        program + " " + verb + " failed: " + why.substring(0, Math.min(300, why.length())), null);
  }

  private Output run(String verb, String input) {
    Process process;
    try {
      process =
          new ProcessBuilder(executable.toString(), verb)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      throw GraftException.internal(
          "cannot start the credential helper " + program + ": " + e.getMessage(), e);
    }
    Thread watch = Thread.ofVirtual().start(() -> killWhenLate(process));
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException _) {
        // a helper that does not read its input says why by its exit code
      }
      byte[] bytes = process.getInputStream().readNBytes(MAX_ANSWER);
      return new Output(process.waitFor() == 0, new String(bytes, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw GraftException.internal(program + " " + verb + " failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GraftException(
          GraftException.Kind.CANCELLED, "cancelled while waiting for " + program, e);
    } finally {
      watch.interrupt();
      process.destroyForcibly();
    }
  }

  private static void killWhenLate(Process process) {
    try {
      if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      // it answered in time
    }
  }
}

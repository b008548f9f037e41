package graft.cli.command;

import graft.cli.http.ApiException;
import graft.cli.http.Engine;
import graft.oci.Reference;
import graft.registry.DockerConfigCredentials;
import graft.registry.Login;
import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// `graft login` and `logout`. Logins are kept where Docker keeps them, in `~/.docker/config.json`
/// or with a credential helper, so each of the two programs finds what the other stored.
public final class Logins implements Verb {
  private static final String HUB = Reference.DOCKER_HUB;

  @Override
  public Options options(String name) {
    return new Options(name, name + ": credentials for a registry")
        .value("NAME", "User name", "-u", "--username")
        .value("PASSWORD", "Password (others can see it: better --password-stdin)", "--password")
        .flag("Read the password from standard input", "--password-stdin")
        .arguments("[REGISTRY]");
  }

  private static DockerConfigCredentials store() {
    return DockerConfigCredentials.ofEnvironment(System.getenv());
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String registry = line.arguments(0, 1).isEmpty() ? HUB : host(line.argument(0));
    if (line.verb().equals("logout")) {
      System.out.println("Removing login credentials for " + registry);
      if (!store().erase(registry)) {
        System.out.println("Not logged in to " + registry);
      }
      return 0;
    }
    String user = line.text("--username");
    if (user.isEmpty()) {
      user = ask("Username: ", false);
    }
    String password =
        line.flag("--password-stdin")
            ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip()
            : line.given("--password") ? line.text("--password") : ask("Password: ", true);
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("username", user);
    request.put("password", password);
    request.put("serveraddress", registry);
    String token = engine.post("/auth", request).at("IdentityToken").text();
    store()
        .store(
            registry, token.isEmpty() ? new Login(user, password) : new Login(user, "", token, ""));
    System.out.println("Login Succeeded");
    return 0;
  }

  private static String ask(String prompt, boolean secret) throws IOException {
    // Never null since JDK 22.
    Console console = Objects.requireNonNull(System.console());
    if (!console.isTerminal()) {
      throw new ApiException(
          400,
          "cannot ask for "
              + prompt.toLowerCase(java.util.Locale.ROOT).replace(": ", "")
              + " without a terminal; use --username and --password-stdin");
    }
    if (secret) {
      char[] typed = console.readPassword("%s", prompt);
      return typed == null ? "" : new String(typed);
    }
    String typed = console.readLine("%s", prompt);
    return typed == null ? "" : typed;
  }

  private static String host(String address) {
    String host = address.replaceFirst("^https?://", "");
    int slash = host.indexOf('/');
    return slash < 0 ? host : host.substring(0, slash);
  }

  /// The header that sends the login for an image's registry along; an empty object if there is
  /// none.
  static Map<String, String> header(String image) {
    Optional<Login> login;
    try {
      login = store().find(Reference.parse(image).registry());
    } catch (graft.error.GraftException e) {
      // A name that is none: the engine says so better.
      login = Optional.empty();
    }
    String json =
        login
            .map(l -> {
              Map<String, Object> fields = new LinkedHashMap<>();
              fields.put("username", l.username());
              fields.put("password", l.password());
              fields.put("identitytoken", l.identityToken());
              return graft.cli.json.Json.of(fields).write();
            })
            .orElse("{}");
    return Map.of(
        "X-Registry-Auth",
        Base64.getUrlEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8)));
  }
}

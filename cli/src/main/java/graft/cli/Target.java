package graft.cli;

import graft.cli.http.Engine;
import graft.cli.http.TlsEndpoint;
import graft.cli.http.UnixEndpoint;
import graft.cli.verb.UsageException;
import graft.docker.Host;
import graft.rootless.Places;
import graft.tls.Mutual;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which engine is meant, and who we are to it: options before the verb, then Graft's variables.
/// Docker's are not read: whoever has `DOCKER_HOST` set for another engine does not mean Graft, and
/// `graft system prune` must not reach it. Without any it is the engine of whoever asks: root's, or
/// the rootless one of a normal user.
final class Target {
  private final Map<String, String> variables;
  private final Map<String, String> given = new HashMap<>();

  Target(Map<String, String> variables) {
    this.variables = variables;
  }

  /// True if the word is an option of ours; its value is taken from the words after it.
  boolean takes(String word, Deque<String> words) {
    int equals = word.indexOf('=');
    String option = equals < 0 ? word : word.substring(0, equals);
    @Nullable String value = equals < 0 ? null : word.substring(equals + 1);
    switch (option) {
      case "--tlsverify", "--tls" -> given.put(option, value == null ? "true" : value);
      case "-H", "--host", "--tlscacert", "--tlscert", "--tlskey" -> {
        if (value != null) {
          given.put(option.equals("-H") ? "--host" : option, value);
        } else if (words.isEmpty()) {
          throw new UsageException(
              "the option " + option + " needs a value", "", UsageException.OPTION);
        } else {
          given.put(option.equals("-H") ? "--host" : option, words.pop());
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  Engine engine() {
    Host host = host();
    if (host instanceof Host.Unix unix) {
      Path socket = unix.path();
      boolean ours = socket.equals(Places.own().socket());
      return new Engine(new UnixEndpoint(socket), cause -> EngineStart.start(socket, ours, cause));
    }
    return byTls((Host.Tcp) host);
  }

  Host host() {
    if (given.containsKey("--host")) {
      return Host.parse(given.getOrDefault("--host", ""));
    }
    String graft = variable("GRAFT_HOST");
    if (!graft.isEmpty()) {
      return Host.parse(graft);
    }
    return new Host.Unix(Places.own().socket());
  }

  /// The files of the other side's trust and our identity, for a TCP host.
  Mutual files() {
    String directory = variable("GRAFT_CERT_PATH");
    Mutual usual =
        Mutual.in(
            directory.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".docker")
                : Path.of(directory));
    return new Mutual(
        path("--tlscacert", usual.authority()),
        path("--tlscert", usual.certificate()),
        path("--tlskey", usual.key()));
  }

  private Path path(String option, Path otherwise) {
    String value = given.getOrDefault(option, "");
    return value.isEmpty() ? otherwise : Path.of(value);
  }

  private Engine byTls(Host.Tcp host) {
    if (given.getOrDefault("--tlsverify", "true").equals("false")
        || given.getOrDefault("--tls", "true").equals("false")) {
      throw new IllegalArgumentException(
          "cannot reach "
              + host
              + " unverified: graft speaks to TCP hosts by TLS with certificates on both sides only");
    }
    return new Engine(
        new TlsEndpoint(host.name(), host.port(), files()),
        cause -> {
          throw new IOException("no engine answers at " + host, cause);
        });
  }

  private String variable(String name) {
    return variables.getOrDefault(name, "");
  }
}

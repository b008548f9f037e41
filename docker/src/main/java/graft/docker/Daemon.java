package graft.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.http.HttpServer;
import graft.engine.Engine;
import graft.engine.EngineConfig;
import graft.error.GraftException;
import graft.oci.Json;
import graft.registry.RegistryOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The daemon: an engine, and the Docker API before it. Options on the command line win over
/// `/etc/graft/daemon.json`, which has Docker's names for them (`data-root`, `hosts`,
/// `registry-mirrors`, `insecure-registries`, `bridge`, `bip`).
public final class Daemon {
  private static final Path CONFIG = Path.of("/etc/graft/daemon.json");

  private static final Logger HELIDON = Logger.getLogger("io.helidon");

  private Daemon() {}

  /// Serves until SIGTERM or SIGINT; containers go on. The exit code.
  public static int run(List<String> args) {
    // Held, since a logger that nobody holds forgets its level.
    HELIDON.setLevel(Level.WARNING);
    Options options;
    try {
      options = Options.read(args);
      Engine engine = Engine.open(options.engine());
      List<HttpServer> servers = new ArrayList<>();
      for (Path socket : options.sockets()) {
        servers.add(HttpServer.start(socket, Api.routes(engine)));
      }
      CountDownLatch stopped = new CountDownLatch(1);
      java.lang.Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .unstarted(() -> {
                    close(servers, engine);
                    stopped.countDown();
                  }));
      for (String trouble : engine.troubles()) {
        System.err.println("graft: " + trouble);
      }
      System.err.println(
          "graft: serving the Docker API at "
              + options.sockets()
              + ", data in "
              + options.engine().dataRoot());
      stopped.await();
      return 0;
    } catch (GraftException | IOException e) {
      System.err.println("graft: " + (e instanceof GraftException g ? g.text() : e.getMessage()));
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  public static void main(String[] args) {
    System.exit(run(List.of(args)));
  }

  private static void close(List<HttpServer> servers, Engine engine) {
    try {
      for (HttpServer server : servers) {
        server.close();
      }
      engine.close();
    } catch (IOException e) {
      System.err.println("graft: " + e.getMessage());
    }
  }

  record Options(EngineConfig engine, List<Path> sockets) {
    static Options read(List<String> args) throws IOException {
      ObjectNode file =
          Files.exists(CONFIG)
              ? Json.object(Files.readAllBytes(CONFIG), CONFIG.toString())
              : Json.MAPPER.createObjectNode();
      String data = text(file, "data-root", "/var/lib/graft");
      String run = text(file, "exec-root", "/run/graft");
      String bridge = text(file, "bridge", "graft0");
      String subnet = text(file, "bip", "");
      List<String> hosts = new ArrayList<>(Json.texts(file, "hosts").orElse(List.of()));
      List<String> mirrors =
          new ArrayList<>(Json.texts(file, "registry-mirrors").orElse(List.of()));
      List<String> insecure =
          new ArrayList<>(Json.texts(file, "insecure-registries").orElse(List.of()));
      boolean firstHost = true;
      for (int i = 0; i < args.size(); i++) {
        String arg = args.get(i);
        int equals = arg.startsWith("--") ? arg.indexOf('=') : -1;
        String name = equals < 0 ? arg : arg.substring(0, equals);
        String value;
        if (equals >= 0) {
          value = arg.substring(equals + 1);
        } else if (i + 1 < args.size()) {
          value = args.get(++i);
        } else {
          throw GraftException.invalid("the option " + name + " needs a value");
        }
        switch (name) {
          case "--data-root" -> data = value;
          case "--run-root", "--exec-root" -> run = value;
          case "--bridge" -> bridge = value;
          case "--bip" -> subnet = value;
          case "--registry-mirror" -> mirrors.add(value);
          case "--insecure-registry" -> insecure.add(value);
          case "-H", "--host" -> {
            if (firstHost) {
              hosts.clear();
              firstHost = false;
            }
            hosts.add(value);
          }
          default ->
              throw GraftException.invalid(
                  "unknown option " + name + "; see 'graft daemon --help'");
        }
      }
      if (hosts.isEmpty()) {
        hosts.add("unix:///run/graft.sock");
      }
      RegistryOptions registry =
          RegistryOptions.defaults()
              .withInsecure(insecure)
              .withMirrors(mirrors.stream().map(URI::create).toList());
      EngineConfig engine =
          EngineConfig.at(Path.of(data), Path.of(run))
              .withBridge(bridge, subnet.isEmpty() ? Optional.empty() : Optional.of(subnet))
              .withRegistry(registry);
      return new Options(engine, hosts.stream().map(Options::socket).toList());
    }

    private static String text(JsonNode file, String field, String otherwise) {
      String value = Json.text(file, field);
      return value.isEmpty() ? otherwise : value;
    }

    private static Path socket(String host) {
      if (!host.startsWith("unix://")) {
        throw new GraftException(
            GraftException.Kind.NOT_IMPLEMENTED,
            "cannot listen on " + host + ": only unix:// sockets in this version");
      }
      return Path.of(host.substring("unix://".length()));
    }
  }
}

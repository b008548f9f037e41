package graft.docker;

import graft.engine.Engine;
import graft.error.GraftException;
import graft.rootless.Places;
import graft.rootless.Rootless;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLContext;

/// The daemon: an engine, and the Docker API before it. Options on the command line win over
/// `/etc/graft/daemon.json` (`~/.config/graft/daemon.json` of a normal user), which has Docker's
/// names for them.
public final class Daemon {
  private static final Logger HELIDON = Logger.getLogger("io.helidon");

  private Daemon() {}

  /// Serves until SIGTERM or SIGINT; containers go on. The exit code.
  public static int run(List<String> args) {
    Carriers.provide();
    // Held, since a logger that nobody holds forgets its level.
    HELIDON.setLevel(Level.WARNING);
    try {
      Places places = Places.own();
      DaemonOptions options =
          DaemonOptions.read(places.config().resolve("daemon.json"), places, args);
      if (Rootless.needed()) {
        Rootless.enter(options.engine().runRoot(), options.engine().dataRoot());
      }
      // Before the engine touches anything.
      Optional<SSLContext> tls = options.context();
      Engine engine = Engine.open(options.engine());
      Listeners servers = listen(options, tls, engine);
      CountDownLatch stopped = new CountDownLatch(1);
      java.lang.Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .unstarted(() -> {
                    close(servers, engine, options.engine().runRoot());
                    stopped.countDown();
                  }));
      for (String trouble : engine.troubles()) {
        System.err.println("graft: " + trouble);
      }
      System.err.println(
          "graft: serving the Docker API at "
              + servers.doors()
              + ", data in "
              + options.engine().dataRoot());
      HeapCeiling.keep();
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

  private static Listeners listen(DaemonOptions options, Optional<SSLContext> tls, Engine engine)
      throws IOException {
    try {
      return Listeners.start(options, tls, engine);
    } catch (IOException | RuntimeException e) {
      engine.close();
      throw e;
    }
  }

  public static void main(String[] args) {
    System.exit(run(List.of(args)));
  }

  private static void close(Listeners servers, Engine engine, Path run) {
    try {
      servers.close();
      boolean idle = engine.containers().list().stream().noneMatch(c -> c.state().alive());
      engine.close();
      Rootless.release(run, idle);
    } catch (IOException e) {
      System.err.println("graft: " + e.getMessage());
    }
  }
}

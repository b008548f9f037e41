package graft.docker.buildkit;

import graft.build.Builds;
import graft.docker.buildkit.grpc.Duplex;
import graft.docker.buildkit.grpc.Server;
import graft.docker.buildkit.proto.Control;
import graft.docker.buildkit.proto.Ops;
import graft.docker.buildkit.session.Sessions;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.engine.Engine;
import graft.oci.Platform;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The two ways by which clients come that build with BuildKit. Nothing of gRPC is loaded before
/// the first of them.
public final class BuildKitRoutes {
  private static final String PROTOCOL = "h2c";

  /// The BuildKit whose protocol this is; clients compare it.
  private static final String PROTOCOL_VERSION = "v0.25.2";

  private final Supplier<Builds> builds;
  private final Path scratch;
  private final Supplier<Control.Worker> worker;
  private final Jobs jobs = new Jobs();
  private final Sessions sessions = new Sessions();
  private @Nullable Server server;

  /// @param scratch a directory for large temporary files
  /// @param worker what the engine says of itself
  public BuildKitRoutes(Supplier<Builds> builds, Path scratch, Supplier<Control.Worker> worker) {
    this.builds = builds;
    this.scratch = scratch;
    this.worker = worker;
  }

  /// @param id of the engine
  public static BuildKitRoutes of(Engine engine, String id) {
    return new BuildKitRoutes(engine::builds, engine.config().dataRoot(), () -> worker(engine, id));
  }

  private static Control.Worker worker(Engine engine, String id) {
    Map<String, String> labels = new TreeMap<>();
    // Clients refuse by themselves to ask an engine without it for more than it can do: to push, to
    // write OCI layouts, to build for several platforms.
    labels.put("org.mobyproject.buildkit.worker.snapshotter", "overlayfs");
    engine
        .networks()
        .find("bridge")
        .gateway()
        .ifPresent(
            address -> labels.put("org.mobyproject.buildkit.worker.moby.host-gateway-ip", address));
    Platform host = Platform.host();
    return new Control.Worker(
        id,
        labels,
        List.of(new Ops.Platform(host.architecture(), host.os(), host.variant())),
        List.of(),
        new Control.BuildkitVersion("graft", PROTOCOL_VERSION));
  }

  public void addTo(Router router) {
    router.post("/grpc", this::grpc).post("/session", this::session);
  }

  private synchronized Server server() throws IOException {
    Server running = server;
    if (running == null) {
      Builds all = builds.get();
      CacheMethods cache = new CacheMethods(all);
      HistoryMethods history =
          new HistoryMethods(BuildHistory.open(scratch.resolve("build").resolve("history")));
      running =
          new Server(
              List.of(
                  new ControlService(jobs, sessions, cache, history, scratch, worker).service(),
                  new BridgeService(jobs, sessions, all).service(),
                  history.contents()));
      server = running;
    }
    return running;
  }

  private void grpc(Exchange x) throws IOException, InterruptedException {
    Server running = server();
    Exchange.Stream stream = x.upgrade(PROTOCOL);
    running.serve(new Duplex(stream.in(), stream.out(), () -> {}));
  }

  private void session(Exchange x) throws IOException, InterruptedException {
    Exchange.Stream stream = x.upgrade(PROTOCOL);
    sessions.serve(x::headers, new Duplex(stream.in(), stream.out(), () -> {}));
  }
}

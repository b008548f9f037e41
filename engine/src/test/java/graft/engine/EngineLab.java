package graft.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.container.Container;
import graft.container.ContainerSpec;
import graft.container.ContainerSpec.MountRequest;
import graft.container.Containers;
import graft.container.Containers.WaitFor;
import graft.images.Growth;
import graft.network.Attachment;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.runtime.Runtime.Streams;
import graft.runtime.Spec;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/// What tests of whole engines share: a base image, containers that need no network, and how they
/// end.
final class EngineLab {
  /// What a container wrote to stdout, and its exit code.
  record Ended(String out, int code) {}

  private EngineLab() {}

  /// An engine with the image `busybox:1`.
  ///
  /// @param changes more of its config, as lines of a Dockerfile
  static Engine open(EngineConfig config, String... changes) throws Exception {
    assumeTrue(BusyboxTar.available(), "busybox-static is not installed");
    Engine engine = Engine.open(config);
    List<String> lines = new ArrayList<>(List.of("CMD [\"sh\"]", "ENV PATH=/bin"));
    lines.addAll(List.of(changes));
    engine
        .images()
        .importTar(
            new Growth.Import(
                Optional.of(Reference.parse("busybox:1")), "", lines, Platform.host()),
            new ByteArrayInputStream(BusyboxTar.make()));
    return engine;
  }

  static ContainerSpec spec(List<MountRequest> mounts, boolean autoRemove) {
    ContainerSpec d = ContainerSpec.DEFAULT;
    return spec(d.run(), d.modes(), "none", mounts, autoRemove);
  }

  /// @param network to be on; `container:ID` for that of another
  static ContainerSpec spec(
      Spec run,
      ContainerSpec.Modes modes,
      String network,
      List<MountRequest> mounts,
      boolean autoRemove) {
    List<Attachment> attachments =
        network.startsWith("container:") ? List.of() : List.of(Attachment.to(network));
    return new ContainerSpec(
        run,
        List.of(),
        List.of(),
        List.of(),
        modes,
        new ContainerSpec.Net(
            network,
            new TreeMap<>(),
            false,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            attachments,
            List.of()),
        mounts,
        Set.of(),
        Set.of(),
        Map.of(),
        ContainerSpec.RestartPolicy.NEVER,
        autoRemove,
        ContainerSpec.LogConfig.DEFAULT,
        "SIGTERM",
        OptionalInt.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        "");
  }

  /// Starts a container and waits for its end.
  static Ended finish(Engine engine, String id) throws Exception {
    Containers.Wait wait = engine.containers().await(id, WaitFor.NEXT_EXIT);
    StringBuilder out = new StringBuilder();
    try (Streams streams = engine.containers().attach(id)) {
      engine.containers().start(id);
      for (Optional<Streams.Chunk> c = streams.next(); c.isPresent(); c = streams.next()) {
        out.append(StandardCharsets.UTF_8.decode(c.get().bytes()));
      }
    }
    return new Ended(out.toString(), wait.get().code());
  }

  static void removeContainers(Engine engine) throws Exception {
    for (Container c : engine.containers().list()) {
      engine.containers().remove(c.id(), c.name(), true, true);
    }
  }
}

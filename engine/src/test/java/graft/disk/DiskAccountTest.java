package graft.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.container.Container;
import graft.container.ContainerSpec;
import graft.container.Containers.WaitFor;
import graft.container.Request;
import graft.disk.DiskAccount.Part;
import graft.engine.BusyboxTar;
import graft.engine.Engine;
import graft.engine.EngineConfig;
import graft.images.Growth;
import graft.linux.DiskUsage;
import graft.oci.Platform;
import graft.oci.Reference;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What Graft says it takes, against what `du` says.
@Tag("root")
class DiskAccountTest {
  @TempDir Path dir;

  private static long du(Path path, String... options) throws Exception {
    List<String> command = new java.util.ArrayList<>(List.of("du", "-sx", "-B1"));
    command.addAll(List.of(options));
    command.add(path.toString());
    Process du = new ProcessBuilder(command).start();
    String said =
        new String(du.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
            .split("\t")[0];
    assertThat(du.waitFor()).isZero();
    return Long.parseLong(said);
  }

  @Test
  void aTreeIsWhatDuSays() throws Exception {
    Files.writeString(dir.resolve("a"), "12345\n");
    Files.createLink(dir.resolve("b"), dir.resolve("a"));
    Files.createSymbolicLink(dir.resolve("c"), Path.of("123456789012345678901234567890"));
    Files.write(Files.createDirectories(dir.resolve("d/e")).resolve("f"), new byte[100_000]);
    DiskUsage usage = DiskUsage.of(dir);
    assertThat(usage.allocated()).isEqualTo(du(dir));
    assertThat(usage.bytes()).isEqualTo(6 + 30 + 100_000);
    assertThat(DiskUsage.of(dir.resolve("none"))).isEqualTo(DiskUsage.NONE);
  }

  /// Deeper than a path may be long.
  @Test
  void aTreeMayBeDeep() throws Exception {
    String half = "/a_name_of_twenty_chars".repeat(160);
    Path upper = Files.createDirectories(Path.of(dir + "/upper" + half));
    Path lower = Files.createDirectories(Path.of(dir + "/lower" + half));
    Files.writeString(lower.resolve("f"), "123\n");
    Files.move(dir.resolve("lower"), upper.resolve("lower"));
    assertThat(DiskUsage.of(dir).bytes()).isEqualTo(4);
    assertThat(DiskUsage.of(dir).allocated()).isEqualTo(du(dir));
    Files.move(upper.resolve("lower"), dir.resolve("lower"));
  }

  @Test
  void thePartsAreTheWhole() throws Exception {
    assumeTrue(BusyboxTar.available(), "busybox-static is not installed");
    Path data = dir.resolve("data");
    try (Engine engine = Engine.open(EngineConfig.at(data, dir.resolve("run")))) {
      engine
          .images()
          .importTar(
              new Growth.Import(
                  Optional.of(Reference.parse("busybox:1")),
                  "",
                  List.of("ENV PATH=/bin"),
                  Platform.host()),
              new ByteArrayInputStream(BusyboxTar.make()));
      String id =
          engine
              .containers()
              .create(
                  Request.of("busybox:1", "dd", "if=/dev/zero", "of=/big", "bs=1k", "count=300")
                      .with(ContainerSpec.DEFAULT))
              .id();
      Files.write(
          engine.volumes().create("v1", "", Map.of(), Map.of()).path().resolve("f"),
          new byte[50_000]);
      var wait = engine.containers().await(id, WaitFor.NEXT_EXIT);
      engine.containers().start(id);
      wait.get();
      assertThat(engine.containers().usage(id)).isEqualTo(300 * 1024);
      Map<Part, DiskUsage> parts = DiskAccount.of(data, _ -> false);
      long sum = parts.values().stream().mapToLong(DiskUsage::allocated).sum();
      assertThat(sum).isEqualTo(du(data));
      assertThat(parts.get(Part.UNKNOWN)).isEqualTo(DiskUsage.NONE);
      assertThat(parts.getOrDefault(Part.CONTAINERS, DiskUsage.NONE).bytes())
          .isGreaterThan(300 * 1024);
      assertThat(parts.getOrDefault(Part.VOLUMES, DiskUsage.NONE).bytes()).isEqualTo(50_000);
      assertThat(parts.getOrDefault(Part.LAYERS, DiskUsage.NONE).allocated())
          .isEqualTo(layersOnDisk(data));
      assertThat(layerBytes(engine, data)).isEqualTo(engine.images().list().getFirst().size());
      for (Container c : engine.containers().list()) {
        engine.containers().remove(c.id(), c.name(), true, true);
      }
    }
  }

  private static long layersOnDisk(Path data) throws Exception {
    long sum = 0;
    try (var all = Files.list(data.resolve("overlay/layers"))) {
      for (Path layer : all.toList()) {
        sum += du(layer.resolve("fs"));
      }
    }
    return sum;
  }

  /// Regular files of all layers: what image sizes are made of.
  private static long layerBytes(Engine engine, Path data) throws IOException {
    long sum = 0;
    assertThat(engine.images().list()).hasSize(1);
    try (var all = Files.walk(data.resolve("overlay/layers"))) {
      for (Path p : all.filter(p -> p.toString().contains("/fs/")).toList()) {
        sum += Files.isRegularFile(p, java.nio.file.LinkOption.NOFOLLOW_LINKS) ? Files.size(p) : 0;
      }
    }
    return sum;
  }
}

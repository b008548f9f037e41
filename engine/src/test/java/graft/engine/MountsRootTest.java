package graft.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.container.ContainerArchive;
import graft.container.ContainerSpec;
import graft.container.ContainerSpec.MountKind;
import graft.container.ContainerSpec.MountRequest;
import graft.container.ContainerSpec.Recursion;
import graft.container.Containers.WaitFor;
import graft.container.Request;
import graft.error.GraftException;
import graft.linux.Mounts;
import graft.oci.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Volumes, images and binds as containers see them: the real runc and the real kernel.
@Tag("root")
class MountsRootTest {
  @TempDir Path dir;
  private Path outside;
  private Engine engine;

  @BeforeEach
  void open() throws Exception {
    outside = Files.createDirectory(dir.resolve("outside"));
    Mounts.mount("tmpfs", outside, "tmpfs", 0, "");
    engine = EngineLab.open(EngineConfig.at(dir.resolve("data"), dir.resolve("run")));
  }

  @AfterEach
  void close() throws Exception {
    EngineLab.removeContainers(engine);
    engine.close();
    List<Path> left =
        Mounts.below(dir.toRealPath()).stream()
            .filter(p -> !p.startsWith(outside) && !p.endsWith("netns"))
            .toList();
    for (Path mount : Mounts.below(dir.toRealPath()).reversed()) {
      Mounts.unmount(mount);
    }
    assertThat(left).isEmpty();
  }

  private static MountRequest bind(Path source, boolean readOnly, String way, Recursion recursion) {
    return new MountRequest(
        MountKind.BIND,
        source.toString(),
        "/x",
        "",
        readOnly,
        way,
        false,
        false,
        "",
        List.of(),
        Map.of(),
        true,
        Map.of(),
        recursion);
  }

  private static MountRequest part(MountKind kind, String source, String subpath) {
    return new MountRequest(
        kind,
        source,
        "/x",
        "",
        kind == MountKind.IMAGE,
        "",
        false,
        false,
        subpath,
        List.of(),
        Map.of(),
        true,
        Map.of(),
        Recursion.FULL);
  }

  private String create(MountRequest mount, String... command) throws Exception {
    ContainerSpec spec = EngineLab.spec(List.of(mount), false);
    return engine.containers().create(Request.of("busybox:1", command).with(spec)).id();
  }

  private String run(MountRequest mount, String script) throws Exception {
    return finish(create(mount, "sh", "-c", script + " 2>&1"));
  }

  private String finish(String id) throws Exception {
    return EngineLab.finish(engine, id).out().strip();
  }

  @ParameterizedTest
  @CsvSource({
    "FULL, 'touch: /x/below/f: Read-only file system'",
    "FORCED, 'touch: /x/below/f: Read-only file system'",
    "WRITABLE_BELOW, written",
    "NONE, 'touch: /x/below/f: Read-only file system'"
  })
  void readOnlyReachesBelow(Recursion recursion, String expected) throws Exception {
    Path below = Files.createDirectory(outside.resolve("below"));
    Mounts.mount("tmpfs", below, "tmpfs", 0, "");
    assertThat(run(bind(outside, true, "", recursion), "touch /x/below/f && echo written"))
        .isEqualTo(expected);
    assertThat(Files.exists(below.resolve("f"))).isEqualTo(expected.equals("written"));
  }

  @Test
  void mountsComeAndGoWhereTheSourceIsShared() throws Exception {
    assertThatThrownBy(() -> run(bind(outside, false, "rshared", Recursion.FULL), "true"))
        .isInstanceOf(GraftException.class)
        .hasMessage("path %s is mounted on %s but it is not a shared mount", outside, outside);
    assertThatThrownBy(() -> run(bind(outside, false, "slave", Recursion.FULL), "true"))
        .hasMessageEndingWith("but it is not a shared or slave mount");
    Mounts.mount("", outside, "", 1 << 20, "");
    Path late = Files.createDirectory(outside.resolve("late"));
    String id =
        create(
            bind(outside, false, "rslave", Recursion.FULL),
            "sh",
            "-c",
            "until test -e /x/late/f; do sleep 0.1; done; echo seen");
    engine.containers().start(id);
    Mounts.mount("tmpfs", late, "tmpfs", 0, "");
    Files.createFile(late.resolve("f"));
    assertThat(engine.containers().await(id, WaitFor.NOT_RUNNING).get().code()).isZero();
  }

  @Test
  void aVolumeOfItsOwnFileSystemIsThereWhileItIsUsed() throws Exception {
    Files.writeString(outside.resolve("f"), "from the device");
    engine
        .volumes()
        .create(
            "v1", "", Map.of("type", "none", "o", "bind", "device", outside.toString()), Map.of());
    Path data = engine.volumes().find("v1").path();
    String id = create(part(MountKind.VOLUME, "v1", ""), "cat", "/x/f");
    assertThat(data).isEmptyDirectory();
    assertThat(finish(id)).isEqualTo("from the device");
    assertThat(data).isEmptyDirectory();
    try (ContainerArchive files = engine.containers().archive(id)) {
      assertThat(files.stat("/x/f", "c").size()).isEqualTo(15);
    }
    assertThat(data).isEmptyDirectory();
  }

  @Test
  void aRunningContainerKeepsItsVolumeOverANewEngine() throws Exception {
    engine.volumes().create("v1", "", Map.of("type", "tmpfs", "device", "tmpfs"), Map.of());
    String id = create(part(MountKind.VOLUME, "v1", ""), "sleep", "1000");
    engine.containers().start(id);
    Path data = engine.volumes().find("v1").path();
    Files.writeString(data.resolve("f"), "kept");
    engine.close();
    engine = Engine.open(EngineConfig.at(dir.resolve("data"), dir.resolve("run")));
    assertThat(data.resolve("f")).hasContent("kept");
    engine.containers().kill(id, "c", "KILL");
    engine.containers().await(id, WaitFor.NOT_RUNNING).get();
    assertThat(data).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource({
    "sub, 'deep\nf\nup'",
    "in, 'deep\nf\nup'",
    "sub/f, /x",
    "sub/deep, ''",
    "in/../sub, 'deep\nf\nup'"
  })
  void aPartOfAVolume(String subpath, String listed) throws Exception {
    fillVolume();
    assertThat(run(part(MountKind.VOLUME, "v1", subpath), "ls /x")).isEqualTo(listed);
    assertNothingIsLeft();
  }

  @ParameterizedTest
  @CsvSource({
    "escape, path concatenation escapes the base directory",
    "absolute, path concatenation escapes the base directory",
    "sub/up/up, path concatenation escapes the base directory",
    "missing, cannot access path",
    "sub/f/below, cannot access path"
  })
  void aPartThatIsNotInsideIsRefused(String subpath, String message) throws Exception {
    fillVolume();
    assertThatThrownBy(() -> run(part(MountKind.VOLUME, "v1", subpath), "ls /x"))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining(message);
    assertNothingIsLeft();
  }

  private void assertNothingIsLeft() throws Exception {
    Path places = dir.resolve("run/mounts");
    assertThat(Mounts.below(dir.toRealPath().resolve("run/mounts"))).isEmpty();
    if (Files.exists(places)) {
      assertThat(places).isEmptyDirectory();
    }
  }

  private void fillVolume() throws Exception {
    Path data = engine.volumes().create("v1", "", Map.of(), Map.of()).path();
    Files.createDirectories(data.resolve("sub/deep"));
    Files.createFile(data.resolve("sub/f"));
    Files.createSymbolicLink(data.resolve("in"), Path.of("sub"));
    Files.createSymbolicLink(data.resolve("sub/up"), Path.of("../.."));
    Files.createSymbolicLink(data.resolve("escape"), Path.of("../../.."));
    Files.createSymbolicLink(data.resolve("absolute"), Path.of("/etc"));
  }

  @Test
  void anImageIsMountedReadOnlyAndHeld() throws Exception {
    String other =
        create(part(MountKind.VOLUME, "", ""), "sh", "-c", "mkdir /made; echo hi > /made/f");
    finish(other);
    engine
        .containers()
        .commit(
            other,
            new graft.container.Containers.CommitRequest(
                Optional.of(Reference.parse("child:1")),
                "",
                "",
                false,
                java.util.function.UnaryOperator.identity()));
    engine.containers().remove(other, "c", false, true);
    String id =
        create(part(MountKind.IMAGE, "child:1", ""), "sh", "-c", "cat /x/made/f; touch /x/y 2>&1");
    assertThat(finish(id)).isEqualTo("hi\ntouch: /x/y: Read-only file system");
    assertThat(finish(id)).startsWith("hi");
    assertThatThrownBy(() -> engine.images().remove("child:1", false, true))
        .hasMessageContaining("is using its referenced image");
    try (ContainerArchive files = engine.containers().archive(id)) {
      assertThat(files.stat("/x/made/f", "c").size()).isEqualTo(3);
    }
    engine.images().remove("child:1", true, true);
    assertThat(finish(id)).startsWith("hi");
    assertThat(run(part(MountKind.IMAGE, "busybox:1", "etc"), "ls /x")).isEqualTo("group\npasswd");
    assertThatThrownBy(() -> run(part(MountKind.IMAGE, "none:1", ""), "true"))
        .hasMessage("No such image: none:1");
    assertNothingIsLeft();
  }
}

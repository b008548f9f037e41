package graft.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.container.ContainerArchive;
import graft.container.ContainerSpec;
import graft.container.ContainerSpec.MountKind;
import graft.container.ContainerSpec.MountRequest;
import graft.container.Containers;
import graft.container.Containers.WaitFor;
import graft.container.Request;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarReader;
import graft.linux.IdMap;
import graft.linux.IdMap.Range;
import graft.linux.Mounts;
import graft.oci.Reference;
import graft.runtime.Spec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Containers in user namespaces: the real runc and the real kernel. Uids and gids differ, and gids
/// are of two ranges.
@Tag("root")
class RemapRootTest {
  private static final IdMap IDS =
      new IdMap(
          List.of(new Range(0, 300_000, 65_536)),
          List.of(new Range(0, 400_000, 100), new Range(100, 500_000, 65_436)));
  private static final String BRIDGE = "graft-u1";

  @TempDir Path dir;
  private Engine engine;

  @BeforeEach
  void open() throws Exception {
    // As /var/lib is.
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
    engine = EngineLab.open(config(IDS), "WORKDIR /work/here");
  }

  private EngineConfig config(IdMap ids) {
    return EngineConfig.at(dir.resolve("data"), dir.resolve("run"))
        .withBridge(BRIDGE, Optional.of("10.213.7.1/24"))
        .withRemap(ids);
  }

  @AfterEach
  void close() throws Exception {
    EngineLab.removeContainers(engine);
    engine.close();
    new ProcessBuilder("ip", "link", "del", BRIDGE).start().waitFor();
    List<Path> left = Mounts.below(dir.toRealPath());
    for (Path mount : left.reversed()) {
      Mounts.unmount(mount);
    }
    assertThat(left.stream().filter(p -> !p.endsWith("netns"))).isEmpty();
  }

  private record How(String network, String pid, String userns, boolean privileged) {
    static final How USUAL = new How("none", "", "", false);
  }

  private String create(How how, List<MountRequest> mounts, String... command) throws Exception {
    ContainerSpec d = ContainerSpec.DEFAULT;
    Spec r = d.run();
    Spec.Process p = r.process();
    Spec run =
        new Spec(
            new Spec.Process(
                p.args(),
                p.env(),
                p.cwd(),
                p.user(),
                p.groups(),
                p.tty(),
                how.privileged(),
                p.ulimits(),
                p.columns(),
                p.rows()),
            r.hostname(),
            r.domainname(),
            r.readonlyRoot(),
            r.mounts(),
            r.namespaces(),
            r.resources(),
            r.security(),
            r.devices(),
            r.sysctls(),
            r.annotations(),
            r.init(),
            r.openStdin(),
            r.stdinOnce(),
            r.shmSize(),
            r.oomScoreAdj(),
            r.cgroupParent());
    ContainerSpec spec =
        EngineLab.spec(
            run,
            new ContainerSpec.Modes(how.pid(), "private", "", how.userns(), ""),
            how.network(),
            mounts,
            false);
    return engine.containers().create(Request.of("busybox:1", command).with(spec)).id();
  }

  private String finish(String id) throws Exception {
    EngineLab.Ended ended = EngineLab.finish(engine, id);
    assertThat(ended.code()).as(ended.out()).isZero();
    return ended.out().strip();
  }

  private String run(How how, String script) throws Exception {
    return finish(create(how, List.of(), "sh", "-c", script + " 2>&1"));
  }

  /// Owners by name, of an archive.
  private static List<String> owners(byte[] tar) throws Exception {
    List<String> all = new ArrayList<>();
    TarReader reader =
        new TarReader(new ByteArrayInputStream(tar), Limits.DEFAULT, TarReader.Recorder.NONE);
    for (Optional<TarEntry> e = reader.next(); e.isPresent(); e = reader.next()) {
      all.add(e.get().path() + " " + e.get().uid() + ":" + e.get().gid());
    }
    return all;
  }

  private List<String> copied(String id, String path) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ContainerArchive files = engine.containers().archive(id)) {
      files.write(path, "c", out);
    }
    return owners(out.toByteArray());
  }

  private static final String LOOK =
      "cat /proc/self/uid_map; stat -c '%u:%g %n' / /bin/busybox /etc/passwd /etc/hosts /work"
          + " /proc /dev/null; pwd; id -u; touch /etc/hosts && echo mine";

  @Test
  void rootInsideIsNobodyOutside() throws Exception {
    assertThat(run(How.USUAL, LOOK).replaceAll(" +", " "))
        .isEqualTo(
            "0 300000 65536\n0:0 /\n0:0 /bin/busybox\n0:0 /etc/passwd\n0:0 /etc/hosts\n0:0 /work\n"
                + "65534:65534 /proc\n65534:65534 /dev/null\n/work/here\n0\nmine");
    String id = create(How.USUAL, List.of(), "sleep", "1000");
    engine.containers().start(id);
    int pid = engine.containers().find(id).state().pid();
    assertThat(Files.readString(Path.of("/proc/" + pid + "/status")))
        .contains("Uid:\t300000\t300000\t300000\t300000", "Gid:\t400000\t400000");
  }

  @Test
  void theHostsUsersAreThereOnRequest() throws Exception {
    assertThat(
            run(new How("none", "", "host", true), "cat /proc/self/uid_map").replaceAll(" +", " "))
        .isEqualTo("0 0 4294967295");
  }

  @ParameterizedTest
  @CsvSource({
    "none, '', true, privileged mode is incompatible with user namespaces.",
    "host, '', false, cannot share the host's network namespace when user namespaces are enabled",
    "none, host, false, cannot share the host PID namespace when user namespaces are enabled"
  })
  void whatMakesNoSenseIsRefused(String network, String pid, boolean privileged, String message) {
    assertThatThrownBy(() -> create(new How(network, pid, "", privileged), List.of(), "true"))
        .hasMessageStartingWith(message);
    assertThat(engine.containers().list()).isEmpty();
  }

  @Test
  void theNetworkBelongsToItsContainer() throws Exception {
    String id =
        create(
            new How("bridge", "", "", false),
            List.of(),
            "sh",
            "-c",
            "ip addr show dev eth0 | grep -c inet; exec sleep 1000");
    engine.containers().start(id);
    assertThat(
            run(
                new How("container:" + id, "", "", false),
                "ip addr show dev eth0 | grep -c 10.213"))
        .isEqualTo("1");
    assertThat(run(new How("bridge", "container:" + id, "", false), "ps | grep -c 'sleep 100[0]'"))
        .isEqualTo("1");
    assertThat(run(new How("bridge", "", "", false), "ls /sys/class/net/")).contains("eth0");
  }

  @Test
  void ownersInsideAreThoseOfCopiesCommitsAndDifferences() throws Exception {
    String id =
        create(
            How.USUAL,
            List.of(),
            "sh",
            "-c",
            "mkdir /d; echo x >/d/f; busybox chown 7:8 /bin/busybox; busybox chown 5:105 /d/f; exec sleep"
                + " 1000");
    engine.containers().start(id);
    Path made = engine.snapshots().upper(id).resolve("d/f");
    for (int i = 0; i < 3000 && !(Files.exists(made) && owner(made).equals("300005:500005")); i++) {
      Thread.sleep(20);
    }
    assertThat(owner(made)).isEqualTo("300005:500005");
    List<String> inside = List.of("d 0:0", "d/f 5:105");
    assertThat(copied(id, "/d")).isEqualTo(inside);
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    try (ContainerArchive files = engine.containers().archive(id)) {
      files.write("/d/f", "c", again);
      files.read("/tmp", "c", new ByteArrayInputStream(again.toByteArray()), false, false);
    }
    assertThat(copied(id, "/tmp/f")).containsExactly("f 5:105");
    engine.containers().kill(id, "c", "KILL");
    engine.containers().await(id, WaitFor.NOT_RUNNING).get();
    assertThat(copied(id, "/d")).isEqualTo(inside);
    ByteArrayOutputStream exported = new ByteArrayOutputStream();
    engine.containers().export(id, exported);
    assertThat(owners(exported.toByteArray()))
        .contains("d/f 5:105", "bin/busybox 7:8", "bin/cat 0:0", "etc/passwd 0:0");
    assertThat(engine.containers().changes(id))
        .extracting(change -> change.path())
        .doesNotContain("/etc", "/bin")
        .contains("/d/f", "/bin/busybox");
    engine
        .containers()
        .commit(
            id,
            new Containers.CommitRequest(
                Optional.of(Reference.parse("child:1")), "", "", false, UnaryOperator.identity()));
    MountRequest child =
        new MountRequest(
            MountKind.IMAGE,
            "child:1",
            "/x",
            "",
            true,
            "",
            false,
            false,
            "",
            List.of(),
            Map.of(),
            true,
            Map.of(),
            ContainerSpec.Recursion.FULL);
    for (String userns : List.of("", "host")) {
      assertThat(
              finish(
                  create(
                      new How("none", "", userns, false),
                      List.of(child),
                      "stat",
                      "-c",
                      "%u:%g",
                      "/x/d/f",
                      "/x/bin/busybox",
                      "/x/bin/cat")))
          .as("userns=" + userns)
          .isEqualTo("5:105\n7:8\n0:0");
    }
  }

  private static String owner(Path file) throws Exception {
    return Files.getAttribute(file, "unix:uid") + ":" + Files.getAttribute(file, "unix:gid");
  }

  @Test
  void volumesBelongToTheRootInside() throws Exception {
    MountRequest volume = MountRequest.of(MountKind.VOLUME, "v1", "/etc");
    assertThat(
            finish(
                create(
                    How.USUAL,
                    List.of(volume),
                    "sh",
                    "-c",
                    "touch /etc/new && stat -c '%u:%g' /etc /etc/passwd /etc/new")))
        .isEqualTo("0:0\n0:0\n0:0");
    Path data = engine.volumes().find("v1").path();
    assertThat(owner(data)).isEqualTo("300000:400000");
    assertThat(owner(data.resolve("passwd"))).isEqualTo("300000:400000");
    assertThat(owner(data.resolve("new"))).isEqualTo("300000:400000");
  }

  @Test
  void whatRunsIsTakenOverAndStartsAgain() throws Exception {
    String id = create(How.USUAL, List.of(), "sleep", "1000");
    engine.containers().start(id);
    engine.close();
    engine = Engine.open(config(IDS));
    assertThat(copied(id, "/etc/passwd")).containsExactly("passwd 0:0");
    engine.containers().kill(id, "c", "KILL");
    engine.containers().await(id, WaitFor.NOT_RUNNING).get();
    engine.containers().start(id);
    assertThat(engine.containers().find(id).state().alive()).isTrue();
  }

  /// Layers are as they were: only what has an upper with the other ids cannot be had.
  @Test
  void anEngineWithOtherIdsSaysSo() throws Exception {
    String id = create(How.USUAL, List.of(), "true");
    engine.close();
    engine = Engine.open(config(IdMap.IDENTITY));
    assertThatThrownBy(() -> engine.containers().start(id))
        .hasMessageContaining("the container was made with userns-remap")
        .hasMessageContaining("now maps none");
    assertThat(run(How.USUAL, "stat -c '%u:%g' /bin/busybox")).isEqualTo("0:0");
  }
}

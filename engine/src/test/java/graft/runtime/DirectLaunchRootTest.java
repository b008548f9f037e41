package graft.runtime;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Containers that the engine makes itself, beside those of runc: what is seen from inside is the
/// same.
@Tag("root")
@Timeout(600)
class DirectLaunchRootTest {
  @TempDir Path directory;
  private RuntimeLab lab;
  private DirectLaunch direct;

  @BeforeEach
  void open() throws IOException {
    lab = new RuntimeLab(directory);
    for (String name :
        List.of(
            "readlink",
            "umask",
            "sort",
            "ps",
            "cut",
            "mount",
            "hostname",
            "stat",
            "chmod",
            "find",
            "sed",
            "mkdir",
            "ip",
            "tail",
            "ln",
            "rm",
            "unshare",
            "tr")) {
      Files.createSymbolicLink(lab.root.resolve("bin").resolve(name), Path.of("busybox"));
    }
    direct = new DirectLaunch(new DirectExec(), Files.createDirectory(directory.resolve("place")));
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  private static Spec.Process sh(String script, String user) {
    return new Spec.Process(
        List.of("sh", "-c", script),
        List.of("PATH=/nowhere:/bin", "A=1"),
        "/tmp",
        user,
        List.of(),
        false,
        false,
        List.of(new Spec.Ulimit("nofile", 300, 300), new Spec.Ulimit("core", 0, 0)),
        0,
        0);
  }

  /// With control groups of its own to see.
  private static Spec spec(
      Spec.Process process,
      Spec.Namespace network,
      Spec.Security security,
      Spec.Resources resources,
      List<Spec.Mount> mounts) {
    return new Spec(
        process,
        "box",
        "",
        false,
        mounts,
        new Spec.Namespaces(
            network,
            new Spec.Namespace.Own(),
            new Spec.Namespace.Own(),
            new Spec.Namespace.Own(),
            new Spec.Namespace.Own()),
        resources,
        security,
        List.of(),
        Map.of(),
        Map.of(),
        false,
        false,
        false,
        64L << 20,
        0,
        RuntimeLab.GROUP);
  }

  private static Spec plain(String script) {
    return spec(
        sh(script, ""),
        new Spec.Namespace.Own(),
        Spec.Security.DEFAULT,
        Spec.Resources.NONE,
        List.of());
  }

  private Optional<DirectLaunch.Launched> launch(Spec spec) throws IOException {
    return launch(spec, UUID.randomUUID().toString().replace("-", ""));
  }

  private Optional<DirectLaunch.Launched> launch(Spec spec, String id) throws IOException {
    String config = new SpecWriter(Host.current()).write(spec, id, lab.root).json();
    return direct.start(id, config, lab.root);
  }

  /// Output, errors, exit code.
  private String[] run(Spec spec) throws Exception {
    Optional<DirectLaunch.Launched> launched = launch(spec);
    assertThat(launched).as("it is for us").isPresent();
    try (LaunchGroups _ = launched.get().groups();
        Runtime.Streams streams = launched.get().process().streams()) {
      String[] said = RuntimeLab.drain(streams);
      int code = launched.get().process().await();
      return new String[] {said[0], said[1], Integer.toString(code)};
    }
  }

  /// Where ours is stricter: runc 1.1 lets /dev/net/tun be used, as later ones do not, and leaves
  /// the directory of the groups writable; and it hands on what a JVM dumps when it dies.
  private static final List<String> LOOKS =
      List.of(
          "grep -vE 'Vm|Rss|ctxt|SigQ|FDSize' /proc/self/status",
          "cat /proc/self/oom_score_adj /proc/self/loginuid",
          "ulimit -a; umask; pwd; hostname",
          "env | sort; id",
          "ls /proc/self/fd",
          "ls -l /dev /dev/pts /dev/shm | sed 's/[A-Z][a-z][a-z]  *[0-9]* .*:../DATE/'",
          "mount | grep -v ' on / ' | grep -v cgroup | sed 's/,inode64//' | sort",
          "ls /sys/fs/cgroup; for i in /sys/fs/cgroup/*; do ls -ld $i | cut -c1-10; done",
          "cat /sys/fs/cgroup/devices/devices.list 2>/dev/null | grep -v 10:200 | sort",
          "cat /proc/keys | tr -s ' ' | cut -d' ' -f4-",
          "cat /proc/self/limits",
          "ip -o link | cut -d'<' -f2 | cut -d'>' -f1",
          "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range",
          "ps -o pid,ppid,pgid,sid,args",
          "echo x > /proc/sys/kernel/hostname; echo x > /proc/sysrq-trigger; ls /proc/scsi"
              + " /sys/firmware; cat /proc/kcore /proc/keys | wc -c",
          "mkdir /sys/fs/cgroup/pids/x; mount -t tmpfs none /tmp;"
              + " mknod /tmp/sda b 8 0 && cat /tmp/sda; unshare -U true; rm -f /tmp/sda",
          "echo out; echo err >&2; exit 42");

  static List<String> looks() {
    return LOOKS;
  }

  @ParameterizedTest
  @MethodSource("looks")
  void aProcessSeesWhatItWouldUnderRunc(String look) throws Exception {
    assertThat(run(plain(look))).containsExactly(lab.run(plain(look)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ann", "1000:10", "0:5"})
  void usersAreTheSame(String user) throws Exception {
    String look = "id; grep -E '^(Cap|Groups|Uid|Gid|NoNew|Seccomp)' /proc/self/status; env";
    for (boolean strict : new boolean[] {false, true}) {
      Spec.Security security =
          new Spec.Security(
              List.of("SYS_PTRACE"),
              List.of("CHOWN"),
              strict,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              false,
              List.of());
      Spec spec =
          spec(sh(look, user), new Spec.Namespace.Host(), security, Spec.Resources.NONE, List.of());
      assertThat(run(spec)).containsExactly(lab.run(spec));
    }
  }

  @Test
  void limitsAndMountsAreTheSame() throws Exception {
    Path from = Files.createDirectories(directory.resolve("from"));
    Files.writeString(from.resolve("f"), "content\n");
    Spec.Resources resources =
        new Spec.Resources(
            OptionalLong.of(64 << 20),
            OptionalLong.of(64 << 20),
            OptionalLong.empty(),
            OptionalLong.empty(),
            false,
            OptionalLong.of(512),
            OptionalLong.of(50_000),
            OptionalLong.of(100_000),
            "0",
            "",
            OptionalLong.of(50),
            OptionalInt.empty(),
            List.of(),
            List.of(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty());
    String look =
        "cat /dev/pipes/EOF /deep/er/data/f /etc/resolv.conf; echo y > /deep/er/data/g; echo y >> /etc/resolv.conf;"
            + " mount | grep -E 'data|scratch|resolv' | sed 's/,inode64//'; touch /scratch/x;"
            + " cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes"
            + " memory/memory.memsw.limit_in_bytes cpu/cpu.shares cpu/cpu.cfs_quota_us"
            + " cpuset/cpuset.cpus pids/pids.max";
    Spec spec =
        spec(
            sh(look, ""),
            new Spec.Namespace.Own(),
            Spec.Security.DEFAULT,
            resources,
            List.of(
                new Spec.Mount("/deep/er/data", "bind", from.toString(), List.of("rbind", "ro")),
                new Spec.Mount(
                    "/etc/resolv.conf",
                    "bind",
                    from.resolve("f").toString(),
                    List.of("rbind", "rprivate")),
                new Spec.Mount(
                    "/dev/pipes/EOF", "bind", from.resolve("f").toString(), List.of("rbind", "ro")),
                new Spec.Mount("/scratch", "tmpfs", "", List.of("size=1m", "mode=1777"))));
    String[] ours = run(spec);
    Files.writeString(from.resolve("f"), "content\n");
    assertThat(ours).containsExactly(lab.run(spec));
    assertThat(from.resolve("g")).doesNotExist();
  }

  /// As on a bridge: the network is there before the container, and its settings are made all the
  /// same.
  @Test
  void aNetworkThatExistsIsJoined() throws Exception {
    Process holder = new ProcessBuilder("unshare", "-n", "sh", "-c", "echo; exec sleep 60").start();
    try {
      assertThat(holder.getInputStream().read()).isEqualTo('\n');
      Spec spec =
          spec(
              sh(
                  "readlink /proc/self/ns/net; cat /proc/sys/net/ipv4/ip_unprivileged_port_start"
                      + " /proc/sys/net/ipv4/ping_group_range; ls /proc/self/fd",
                  ""),
              new Spec.Namespace.At(Path.of("/proc/" + holder.pid() + "/ns/net")),
              Spec.Security.DEFAULT,
              Spec.Resources.NONE,
              List.of());
      assertThat(run(spec)).containsExactly(lab.run(spec));
    } finally {
      holder.destroyForcibly();
    }
  }

  /// What a runtime refuses is left to it, and nothing outside was touched.
  @ParameterizedTest
  @ValueSource(strings = {"proc", "sys", "dev"})
  void whereTheImageHasLinksItIsNotForUs(String name) throws Exception {
    Files.delete(lab.root.resolve(name));
    Files.createSymbolicLink(lab.root.resolve(name), Path.of("/tmp"));
    assertThat(launch(plain("true"))).isEmpty();
    assertThat(lab.root.resolve("tmp")).isEmptyDirectory();
  }

  /// CVE-2024-21626: the working directory is a descriptor of the engine's.
  @Test
  void noDescriptorIsADirectoryToBeIn() throws Exception {
    for (int i = 0; i < 40; i++) {
      Spec.Process process = sh("pwd; ls ../../..", "");
      Spec.Process inside =
          new Spec.Process(
              process.args(),
              process.env(),
              "/proc/self/fd/" + i,
              "",
              List.of(),
              false,
              false,
              List.of(),
              0,
              0);
      assertThat(
              launch(
                  spec(
                      inside,
                      new Spec.Namespace.Own(),
                      Spec.Security.DEFAULT,
                      Spec.Resources.NONE,
                      List.of())))
          .as("descriptor " + i)
          .isEmpty();
    }
  }

  /// CVE-2019-5736: its program is what made it.
  @Test
  void itsOwnProgramIsOutOfReach() throws Exception {
    Path evil = lab.root.resolve("bin/evil");
    Files.writeString(evil, "#!/proc/self/exe\n");
    assertThat(evil.toFile().setExecutable(true)).isTrue();
    Spec.Process process =
        new Spec.Process(
            List.of("/bin/evil"),
            List.of("PATH=/bin"),
            "/",
            "",
            List.of(),
            false,
            false,
            List.of(),
            0,
            0);
    Optional<DirectLaunch.Launched> launched =
        launch(
            spec(
                process,
                new Spec.Namespace.Own(),
                Spec.Security.DEFAULT,
                Spec.Resources.NONE,
                List.of()));
    if (launched.isPresent()) {
      assertThat(launched.get().process().await()).isNotZero();
      launched.get().groups().close();
    }
  }

  /// Everybody in it goes with the first process, and so do its control groups.
  @Test
  void nothingIsLeft() throws Exception {
    String id = UUID.randomUUID().toString();
    Optional<DirectLaunch.Launched> launched =
        launch(plain("sleep 1000 & sleep 1000 & echo ready; sleep 1000"), id);
    DirectLaunch.Launched one = launched.orElseThrow();
    one.process().streams().next();
    one.process().kill(9);
    assertThat(one.process().await()).isEqualTo(137);
    one.groups().close();
    for (String hierarchy : LaunchGroups.hierarchies().keySet()) {
      Path parent = Path.of("/sys/fs/cgroup", hierarchy, RuntimeLab.GROUP);
      try (var below = Files.list(parent)) {
        assertThat(below.filter(group -> group.endsWith(id))).as(hierarchy).isEmpty();
      }
    }
  }

  @Test
  void manyAtOnce() throws Exception {
    List<Callable<String>> all = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      int number = i;
      all.add(() -> String.join("|", run(plain("echo " + number + "; exit " + number))));
    }
    try (var threads = Executors.newFixedThreadPool(6)) {
      List<Future<String>> said = threads.invokeAll(all);
      for (int i = 0; i < said.size(); i++) {
        assertThat(said.get(i).get()).isEqualTo(i + "\n||" + i);
      }
    }
  }

  static final Runner NOBODY =
      new Runner() {
        @Override
        public int run(Job job, Output output) {
          throw new AssertionError("it is for us");
        }

        @Override
        public void discard(String id) {}
      };

  private Runner.Job job(String script) {
    String id = UUID.randomUUID().toString();
    return new Runner.Job(id, directory, lab.root, plain(script));
  }

  @Test
  void aRunnerHearsAllAndTellsTheCode() throws Exception {
    Runner runner = DirectRunner.over(NOBODY, directory.resolve("steps"));
    StringBuilder heard = new StringBuilder();
    Runner.Job job = job("seq 1 20000; echo last; exit 3");
    int code = runner.run(job, (_, bytes) -> heard.append(new String(bytes, US_ASCII)));
    assertThat(code).isEqualTo(3);
    assertThat(heard.toString().lines()).hasSize(20_001).endsWith("last");
    assertThat(directory.resolve("steps").resolve(job.id())).doesNotExist();
  }

  @Test
  void anInterruptEndsTheJob() throws Exception {
    Runner runner = DirectRunner.over(NOBODY, directory.resolve("steps"));
    Runner.Job job = job("sleep 1000 & echo ready; sleep 1000");
    CountDownLatch ready = new CountDownLatch(1);
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                runner.run(job, (_, _) -> ready.countDown());
              } catch (IOException | InterruptedException e) {
                return;
              }
            });
    ready.await();
    thread.interrupt();
    thread.join();
    assertThat(LaunchGroups.pids(RuntimeLab.GROUP + "/" + job.id())).isEmpty();
    assertThat(Path.of("/sys/fs/cgroup/pids", RuntimeLab.GROUP, job.id())).doesNotExist();
  }

  /// As after the death of an engine: nothing but the note says what runs.
  @Test
  void whatADeadEngineLeftIsTakenAway() throws Exception {
    Runner runner = DirectRunner.over(NOBODY, directory.resolve("steps"));
    Runner.Job job = job("sleep 1000 & echo ready; sleep 1000");
    DirectLaunch.Launched left = launch(job.spec(), job.id()).orElseThrow();
    left.process().streams().next();
    String group = RuntimeLab.GROUP + "/" + job.id();
    Files.writeString(directory.resolve("steps").resolve(job.id()), group);
    assertThat(LaunchGroups.pids(group)).isNotEmpty();
    runner.discard(job.id());
    assertThat(Path.of("/sys/fs/cgroup/pids" + group)).doesNotExist();
    assertThat(left.process().await()).isEqualTo(137);
    left.groups().close();
  }

  /// On a host that has nothing but version 2: here, a process that sees only that hierarchy.
  @Test
  void theGroupsOfVersionTwoAreKnown() throws Exception {
    Path unified = Path.of("/sys/fs/cgroup/unified");
    assumeTrue(Files.exists(unified.resolve("cgroup.controllers")), "there is no such hierarchy");
    String script =
        "cat /proc/self/cgroup | grep ^0; grep -c cgroup2 /proc/mounts; echo x > /dev/null && echo"
            + " null; mknod /tmp/disk b 8 0 && echo made; cat /tmp/disk; mknod /tmp/kvm c 10 232;"
            + " cat /tmp/kvm; head -c 1 /dev/urandom 2>&1 | wc -c; exit 4";
    Process child =
        new ProcessBuilder(
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount --bind " + unified + " /sys/fs/cgroup && exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dgraft.test.group=" + RuntimeLab.GROUP,
                "-cp",
                System.getProperty("java.class.path"),
                LaunchChild.class.getName(),
                directory.toString(),
                lab.root.toString(),
                script)
            .redirectErrorStream(true)
            .start();
    String said = new String(child.getInputStream().readAllBytes(), US_ASCII);
    assertThat(said)
        .contains(
            "0::/\n1\nnull\nmade\n1\n",
            "cat: can't open '/tmp/disk': Operation not permitted\n",
            "cat: can't open '/tmp/kvm': Operation not permitted\n",
            "code 4\nleft [[]]\n");
    try (var groups = Files.list(Path.of(unified.toString(), RuntimeLab.GROUP))) {
      assertThat(groups.filter(Files::isDirectory)).isEmpty();
    }
  }
}

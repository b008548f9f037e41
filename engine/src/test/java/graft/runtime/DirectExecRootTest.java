package graft.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Execs that the engine starts itself, beside those of runc: a process sees the same, whoever
/// started it.
@Tag("root")
@Timeout(120)
class DirectExecRootTest {
  @TempDir Path directory;
  private RuntimeLab lab;
  private RuncRuntime runc;
  private int number;

  @BeforeEach
  void open() throws IOException {
    lab = new RuntimeLab(directory);
    runc = RuncRuntime.find(directory.resolve("state"), false);
    for (String name : List.of("readlink", "umask", "sort", "ps", "tty", "cut", "mkdir", "tail")) {
      Files.createSymbolicLink(lab.root.resolve("bin").resolve(name), Path.of("busybox"));
    }
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  private Runtime.Task running(Spec spec) throws IOException {
    Runtime.Task task = lab.task(spec);
    lab.runtime.create(task);
    lab.runtime.start(task);
    return task;
  }

  private Runtime.Task running() throws IOException {
    return running(RuntimeLab.sh("exec sleep 1000"));
  }

  private static Spec.Process sh(String script, String user, boolean tty, boolean privileged) {
    // Equal limits: Go programs such as runc raise the soft one at their start, sometimes too late.
    return new Spec.Process(
        List.of("sh", "-c", script),
        List.of("PATH=/nowhere:/bin", "A=1", "A=2"),
        "/tmp",
        user,
        List.of(),
        tty,
        privileged,
        List.of(new Spec.Ulimit("nofile", 300, 300), new Spec.Ulimit("core", 0, 0)),
        81,
        23);
  }

  private Runtime.Process direct(Runtime.Task task, Spec.Process process, boolean stdin)
      throws IOException {
    String id = "direct-" + number++;
    Runtime.Process started = lab.runtime.exec(task, id, process, stdin);
    assertThat(task.directory().resolve("bundle/execs/" + id))
        .as("a monitor was not needed")
        .doesNotExist();
    return started;
  }

  private String[] said(Runtime.Process process) throws Exception {
    try (Runtime.Streams streams = process.streams()) {
      String[] said = RuntimeLab.drain(streams);
      return new String[] {said[0], said[1], Integer.toString(process.await())};
    }
  }

  private static final List<String> LOOKS =
      List.of(
          "grep -vE 'Pid|pid|Vm|Rss|ctxt|NSp|Ngid|SigQ|FDSize|NSsid|Tgid|NStgid' /proc/self/status",
          "cat /proc/self/oom_score_adj",
          "ulimit -a; umask; pwd",
          "env | sort; id",
          "for i in 0 1 2; do readlink /proc/self/fd/$i | cut -d: -f1; done",
          "ls /proc/self/fd",
          "readlink /proc/$$/exe",
          "cat /proc/self/cgroup",
          "cat /proc/keys",
          "cat /proc/self/limits",
          "for i in net uts ipc pid mnt cgroup user; do readlink /proc/self/ns/$i; done",
          "busybox mount -t tmpfs x /tmp; busybox unshare -U true; touch /bin/x; echo $?",
          "tty; stty size; ls -l $(tty) | cut -d' ' -f1-8 | cut -c1-30",
          "ps -o pid,ppid,sid,comm 2>&1 | head -1; echo x > /dev/tty && echo controlled",
          "echo to /dev/stdout > /dev/stdout; echo to /dev/stderr > /dev/stderr",
          "test -t 0 || cat; echo end",
          "kill -TERM $$",
          "exit 42");

  static Stream<List<Object>> looks() {
    return LOOKS.stream()
        .flatMap(script ->
            Stream.of("", "ann", "4321:77")
                .flatMap(user ->
                    Stream.of("plain", "tty", "privileged")
                        .filter(kind -> kind.equals("plain") || user.equals("ann"))
                        .map(kind -> List.<Object>of(script, user, kind))));
  }

  @Test
  void aProcessSeesWhatOneOfRuncSees() throws Exception {
    Runtime.Task task = running();
    List<String> different = new ArrayList<>();
    for (List<Object> one : looks().toList()) {
      Spec.Process process =
          sh(
              (String) one.get(0),
              (String) one.get(1),
              one.get(2).equals("tty"),
              one.get(2).equals("privileged"));
      String[] ours = said(direct(task, process, false));
      String[] theirs = said(runc.exec(task, "runc-" + number++, process, false));
      if (!List.of(ours).equals(List.of(theirs))) {
        different.add(one + "\n--- ours\n" + List.of(ours) + "\n--- runc's\n" + List.of(theirs));
      }
    }
    assertThat(different).isEmpty();
  }

  /// As in Docker's containers; runc leaves what it had of the JVM.
  @Test
  void theCoreDumpFilterIsLinuxsDefault() throws Exception {
    Spec.Process cat = RuntimeLab.process(false, "cat", "/proc/self/coredump_filter");
    assertThat(said(direct(running(), cat, false))[0]).isEqualTo("00000033\n");
  }

  static List<Spec.Security> confinements() {
    Spec.Security plain = Spec.Security.DEFAULT;
    return List.of(
        new Spec.Security(
            List.of(),
            List.of(),
            true,
            plain.seccomp(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            List.of()),
        new Spec.Security(
            List.of(),
            List.of(),
            false,
            Optional.of("unconfined"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            List.of()),
        new Spec.Security(
            List.of("NET_ADMIN"),
            List.of("ALL"),
            false,
            plain.seccomp(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            List.of()),
        new Spec.Security(
            List.of(),
            List.of("CHOWN", "SETPCAP", "KILL"),
            true,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            List.of()));
  }

  @ParameterizedTest
  @MethodSource("confinements")
  void confinedAsTheContainerIs(Spec.Security security) throws Exception {
    Runtime.Task task =
        running(RuntimeLab.secured(RuntimeLab.process(false, "sleep", "1000"), security));
    for (String user : List.of("", "ann")) {
      for (boolean privileged : List.of(false, true)) {
        Spec.Process process = sh(LOOKS.get(0), user, false, privileged);
        assertThat(said(direct(task, process, false)))
            .isEqualTo(said(runc.exec(task, "runc-" + number++, process, false)));
      }
    }
  }

  /// What cannot be started is told in the same words.
  @Test
  void errorsAreRuncs() throws Exception {
    Runtime.Task task = running();
    Path root = lab.root;
    Files.writeString(root.resolve("bin/data"), "no program");
    Files.writeString(root.resolve("bin/garbage"), "\0\1\2 no format");
    Files.setPosixFilePermissions(
        root.resolve("bin/garbage"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(root.resolve("bin/script"), "#!/no/interpreter\n");
    Files.setPosixFilePermissions(
        root.resolve("bin/script"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(root.resolve("closed"));
    Files.copy(root.resolve("bin/busybox"), root.resolve("closed/true"));
    Files.setPosixFilePermissions(
        root.resolve("closed/true"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(
        root.resolve("closed"), PosixFilePermissions.fromString("rwx------"));
    Files.createSymbolicLink(root.resolve("bin/loop"), Path.of("loop"));
    Files.createSymbolicLink(root.resolve("bin/dangling"), Path.of("/none"));
    List<String> different = new ArrayList<>();
    for (List<String> row :
        List.of(
            List.of("nosuch", "/", ""),
            List.of("/nosuch", "/", ""),
            List.of("./nosuch", "/bin", ""),
            List.of("/etc/passwd/x", "/", ""),
            List.of("/bin/data", "/", ""),
            List.of("data", "/", ""),
            List.of("garbage", "/", ""),
            List.of("/bin/script", "/", ""),
            List.of("loop", "/", ""),
            List.of("/bin/loop", "/", ""),
            List.of("/bin/dangling", "/", ""),
            List.of("/closed/true", "/", "ann"),
            List.of("true", "/closed", "ann"),
            List.of("true", "/nowhere", ""),
            List.of("nosuch", "/nowhere", ""),
            List.of("true", "/etc/passwd", ""),
            List.of("true", "relative", ""),
            List.of("true", "", ""),
            List.of("", "/", ""))) {
      Spec.Process process =
          new Spec.Process(
              List.of(row.get(0)),
              List.of("PATH=/bin"),
              row.get(1),
              row.get(2),
              List.of(),
              false,
              false,
              List.of(),
              0,
              0);
      String ours = outcome(lab.runtime, task, process);
      String theirs = outcome(runc, task, process);
      if (!ours.equals(theirs)) {
        different.add(row + "\n ours   " + ours + "\n runc's " + theirs);
      }
    }
    assertThat(different).isEmpty();
    // Older runtimes do not say that it is a directory; Docker does.
    assertThatThrownBy(() -> direct(task, RuntimeLab.process(false, "/etc"), false))
        .hasMessage(
            "OCI runtime exec failed: exec failed: unable to start container process: exec:"
                + " \"/etc\": is a directory: permission denied");
  }

  private String outcome(Runtime runtime, Runtime.Task task, Spec.Process process) {
    String[] said = new String[1];
    Throwable failure =
        catchThrowable(() ->
            said[0] = String.join("|", said(runtime.exec(task, "e-" + number++, process, false))));
    return failure == null ? "" + said[0] : "" + failure.getMessage();
  }

  @Test
  void fiftyMegabytesThroughCat() throws Exception {
    Runtime.Task task = running();
    byte[] data = new byte[50_000_000];
    new Random(3).nextBytes(data);
    Runtime.Process cat = direct(task, RuntimeLab.process(false, "cat"), true);
    try (Runtime.Streams streams = cat.streams();
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> fed =
          executor.submit(() -> {
            streams.feed(new ByteArrayInputStream(data));
            return null;
          });
      ByteArrayOutputStream out = new ByteArrayOutputStream(data.length);
      for (Optional<Runtime.Streams.Chunk> chunk = streams.next();
          chunk.isPresent();
          chunk = streams.next()) {
        out.write(chunk.get().bytes().array());
      }
      fed.get();
      assertThat(out.toByteArray()).isEqualTo(data);
      assertThat(cat.await()).isZero();
    }
  }

  /// At once, from virtual threads; afterwards no descriptor and no dead child is left.
  @Test
  void fiftyAtOnceLeaveNothing() throws Exception {
    Runtime.Task task = running();
    said(direct(task, RuntimeLab.process(false, "true"), false));
    long before = descriptors();
    for (int round = 0; round < 4; round++) {
      try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
          String word = "w" + i;
          boolean tty = i % 5 == 4;
          Spec.Process process =
              RuntimeLab.process(tty, "sh", "-c", "echo " + word + "; exit " + i);
          String id = "many-" + round + "-" + i;
          int code = i;
          Callable<Boolean> one =
              () -> {
                Runtime.Process started = lab.runtime.exec(task, id, process, false);
                String[] said = said(started);
                return said[0].strip().equals(word) && said[2].equals("" + code);
              };
          all.add(executor.submit(one));
        }
        for (Future<Boolean> one : all) {
          assertThat(one.get()).isTrue();
        }
      }
    }
    assertThat(task.directory().resolve("bundle/execs")).doesNotExist();
    settle(before);
  }

  /// Threads of their own close and reap: soon, not at once.
  private static void settle(long before) throws Exception {
    for (int i = 0; i < 500 && (descriptors() > before || deadChildren() > 0); i++) {
      Thread.sleep(10);
    }
    assertThat(descriptors()).isLessThanOrEqualTo(before);
    assertThat(deadChildren()).isZero();
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }

  private static long deadChildren() {
    return ProcessHandle.current()
        .children()
        .filter(child -> {
          try {
            return Files.readString(Path.of("/proc/" + child.pid() + "/stat")).contains(") Z ");
          } catch (IOException e) {
            return false;
          }
        })
        .count();
  }

  /// All output up to these words.
  private static String said(Runtime.Streams streams, String last) throws IOException {
    StringBuilder said = new StringBuilder();
    while (!said.toString().endsWith(last)) {
      byte[] bytes = streams.next().orElseThrow().bytes().array();
      said.append(new String(bytes, StandardCharsets.UTF_8));
    }
    return said.toString();
  }

  @Test
  void aTerminalIsResizedAndAnswersItsKeys() throws Exception {
    Runtime.Task task = running();
    Runtime.Process process =
        direct(
            task,
            sh(
                "stty size; until test \"$(stty size)\" = '41 101'; do sleep 0.01; done; echo big;"
                    + " exec sleep 100",
                "ann",
                true,
                false),
            true);
    try (Runtime.Streams streams = process.streams()) {
      assertThat(said(streams, "81\r\n")).isEqualTo("23 81\r\n");
      process.resize(101, 41);
      assertThat(said(streams, "big\r\n")).isEqualTo("big\r\n");
      streams.write(new byte[] {3}, 0, 1);
      assertThat(process.await()).isEqualTo(130);
      assertThat(streams.next().map(c -> new String(c.bytes().array(), StandardCharsets.UTF_8)))
          .hasValue("^C");
      assertThat(streams.next()).isEmpty();
    }
    assertThatThrownBy(() -> process.kill(9)).hasMessageContaining("is not running");
  }

  @Test
  void aClientThatLeavesDoesNotHurtTheProcess() throws Exception {
    Runtime.Task task = running();
    Runtime.Process process =
        direct(
            task, RuntimeLab.process(false, "sh", "-c", "sleep 0.3; seq 1 200000; exit 9"), true);
    process.streams().close();
    assertThat(process.await()).isEqualTo(9);
  }

  /// As with dockerd, its output is waited for a moment, and not for ever.
  @Test
  void aChildThatStaysDoesNotHoldTheClient() throws Exception {
    Runtime.Task task = running();
    Runtime.Process process =
        direct(
            task,
            RuntimeLab.process(
                false, "sh", "-c", "(sleep 0.2; echo late; exec sleep 1000) & echo early"),
            false);
    assertThat(said(process)).containsExactly("early\nlate\n", "", "0");
  }

  @Test
  void aDetachedProcessHasNoStreamsAndACode() throws Exception {
    Runtime.Task task = running();
    Runtime.Process process =
        lab.runtime.execDetached(
            task,
            "d",
            RuntimeLab.process(
                false, "sh", "-c", "readlink /proc/$$/fd/2 > /tmp/said; sleep 0.1; exit 4"));
    assertThat(process.streams().next()).isEmpty();
    assertThat(process.await()).isEqualTo(4);
    assertThat(lab.root.resolve("tmp/said")).hasContent("/dev/null\n");
  }

  /// The container's end is the exec's.
  @Test
  void theEndOfTheContainerIsTheEndOfItsExecs() throws Exception {
    Runtime.Task task = running();
    Runtime.Process process = direct(task, RuntimeLab.process(false, "sleep", "1000"), false);
    assertThat(lab.runtime.pids(task)).contains(process.pid());
    lab.runtime.kill(task, 9, false);
    assertThat(process.await()).isEqualTo(137);
    assertThat(lab.runtime.await(task).code()).isEqualTo(137);
    assertThat(process.streams().next()).isEmpty();
  }

  /// A call on the way in that the container's own filter forbids: runc can do without it.
  @Test
  void whatFailsOnTheWayIsLeftToRunc() throws Exception {
    String profile =
        """
        {"defaultAction": "SCMP_ACT_ALLOW",
         "syscalls": [{"names": ["close_range"], "action": "SCMP_ACT_ERRNO"}]}\
        """;
    Spec.Security plain = Spec.Security.DEFAULT;
    Runtime.Task task =
        running(
            RuntimeLab.secured(
                RuntimeLab.process(false, "sleep", "1000"),
                new Spec.Security(
                    plain.capAdd(),
                    plain.capDrop(),
                    false,
                    Optional.of(profile),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    false,
                    List.of())));
    Runtime.Process process =
        lab.runtime.exec(task, "left", RuntimeLab.process(false, "sh", "-c", "exit 3"), false);
    assertThat(task.directory().resolve("bundle/execs/left")).exists();
    assertThat(said(process)[2]).isEqualTo("3");
  }

  /// The engine is killed: what was started detached ends as it would have, what was attended may
  /// go at its next word, and the container can end.
  @Test
  void theEndOfTheEngine() throws Exception {
    Runtime.Task task = running();
    Process engine =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dgraft.test.group=" + RuntimeLab.GROUP,
                "-cp",
                System.getProperty("java.class.path"),
                ExecChild.class.getName(),
                directory.toString(),
                task.id())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(engine.getInputStream().read()).isEqualTo('k');
    engine.destroyForcibly().waitFor();
    Path survived = lab.root.resolve("tmp/survived");
    for (int i = 0; i < 1000 && !Files.exists(survived); i++) {
      Thread.sleep(10);
    }
    assertThat(survived).exists();
    assertThat(said(direct(task, RuntimeLab.process(false, "echo", "again"), false)))
        .containsExactly("again\n", "", "0");
    lab.runtime.kill(task, 9, false);
    assertThat(lab.runtime.await(task).code()).isEqualTo(137);
  }

  /// CVE-2024-21626: no descriptor of ours may be a way out.
  @Test
  void aDescriptorIsNoDirectoryToWorkIn() throws Exception {
    Runtime.Task task = running();
    said(direct(task, RuntimeLab.process(false, "true"), true));
    long before = descriptors();
    for (int fd = 0; fd < 40; fd++) {
      String cwd = "/proc/self/fd/" + fd;
      Spec.Process process =
          new Spec.Process(
              List.of("ls", "../../../.."),
              List.of("PATH=/bin"),
              cwd,
              "",
              List.of(),
              false,
              false,
              List.of(),
              0,
              0);
      String id = "cwd-" + fd;
      assertThatThrownBy(() -> lab.runtime.exec(task, id, process, true))
          .hasMessageStartingWith(
              "OCI runtime exec failed: exec failed: unable to start container process: chdir to"
                  + " cwd (\""
                  + cwd
                  + "\") set in config.json failed: ");
    }
    settle(before);
  }

  /// CVE-2019-5736: what is executed on the way in is no file of the host.
  @ParameterizedTest
  @ValueSource(strings = {"#!/proc/self/exe\n", "#!/proc/self/exe -c\n"})
  void theWayInCannotBeExecutedAgain(String text) throws Exception {
    Runtime.Task task = running();
    Path script = lab.root.resolve("bin/again");
    Files.writeString(script, text);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Object before = Files.getAttribute(java, "unix:ctime");
    assertThat(said(direct(task, RuntimeLab.process(false, "/bin/again"), false)))
        .containsExactly("", "", "127");
    assertThat(Files.getAttribute(java, "unix:ctime")).isEqualTo(before);
  }

  /// CVE-2016-9962: a process of the container looks for whoever comes in, all the time.
  @Test
  void whoComesInCannotBeLookedInto() throws Exception {
    String spy =
        "while :; do for p in /proc/[0-9]*; do case $p in /proc/1|/proc/$$) ;; *)"
            + " x=$(readlink $p/exe) && case $x in *java*|*graft-init*) echo $p $x;; esac;"
            + " ls $p/fd 2>/dev/null | grep -q '^[3-9]' && readlink $p/fd/4 | grep cgroup;"
            + " esac; done; done > /tmp/spied 2>/dev/null";
    Runtime.Task task = running(RuntimeLab.sh(spy));
    for (int i = 0; i < 100; i++) {
      said(direct(task, RuntimeLab.process(false, "true"), false));
    }
    assertThat(lab.root.resolve("tmp/spied")).isEmptyFile();
  }

  /// An image may have a link where the way in could look for its own files.
  @Test
  void linksOfTheImageAreNotFollowed() throws Exception {
    Files.createSymbolicLink(lab.root.resolve("tmp/proc"), Path.of("/proc/self"));
    Files.createSymbolicLink(lab.root.resolve("tmp/out"), Path.of("../../../../../../etc"));
    Runtime.Task task = running();
    Spec.Process process =
        new Spec.Process(
            List.of("ls"),
            List.of("PATH=/bin"),
            "/tmp/out",
            "",
            List.of(),
            false,
            false,
            List.of(),
            0,
            0);
    assertThat(said(direct(task, process, false))[0]).isEqualTo("group\npasswd\n");
  }
}

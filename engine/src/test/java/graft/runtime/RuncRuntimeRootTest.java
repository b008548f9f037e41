package graft.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("root")
class RuncRuntimeRootTest {
  @TempDir Path directory;
  private RuntimeLab lab;

  @BeforeEach
  void open() throws IOException {
    lab = new RuntimeLab(directory);
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  @ParameterizedTest
  @CsvSource({"exit 0, 0", "exit 7, 7", "sleep 100 & kill -9 $!; wait $!, 137", "exit 255, 255"})
  void exitCodes(String script, int code) throws Exception {
    // The first process of a pid namespace is immune to its own signals, so a child takes them.
    String[] said = lab.run(RuntimeLab.sh("(" + script + "); exit $?"));
    assertThat(said[2]).isEqualTo(Integer.toString(code));
  }

  @Test
  void outputAndErrorsAreToldApart() throws Exception {
    assertThat(lab.run(RuntimeLab.sh("echo out; echo err >&2; exit 3")))
        .containsExactly("out\n", "err\n", "3");
  }

  @Test
  void statusFollowsTheLife() throws Exception {
    Runtime.Task task = lab.task(RuntimeLab.sh("exec sleep 100"));
    assertThat(lab.runtime.status(task)).isInstanceOf(Runtime.Status.Unknown.class);
    int pid = lab.runtime.create(task);
    assertThat(lab.runtime.status(task)).isEqualTo(new Runtime.Status.Created(pid));
    lab.runtime.start(task);
    assertThat(lab.runtime.status(task)).isEqualTo(new Runtime.Status.Running(pid));
    assertThat(lab.runtime.pids(task)).contains(pid);
    lab.runtime.pause(task);
    assertThat(lab.runtime.status(task)).isEqualTo(new Runtime.Status.Paused(pid));
    lab.runtime.resume(task);
    assertThat(lab.runtime.status(task)).isEqualTo(new Runtime.Status.Running(pid));
    RuncRuntime later = lab.again();
    assertThat(later.status(task)).isEqualTo(new Runtime.Status.Running(pid));
    lab.runtime.kill(task, 9, false);
    assertThat(later.await(task).code()).isEqualTo(137);
    assertThat(lab.runtime.status(task)).isInstanceOf(Runtime.Status.Stopped.class);
    assertThatThrownBy(() -> lab.runtime.kill(task, 15, false)).hasMessageContaining("not running");
    lab.runtime.delete(task);
    lab.runtime.delete(task);
    assertThat(lab.runtime.status(task)).isInstanceOf(Runtime.Status.Stopped.class);
    lab.runtime.create(task);
    lab.runtime.start(task);
    lab.runtime.kill(task, 9, true);
    assertThat(lab.runtime.await(task).code()).isEqualTo(137);
  }

  /// The engine died before it could note what the monitor had made.
  @Test
  void whatWasHalfMadeIsTakenAway() throws Exception {
    Runtime.Task task = lab.task(RuntimeLab.sh("exec sleep 100"));
    int pid = lab.runtime.create(task);
    Files.delete(task.directory().resolve("bundle/init"));
    assertThat(lab.runtime.status(task)).isEqualTo(new Runtime.Status.HalfMade());
    ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
    lab.again().delete(task);
    process.onExit().join();
    assertThat(lab.runtime.status(task)).isEqualTo(new Runtime.Status.Unknown());
    lab.runtime.create(task);
    lab.runtime.start(task);
    lab.runtime.kill(task, 9, true);
    assertThat(lab.runtime.await(task).code()).isEqualTo(137);
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "nosuch | exec: \"nosuch\": executable file not found in $PATH",
        "/etc/passwd | exec: \"/etc/passwd\": permission denied",
        "/nosuch | exec: \"/nosuch\": stat /nosuch: no such file or directory",
        "/etc | exec: \"/etc\": is a directory: permission denied"
      },
      delimiter = '|')
  void aCommandThatCannotRun(String command, String reason) throws Exception {
    Runtime.Task task = lab.task(RuntimeLab.spec(RuntimeLab.process(false, command), false, false));
    assertThatThrownBy(() -> lab.runtime.create(task))
        .isInstanceOfSatisfying(
            GraftException.class, e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.INVALID))
        .hasMessage(
            "failed to create task for container: failed to create shim task: OCI runtime create"
                + " failed: runc create failed: unable to start container process: error during"
                + " container init: "
                + reason);
    assertThat(lab.runtime.status(task)).isInstanceOf(Runtime.Status.Unknown.class);
    Path mine = Path.of("/sys/fs/cgroup/memory", RuntimeLab.GROUP).resolve(task.id());
    assertThat(mine).doesNotExist();
  }

  /// With a group below its own, which only the runtime itself takes away, and without.
  @ParameterizedTest
  @CsvSource({"false", "true"})
  void nothingIsKeptOfWhatWasDeleted(boolean nested) throws Exception {
    Runtime.Task task = lab.task(RuntimeLab.sh("exec sleep 100"));
    Cgroup group = Cgroup.ofProcess(lab.runtime.create(task)).orElseThrow();
    lab.runtime.start(task);
    Path memory = Objects.requireNonNull(group.directory("memory"));
    assertThat(memory).exists();
    if (nested) {
      Files.createDirectory(memory.resolve("inner"));
    }
    lab.runtime.kill(task, 9, false);
    lab.runtime.await(task);
    lab.runtime.delete(task);
    assertThat(group.directories().values())
        .filteredOn(directory -> directory.toString().contains(task.id()))
        .isNotEmpty()
        .allSatisfy(directory -> assertThat(directory).doesNotExist());
    assertThat(directory.resolve("state").resolve(task.id())).doesNotExist();
  }

  @Test
  void whatDiedBeforeItsStartIsNotStarted() throws Exception {
    Runtime.Task task = lab.task(RuntimeLab.sh("exit 0"));
    int pid = lab.runtime.create(task);
    ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
    lab.runtime.kill(task, 9, false);
    process.onExit().join();
    assertThatThrownBy(() -> lab.runtime.start(task)).isInstanceOf(GraftException.class);
    lab.runtime.delete(task);
    assertThat(directory.resolve("state").resolve(task.id())).doesNotExist();
  }

  @Test
  void threeMegabytesThroughCatAndTheEndOfInput() throws Exception {
    byte[] data = new byte[3_000_000];
    new Random(7).nextBytes(data);
    Runtime.Task task = lab.task(RuntimeLab.spec(RuntimeLab.process(false, "cat"), true, true));
    lab.runtime.create(task);
    try (Runtime.Streams streams = lab.runtime.attach(task);
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      lab.runtime.start(task);
      Future<?> fed =
          executor.submit(() -> {
            streams.feed(new ByteArrayInputStream(data));
            return null;
          });
      var out = new java.io.ByteArrayOutputStream();
      for (Optional<Runtime.Streams.Chunk> chunk = streams.next();
          chunk.isPresent();
          chunk = streams.next()) {
        out.write(chunk.get().bytes().array());
      }
      fed.get();
      assertThat(out.toByteArray()).isEqualTo(data);
      assertThat(lab.runtime.await(task).code()).isZero();
    }
  }

  @Test
  void twoHundredClientsSeeAllOutput() throws Exception {
    Runtime.Task task = lab.task(RuntimeLab.sh("seq 1 20000"));
    lab.runtime.create(task);
    List<Callable<String>> readers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Runtime.Streams streams = lab.runtime.attach(task);
      readers.add(() -> RuntimeLab.drain(streams)[0]);
    }
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> all = new ArrayList<>();
      readers.forEach(reader -> all.add(executor.submit(reader)));
      lab.runtime.start(task);
      for (Future<String> one : all) {
        assertThat(one.get()).hasSize(108894).endsWith("\n20000\n");
      }
    }
  }

  @Test
  void aTerminalHasTheSizeItWasGiven() throws Exception {
    Runtime.Task task =
        lab.task(
            RuntimeLab.spec(
                RuntimeLab.process(
                    true,
                    "sh",
                    "-c",
                    "until test \"$(stty size 2>/dev/null)\" = '41 101'; do sleep 0.01; done; echo ok"),
                true,
                false));
    lab.runtime.create(task);
    try (Runtime.Streams streams = lab.runtime.attach(task)) {
      lab.runtime.start(task);
      lab.runtime.resize(task, 101, 41);
      assertThat(RuntimeLab.drain(streams)[0]).isEqualTo("ok\r\n");
    }
  }

  @Test
  void execs() throws Exception {
    RuncRuntime runc = RuncRuntime.find(directory.resolve("state"), false);
    Runtime.Task task = lab.task(RuntimeLab.sh("exec sleep 100"));
    lab.runtime.create(task);
    lab.runtime.start(task);
    Runtime.Process first =
        runc.exec(
            task,
            "one",
            RuntimeLab.process(false, "sh", "-c", "echo out; echo e >&2; exit 5"),
            false);
    assertThat(RuntimeLab.drain(first.streams())).containsExactly("out\n", "e\n");
    assertThat(first.await()).isEqualTo(5);
    assertThat(lab.again().execExit(task, "one").orElseThrow().code()).isEqualTo(5);
    runc.forgetExec(task, "one");
    assertThat(lab.again().execExit(task, "one")).isEmpty();
    Runtime.Process second = runc.exec(task, "two", RuntimeLab.process(false, "cat"), true);
    second.streams().feed(new ByteArrayInputStream(new byte[] {65, 66}));
    assertThat(RuntimeLab.drain(second.streams())[0]).isEqualTo("AB");
    assertThat(second.await()).isZero();
    Runtime.Process third = runc.exec(task, "three", RuntimeLab.process(true, "stty"), true);
    assertThat(RuntimeLab.drain(third.streams())[0]).contains("speed");
    assertThatThrownBy(() -> runc.exec(task, "four", RuntimeLab.process(false, "nosuch"), false))
        .hasMessage(
            "OCI runtime exec failed: exec failed: unable to start container process: exec:"
                + " \"nosuch\": executable file not found in $PATH");
    assertThat(Files.exists(task.directory().resolve("bundle/execs/four"))).isFalse();
  }

  @Test
  void aLogIsRotatedWhileItIsWrittenAndFollowed() throws Exception {
    String script = "while read x; do seq $x $((x+199)); done";
    Runtime.Task task =
        lab.task(RuntimeLab.spec(RuntimeLab.process(false, "sh", "-c", script), true, true));
    lab.runtime.create(task);
    LogReader.Query follow = new LogReader.Query(-1, Optional.empty(), Optional.empty(), true);
    try (LogReader reader = lab.runtime.logs(task, follow);
        Runtime.Streams streams = lab.runtime.attach(task)) {
      lab.runtime.start(task);
      int next = 1;
      for (int round = 0; round < 15; round++) {
        byte[] go = (next + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        streams.write(go, 0, go.length);
        for (int i = 0; i < 200; i++) {
          String text =
              new String(
                  reader.next().orElseThrow().text(), java.nio.charset.StandardCharsets.UTF_8);
          assertThat(text).isEqualTo(next++ + "\n");
          if (i == 100) {
            assertThat(lab.runtime.rotateLog(task, 1, 50)).isTrue();
          }
        }
      }
      streams.closeStdin();
      assertThat(reader.next()).isEmpty();
    }
    LogReader.Query tail = new LogReader.Query(2, Optional.empty(), Optional.empty(), false);
    try (LogReader reader = lab.runtime.logs(task, tail)) {
      assertThat(reader.next().orElseThrow().text())
          .isEqualTo("2999\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertThat(reader.next().orElseThrow().text())
          .isEqualTo("3000\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertThat(reader.next()).isEmpty();
    }
  }

  @Test
  void limitsAreSetAndChanged() throws Exception {
    Runtime.Task task = lab.task(RuntimeLab.sh("exec sleep 100"));
    int pid = lab.runtime.create(task);
    lab.runtime.start(task);
    RuntimeLab.awaitProgram(pid, "sleep");
    lab.runtime.update(
        task,
        new Spec.Resources(
            java.util.OptionalLong.of(64 << 20),
            java.util.OptionalLong.empty(),
            java.util.OptionalLong.empty(),
            java.util.OptionalLong.empty(),
            false,
            java.util.OptionalLong.empty(),
            java.util.OptionalLong.empty(),
            java.util.OptionalLong.empty(),
            "",
            "",
            java.util.OptionalLong.of(33),
            java.util.OptionalInt.empty(),
            List.of(),
            List.of(),
            java.util.OptionalLong.empty(),
            java.util.OptionalLong.empty(),
            java.util.OptionalLong.empty(),
            java.util.OptionalLong.empty()));
    Stats stats = Stats.of(Cgroup.ofProcess(pid).orElseThrow());
    assertThat(stats.memory().limit()).isEqualTo(64 << 20);
    assertThat(stats.pidsLimit()).isEqualTo(33);
    assertThat(stats.pids()).isEqualTo(1);
    assertThat(stats.cpu().total()).isPositive();
    ProcessTable table = ProcessTable.of(lab.runtime.pids(task), "");
    assertThat(table.titles())
        .containsExactly("UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD");
    assertThat(table.rows()).hasSize(1);
    assertThat(table.rows().getFirst())
        .startsWith("root", Integer.toString(pid))
        .endsWith("sleep 100");
    assertThat(ProcessTable.of(List.of(pid), "-eo pid,comm").rows())
        .containsExactly(List.of(Integer.toString(pid), "sleep"));
  }

  @Test
  void anEndForWantOfMemoryIsToldApart() throws Exception {
    Spec plain = RuntimeLab.sh("dd if=/dev/zero of=/dev/null bs=100M count=1");
    Spec.Resources none = Spec.Resources.NONE;
    Spec spec =
        new Spec(
            plain.process(),
            "box",
            "",
            false,
            List.of(),
            plain.namespaces(),
            new Spec.Resources(
                java.util.OptionalLong.of(16 << 20),
                java.util.OptionalLong.of(16 << 20),
                none.memoryReservation(),
                none.memorySwappiness(),
                false,
                none.cpuShares(),
                none.cpuQuota(),
                none.cpuPeriod(),
                "",
                "",
                none.pids(),
                none.blkioWeight(),
                List.of(),
                List.of(),
                java.util.OptionalLong.empty(),
                java.util.OptionalLong.empty(),
                java.util.OptionalLong.empty(),
                java.util.OptionalLong.empty()),
            plain.security(),
            List.of(),
            java.util.Map.of(),
            java.util.Map.of(),
            false,
            false,
            false,
            64L << 20,
            0,
            RuntimeLab.GROUP);
    Runtime.Task task = lab.task(spec);
    lab.runtime.create(task);
    lab.runtime.start(task);
    Runtime.Exit exit = lab.runtime.await(task);
    assertThat(exit.code()).isEqualTo(137);
    assertThat(exit.oomKilled()).isTrue();
    // As if the monitor had heard of the end first.
    Files.delete(task.directory().resolve("bundle/oom"));
    assertThat(lab.runtime.await(task).oomKilled()).isTrue();
    assertThat(task.directory().resolve("bundle/oom")).exists();
  }

  /// An engine in a process of its own starts a container and is killed; another takes over.
  @Test
  void theContainerOutlivesTheEngine() throws Exception {
    Runtime.Task task = lab.task(RuntimeLab.sh("read x; echo got $x; exit 6"));
    Process engine =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dgraft.test.group=" + RuntimeLab.GROUP,
                "-cp",
                System.getProperty("java.class.path"),
                RuntimeChild.class.getName(),
                directory.toString(),
                task.id())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(engine.getInputStream().read()).isEqualTo('k');
    engine.destroyForcibly().waitFor();
    assertThat(lab.runtime.status(task)).isInstanceOf(Runtime.Status.Running.class);
    Runtime.Process exec =
        lab.runtime.exec(task, "e", RuntimeLab.process(false, "echo", "there"), false);
    assertThat(RuntimeLab.drain(exec.streams())[0]).isEqualTo("there\n");
    try (Runtime.Streams streams = lab.runtime.attach(task)) {
      streams.write("it\n".getBytes(java.nio.charset.StandardCharsets.UTF_8), 0, 3);
      assertThat(RuntimeLab.drain(streams)[0]).isEqualTo("got it\n");
    }
    assertThat(lab.runtime.await(task).code()).isEqualTo(6);
  }
}

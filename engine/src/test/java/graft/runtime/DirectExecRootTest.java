package graft.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Execs that the engine starts itself, beside those of runc: a process sees the same, whoever
/// started it.
@Tag("root")
@Timeout(600)
class DirectExecRootTest extends DirectExecCase {
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
    for (int i = 0; i < 6000 && !Files.exists(survived); i++) {
      Thread.sleep(10);
    }
    assertThat(survived).exists();
    assertThat(said(direct(task, RuntimeLab.process(false, "echo", "again"), false)))
        .containsExactly("again\n", "", "0");
    lab.runtime.kill(task, 9, false);
    assertThat(lab.runtime.await(task).code()).isEqualTo(137);
  }
}

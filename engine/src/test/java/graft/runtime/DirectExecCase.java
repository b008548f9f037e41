package graft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// Containers, and processes in them that the engine starts itself or leaves to runc.
abstract class DirectExecCase {
  @TempDir Path directory;
  RuntimeLab lab;
  RuncRuntime runc;
  int number;

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

  Runtime.Task running(Spec spec) throws IOException {
    Runtime.Task task = lab.task(spec);
    lab.runtime.create(task);
    lab.runtime.start(task);
    return task;
  }

  Runtime.Task running() throws IOException {
    return running(RuntimeLab.sh("exec sleep 1000"));
  }

  static Spec.Process sh(String script, String user, boolean tty, boolean privileged) {
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

  Runtime.Process direct(Runtime.Task task, Spec.Process process, boolean stdin)
      throws IOException {
    String id = "direct-" + number++;
    Runtime.Process started = lab.runtime.exec(task, id, process, stdin);
    assertThat(task.directory().resolve("bundle/execs/" + id))
        .as("a monitor was not needed")
        .doesNotExist();
    return started;
  }

  String[] said(Runtime.Process process) throws Exception {
    try (Runtime.Streams streams = process.streams()) {
      String[] said = RuntimeLab.drain(streams);
      return new String[] {said[0], said[1], Integer.toString(process.await())};
    }
  }

  static final List<String> LOOKS =
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

  /// Threads of their own close and reap: soon, not at once.
  static void settle(long before) throws Exception {
    for (int i = 0; i < 6000 && (descriptors() > before || deadChildren() > 0); i++) {
      Thread.sleep(10);
    }
    assertThat(descriptors()).isLessThanOrEqualTo(before);
    assertThat(deadChildren()).isZero();
  }

  static long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }

  /// All output up to these words.
  static String said(Runtime.Streams streams, String last) throws IOException {
    StringBuilder said = new StringBuilder();
    while (!said.toString().endsWith(last)) {
      byte[] bytes = streams.next().orElseThrow().bytes().array();
      said.append(new String(bytes, StandardCharsets.UTF_8));
    }
    return said.toString();
  }

  static long deadChildren() {
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
}

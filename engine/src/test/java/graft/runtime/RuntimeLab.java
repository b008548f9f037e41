package graft.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// A root file system of one busybox, and a runtime to run things in it.
final class RuntimeLab implements AutoCloseable {
  /// The control group of this process's tests, and of children that are told of it: others' tests
  /// run at the same time, and each takes its own away.
  static final String GROUP =
      System.getProperty("graft.test.group", "/graft-test-" + ProcessHandle.current().pid());

  final Path directory;
  final Path root;
  final RuncRuntime runtime;
  private final List<Runtime.Task> tasks = new ArrayList<>();

  RuntimeLab(Path directory) throws IOException {
    this.directory = directory;
    this.root = directory.resolve("root");
    for (String place : List.of("bin", "etc", "proc", "sys", "dev", "tmp")) {
      Files.createDirectories(root.resolve(place));
    }
    Files.copy(
        Path.of("/bin/busybox"), root.resolve("bin/busybox"), StandardCopyOption.COPY_ATTRIBUTES);
    for (String name :
        List.of(
            "sh", "cat", "echo", "sleep", "true", "false", "ls", "id", "stty", "mknod", "wc",
            "head", "kill", "test", "seq", "touch", "grep", "dd", "env", "ulimit")) {
      Files.createSymbolicLink(root.resolve("bin").resolve(name), Path.of("busybox"));
    }
    Files.writeString(
        root.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1001::/:/bin/sh\n");
    Files.writeString(root.resolve("etc/group"), "root:x:0:\nann:x:1001:\nwheel:x:10:root,ann\n");
    this.runtime = RuncRuntime.find(directory.resolve("state"));
  }

  /// Another object over the same files, as after a restart of the engine.
  RuncRuntime again() throws IOException {
    return RuncRuntime.find(directory.resolve("state"));
  }

  static Spec.Process process(boolean tty, String... args) {
    return new Spec.Process(
        List.of(args), List.of("PATH=/bin"), "/", "", List.of(), tty, false, List.of(), 0, 0);
  }

  static Spec spec(Spec.Process process, boolean openStdin, boolean stdinOnce) {
    return new Spec(
        process,
        "box",
        "",
        false,
        List.of(),
        new Spec.Namespaces(
            new Spec.Namespace.Own(),
            new Spec.Namespace.Own(),
            new Spec.Namespace.Own(),
            new Spec.Namespace.Own(),
            new Spec.Namespace.Host()),
        Spec.Resources.NONE,
        Spec.Security.DEFAULT,
        List.of(),
        java.util.Map.of(),
        java.util.Map.of(),
        false,
        openStdin,
        stdinOnce,
        64L << 20,
        0,
        GROUP);
  }

  /// With other security than the default.
  static Spec secured(Spec.Process process, Spec.Security security) {
    Spec plain = spec(process, false, false);
    return new Spec(
        process,
        plain.hostname(),
        "",
        false,
        List.of(),
        plain.namespaces(),
        plain.resources(),
        security,
        List.of(),
        java.util.Map.of(),
        java.util.Map.of(),
        false,
        false,
        false,
        plain.shmSize(),
        0,
        plain.cgroupParent());
  }

  static Spec sh(String script) {
    return spec(process(false, "/bin/sh", "-c", script), false, false);
  }

  Runtime.Task task(Spec spec) throws IOException {
    String id =
        UUID.randomUUID().toString().replace("-", "")
            + UUID.randomUUID().toString().replace("-", "");
    Path home = Files.createDirectories(directory.resolve("containers").resolve(id));
    Runtime.Task task = new Runtime.Task(id, home, root, spec, Optional.of(home.resolve("log")));
    tasks.add(task);
    return task;
  }

  /// Returns when a process has become that program. A start is over before: when the runtime's own
  /// process in the container, which has threads, may go on.
  static void awaitProgram(int pid, String name) throws IOException, InterruptedException {
    while (!Files.readString(Path.of("/proc/" + pid + "/comm")).strip().equals(name)) {
      Thread.sleep(5);
    }
  }

  /// Output by source until the end.
  static String[] drain(Runtime.Streams streams) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    for (Optional<Runtime.Streams.Chunk> chunk = streams.next();
        chunk.isPresent();
        chunk = streams.next()) {
      byte[] bytes = new byte[chunk.get().bytes().remaining()];
      chunk.get().bytes().get(bytes);
      (chunk.get().source() == Runtime.Streams.Source.STDOUT ? out : err).write(bytes);
    }
    return new String[] {
      out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8)
    };
  }

  /// Runs to the end: output, errors, exit code.
  String[] run(Spec spec) throws IOException, InterruptedException {
    Runtime.Task task = task(spec);
    runtime.create(task);
    try (Runtime.Streams streams = runtime.attach(task)) {
      runtime.start(task);
      String[] said = drain(streams);
      int code = runtime.await(task).code();
      return new String[] {said[0], said[1], Integer.toString(code)};
    }
  }

  @Override
  public void close() throws IOException {
    for (Runtime.Task task : tasks) {
      runtime.delete(task);
    }
    Cgroup.removeEmpty(GROUP);
  }
}

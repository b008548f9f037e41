package graft.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// An engine that starts one container and waits to be killed.
final class RuntimeChild {
  private RuntimeChild() {}

  static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Path.of(arguments[0]);
    Path home = directory.resolve("containers").resolve(arguments[1]);
    Spec.Process process =
        RuntimeLab.process(false, "/bin/sh", "-c", "read x; echo got $x; exit 6");
    Runtime.Task task =
        new Runtime.Task(
            arguments[1],
            home,
            directory.resolve("root"),
            RuntimeLab.spec(process, true, false),
            Optional.of(home.resolve("log")));
    RuncRuntime runtime = RuncRuntime.find(directory.resolve("state"));
    runtime.create(task);
    runtime.start(task);
    System.out.write('k');
    System.out.flush();
    new CountDownLatch(1).await();
  }
}

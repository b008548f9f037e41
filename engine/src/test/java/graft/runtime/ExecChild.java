package graft.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// An engine that starts two processes in a running container and waits to be killed.
final class ExecChild {
  private ExecChild() {}

  static void main(String[] arguments) throws IOException, InterruptedException {
    Path directory = Path.of(arguments[0]);
    Path home = directory.resolve("containers").resolve(arguments[1]);
    Runtime.Task task =
        new Runtime.Task(
            arguments[1],
            home,
            directory.resolve("root"),
            RuntimeLab.sh("exec sleep 1000"),
            Optional.of(home.resolve("log")));
    RuncRuntime runtime = RuncRuntime.find(directory.resolve("state"));
    runtime.execDetached(
        task,
        "detached",
        RuntimeLab.process(
            false, "sh", "-c", "sleep 2; seq 1 20000; seq 1 20000 >&2; touch /tmp/survived"));
    Runtime.Process attended =
        runtime.exec(task, "attended", RuntimeLab.process(false, "cat"), true);
    byte[] word = {'x'};
    attended.streams().write(word, 0, 1);
    attended.streams().next();
    System.out.write('k');
    System.out.flush();
    new CountDownLatch(1).await();
  }
}

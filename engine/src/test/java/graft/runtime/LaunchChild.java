package graft.runtime;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/// Runs one job in a process of its own, whose control groups may be others than the test's: the
/// directory, the root and the script are its arguments, output and code are what the job's are.
final class LaunchChild {
  private LaunchChild() {}

  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    Runner runner = DirectRunner.over(DirectLaunchRootTest.NOBODY, directory.resolve("steps"));
    Spec spec = RuntimeLab.spec(RuntimeLab.process(false, "sh", "-c", args[2]), false, false);
    Runner.Job job =
        new Runner.Job(UUID.randomUUID().toString(), directory, Path.of(args[1]), spec);
    int code =
        runner.run(job, (_, bytes) -> System.out.print(new String(bytes, StandardCharsets.UTF_8)));
    System.out.println("code " + code);
    System.out.println("left " + List.of(LaunchGroups.pids("/graft-test-runtime/" + job.id())));
  }
}

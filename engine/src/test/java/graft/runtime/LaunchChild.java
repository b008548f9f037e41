package graft.runtime;

import graft.runtime.Runtime.Streams.Source;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Runs one job in a process of its own, whose control groups may be others than the test's: the
/// directory, the root and the script are its arguments; what the job wrote to each stream, one
/// stream after the other, and its code are its output.
final class LaunchChild {
  private LaunchChild() {}

  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    Runner runner = DirectRunner.over(DirectLaunchRootTest.NOBODY, directory.resolve("steps"));
    Spec spec = RuntimeLab.spec(RuntimeLab.process(false, "sh", "-c", args[2]), false, false);
    Runner.Job job =
        new Runner.Job(UUID.randomUUID().toString(), directory, Path.of(args[1]), spec);
    // Each stream whole: which of two comes first is chance.
    Map<Source, ByteArrayOutputStream> said = new EnumMap<>(Source.class);
    int code =
        runner.run(
            job,
            (source, bytes) -> {
              synchronized (said) {
                said.computeIfAbsent(source, _ -> new ByteArrayOutputStream()).writeBytes(bytes);
              }
            });
    said.values().forEach(all -> System.out.print(all.toString(StandardCharsets.UTF_8)));
    System.out.println("code " + code);
    System.out.println("left " + List.of(LaunchGroups.pids(RuntimeLab.GROUP + "/" + job.id())));
  }
}

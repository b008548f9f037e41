package graft.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Times shell commands against two docker hosts, A and B in turn so that both see the same noise,
/// and prints for each command the minimum and median of both and the ratio of the medians.
///
/// ```
/// Compare A-HOST B-HOST RUNS SCENARIO-FILE [NAME-PART]
/// ```
///
/// The scenario file has one scenario a line, `name | setup | command | clean-up`; only the command
/// is timed; `#` begins a comment. Commands are run by bash with DOCKER_HOST set. `{R}` stands for
/// the registry given by the environment variable REGISTRY.
public final class Compare {
  private record Scenario(String name, String setup, String command, String cleanUp) {}

  private Compare() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length < 4) {
      System.err.println("usage: Compare A-HOST B-HOST RUNS SCENARIO-FILE [NAME-PART]");
      System.exit(2);
    }
    int runs = Integer.parseInt(args[2]);
    List<Scenario> scenarios = read(Path.of(args[3]), args.length > 4 ? args[4] : "");
    System.out.printf(
        Locale.ROOT,
        "%-34s %21s %21s %8s%n",
        "",
        "A min / median ms",
        "B min / median ms",
        "A : B");
    boolean failed = false;
    for (Scenario s : scenarios) {
      Map<String, long[]> taken = new LinkedHashMap<>();
      taken.put(args[0], new long[runs]);
      taken.put(args[1], new long[runs]);
      boolean ok = true;
      for (int i = 0; i < runs && ok; i++) {
        for (Map.Entry<String, long[]> side : taken.entrySet()) {
          long nanos = time(s, side.getKey());
          ok = ok && nanos >= 0;
          side.getValue()[i] = nanos;
        }
      }
      if (!ok) {
        System.out.printf(Locale.ROOT, "%-34s failed%n", s.name());
        failed = true;
        continue;
      }
      double a = median(taken.get(args[0]));
      double b = median(taken.get(args[1]));
      System.out.printf(
          Locale.ROOT,
          "%-34s %10.1f / %8.1f %10.1f / %8.1f %8.2f%n",
          s.name(),
          minimum(taken.get(args[0])),
          a,
          minimum(taken.get(args[1])),
          b,
          a / b);
    }
    System.exit(failed ? 1 : 0);
  }

  private static List<Scenario> read(Path file, String part) throws IOException {
    List<Scenario> all = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] fields = line.split(" \\| ", -1);
      if (fields.length != 4) {
        throw new IOException("not four fields in: " + line);
      }
      Scenario s =
          new Scenario(fields[0].strip(), fields[1].strip(), fields[2].strip(), fields[3].strip());
      if (s.name().contains(part)) {
        all.add(s);
      }
    }
    return all;
  }

  /// Nanoseconds of the command, or -1 if a step failed (which is said on stderr).
  private static long time(Scenario s, String host) throws IOException, InterruptedException {
    if (!s.setup().isEmpty() && shell(s.setup(), host) != 0) {
      System.err.println(s.name() + ": the set-up failed against " + host);
      return -1;
    }
    long start = System.nanoTime();
    int exit = shell(s.command(), host);
    long taken = System.nanoTime() - start;
    if (!s.cleanUp().isEmpty()) {
      shell(s.cleanUp(), host);
    }
    if (exit != 0) {
      System.err.println(s.name() + ": exit " + exit + " against " + host);
      return -1;
    }
    return taken;
  }

  private static int shell(String script, String host) throws IOException, InterruptedException {
    String registry = System.getenv().getOrDefault("REGISTRY", "127.0.0.1:5000");
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", script.replace("{R}", registry));
    builder.environment().put("DOCKER_HOST", host);
    builder.redirectInput(Path.of("/dev/null").toFile());
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return builder.start().waitFor();
  }

  private static double minimum(long[] nanos) {
    return Arrays.stream(nanos).min().orElse(0) / 1e6;
  }

  private static double median(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return (sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0)
        / 1e6;
  }
}

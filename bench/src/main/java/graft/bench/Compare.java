package graft.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Times shell commands against two docker hosts, A and B in turn so that both see the same noise,
/// and prints for each command the minimum and median of both and the ratio of the medians.
///
/// ```
/// Compare A-HOST B-HOST RUNS SCENARIO-FILE [NAME-PART]
/// ```
///
/// The scenario file has one scenario a line, `name @RUNS :: setup :: command :: clean-up`; only
/// the command is timed; a long one says how often at most; `#` begins a comment. Commands are run
/// by bash with DOCKER_HOST set. `{R}` stands for the registry given by the environment variable
/// REGISTRY. With the engines' process numbers in A_PID and B_PID, the CPU time of each engine and
/// its descendants is shown too.
public final class Compare {
  /// @param most that it is run
  private record Scenario(String name, int most, String setup, String command, String cleanUp) {}

  /// Zero CPU if nobody said which process the engine is.
  private record Side(String host, Optional<ProcessTree> engine) {
    long cpuNanos() throws IOException {
      return engine.isPresent() ? engine.get().cpuNanos() : 0;
    }
  }

  private static final class Times {
    final long[] wall;
    final long[] cpu;

    Times(int runs) {
      wall = new long[runs];
      cpu = new long[runs];
    }
  }

  private Compare() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length < 4) {
      System.err.println("usage: Compare A-HOST B-HOST RUNS SCENARIO-FILE [NAME-PART]");
      System.exit(2);
    }
    int runs = Integer.parseInt(args[2]);
    List<Scenario> scenarios = read(Path.of(args[3]), args.length > 4 ? args[4] : "");
    Side a = new Side(args[0], engine("A_PID"));
    Side b = new Side(args[1], engine("B_PID"));
    System.out.printf(
        Locale.ROOT,
        "%-22s %21s %21s %6s   %s%n",
        "",
        "A min / median ms",
        "B min / median ms",
        "A : B",
        "CPU of the engines, ms");
    boolean failed = false;
    for (Scenario s : scenarios) {
      int times = Math.min(runs, s.most());
      Times ofA = new Times(times);
      Times ofB = new Times(times);
      boolean ok = true;
      for (int i = 0; i < times && ok; i++) {
        ok = time(s, a, ofA, i) && time(s, b, ofB, i);
      }
      if (ok) {
        Figures wallA = Figures.ofNanos(ofA.wall);
        Figures wallB = Figures.ofNanos(ofB.wall);
        System.out.printf(
            Locale.ROOT,
            "%-22s %s %s %6.2f   %8.0f %8.0f%n",
            s.name(),
            wallA,
            wallB,
            wallA.median() / wallB.median(),
            Figures.ofNanos(ofA.cpu).median(),
            Figures.ofNanos(ofB.cpu).median());
      } else {
        System.out.printf(Locale.ROOT, "%-22s failed%n", s.name());
        failed = true;
      }
    }
    System.exit(failed ? 1 : 0);
  }

  private static Optional<ProcessTree> engine(String variable) {
    return Optional.ofNullable(System.getenv(variable))
        .map(p -> new ProcessTree(Long.parseLong(p)));
  }

  private static List<Scenario> read(Path file, String part) throws IOException {
    List<Scenario> all = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] fields = line.split("(?<= )::(?= |$)", -1);
      if (fields.length != 4) {
        throw new IOException("not four fields in: " + line);
      }
      String[] name = fields[0].strip().split(" @", 2);
      int most = name.length > 1 ? Integer.parseInt(name[1]) : Integer.MAX_VALUE;
      Scenario s =
          new Scenario(name[0], most, fields[1].strip(), fields[2].strip(), fields[3].strip());
      if (s.name().contains(part)) {
        all.add(s);
      }
    }
    return all;
  }

  /// False if a step failed (which is said on stderr).
  private static boolean time(Scenario s, Side side, Times times, int run)
      throws IOException, InterruptedException {
    if (!s.setup().isEmpty() && Shell.run(s.setup(), side.host()) != 0) {
      System.err.println(s.name() + ": the set-up failed against " + side.host());
      return false;
    }
    long cpu = side.cpuNanos();
    long start = System.nanoTime();
    int exit = Shell.run(s.command(), side.host());
    times.wall[run] = System.nanoTime() - start;
    times.cpu[run] = side.cpuNanos() - cpu;
    if (!s.cleanUp().isEmpty()) {
      Shell.run(s.cleanUp(), side.host());
    }
    if (exit != 0) {
      System.err.println(s.name() + ": exit " + exit + " against " + side.host());
    }
    return exit == 0;
  }
}

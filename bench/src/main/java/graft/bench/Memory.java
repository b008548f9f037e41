package graft.bench;

import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// The resident memory of two engines: idle, and for each of some running containers what they cost
/// beyond their workload (monitors, shims, growth of the engine).
///
/// ```
/// Memory A-HOST B-HOST CONTAINERS      with A_PID and B_PID in the environment
/// ```
public final class Memory {
  private Memory() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    int containers = Integer.parseInt(args[2]);
    System.out.printf(Locale.ROOT, "%-12s %14s %24s%n", "", "idle MiB", "MiB per container");
    for (String side : new String[] {"A", "B"}) {
      String host = side.equals("A") ? args[0] : args[1];
      ProcessTree engine = new ProcessTree(Long.parseLong(System.getenv(side + "_PID")));
      long idle = engine.residentKib();
      Set<Long> before = ProcessTree.all();
      Shell.run(
          "for i in $(seq "
              + containers
              + "); do docker run -d --network none --name gbm$i gb:1 sleep 100000; done",
          host);
      TimeUnit.SECONDS.sleep(2);
      long beyond = engine.residentKib() - idle;
      int workloads = 0;
      for (long pid : ProcessTree.all()) {
        if (!before.contains(pid)) {
          if (ProcessTree.name(pid).equals("sleep")) {
            workloads++;
          } else if (!engine.holds(pid)) {
            beyond += ProcessTree.residentKib(pid);
          }
        }
      }
      Shell.run("docker rm -f $(seq -f gbm%g " + containers + ")", host);
      if (workloads != containers) {
        throw new IOException(workloads + " of " + containers + " containers ran on " + host);
      }
      System.out.printf(
          Locale.ROOT, "%-12s %14.1f %24.2f%n", side, idle / 1024.0, beyond / 1024.0 / containers);
    }
  }
}

package graft.bench;

import java.io.IOException;
import java.util.Locale;

/// From the start of a client to its end: the graft command beside the docker command, both against
/// one engine.
///
/// ```
/// Client HOST RUNS
/// ```
public final class Client {
  private Client() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    int runs = Integer.parseInt(args[1]);
    Shell.run("./graft -H " + args[0] + " ps", args[0]);
    long[] graft = new long[runs];
    long[] docker = new long[runs];
    for (int i = 0; i < runs; i++) {
      graft[i] = time("./graft -H " + args[0] + " ps", args[0]);
      docker[i] = time("docker ps", args[0]);
    }
    System.out.printf(
        Locale.ROOT,
        "%-22s %s %s   docker ps against the same engine%n",
        "graft ps",
        Figures.ofNanos(graft),
        Figures.ofNanos(docker));
  }

  private static long time(String command, String host) throws IOException, InterruptedException {
    long start = System.nanoTime();
    if (Shell.run(command, host) != 0) {
      throw new IOException("failed: " + command);
    }
    return System.nanoTime() - start;
  }
}

package graft.bench;

import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/// How the engine's resident memory grows: before and after so many `run --rm`, a quarter of which
/// have been run before, so that what is made once is there.
///
/// ```
/// Growth HOST RUNS      with A_PID in the environment
/// ```
public final class Growth {
  private static final int AT_ONCE = 4;

  private Growth() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    int runs = Integer.parseInt(args[1]);
    ProcessTree engine = new ProcessTree(Long.parseLong(System.getenv("A_PID")));
    run(args[0], runs / 4);
    long before = engine.residentKib();
    run(args[0], runs);
    TimeUnit.SECONDS.sleep(5);
    long after = engine.residentKib();
    System.out.printf(
        Locale.ROOT,
        "%-22s %.1f MiB before, %.1f after %d runs: %+.0f%%%n",
        "growth",
        before / 1024.0,
        after / 1024.0,
        runs,
        100.0 * (after - before) / before);
  }

  private static void run(String host, int count) throws IOException, InterruptedException {
    String one = "docker run --rm --network none gb:1 true";
    if (Shell.run("seq " + count + " | xargs -P " + AT_ONCE + " -I{} " + one, host) != 0) {
      throw new IOException("a run failed against " + host);
    }
  }
}

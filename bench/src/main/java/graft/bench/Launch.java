package graft.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What the engine adds to the runtime: create, start, wait and remove over the API, against runc
/// alone on the bundle that the engine wrote for the same container.
///
/// ```
/// Launch HOST DATA-ROOT RUNC RUNS
/// ```
public final class Launch {
  private static final String NAME = "gblaunch";

  private Launch() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Api api = Api.of(args[0]);
    int runs = Integer.parseInt(args[3]);
    Path work = Files.createTempDirectory("graft-launch");
    String holder = api.create(NAME, List.of("sleep", "100000"));
    try {
      api.post("/containers/" + holder + "/start");
      Path config = Path.of(args[1], "containers", holder, "bundle", "config.json");
      // The same file system, which is mounted as long as the holder runs.
      String bundle =
          Files.readString(config)
              .replace("\"sleep\",\"100000\"", "\"true\"")
              .replace("/graft/" + holder, "/graft-bench/launch");
      Files.writeString(work.resolve("config.json"), bundle);
      String runc = args[2] + " --root=" + work.resolve("state");
      String on = " --bundle " + work + " b";
      long[] engine = new long[runs];
      long[] run = new long[runs];
      long[] steps = new long[runs];
      for (int i = 0; i < runs; i++) {
        engine[i] = timed(() -> throughTheEngine(api));
        run[i] = timed(() -> shell(runc + " run" + on));
        steps[i] =
            timed(() ->
                shell(
                    runc
                        + " create"
                        + on
                        + "; "
                        + runc
                        + " start b; until "
                        + runc
                        + " delete b; do :; done"));
      }
      print("engine: create, start, wait, remove", Figures.ofNanos(engine), steps);
      print("runc create, start, delete", Figures.ofNanos(steps), steps);
      print("runc run", Figures.ofNanos(run), steps);
    } finally {
      api.remove(holder);
      try (Stream<Path> files = Files.list(work)) {
        for (Path file : files.toList()) {
          Files.deleteIfExists(file);
        }
      }
      Files.deleteIfExists(work);
    }
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private static long timed(Work work) throws IOException, InterruptedException {
    long start = System.nanoTime();
    work.run();
    return System.nanoTime() - start;
  }

  private static void throughTheEngine(Api api) throws IOException {
    String id = api.create(NAME + "1", List.of("true"));
    api.post("/containers/" + id + "/start");
    api.engine().post("/containers/" + id + "/wait");
    api.remove(id);
  }

  private static void shell(String script) throws IOException, InterruptedException {
    if (Shell.run(script, "") != 0) {
      throw new IOException("failed: " + script);
    }
  }

  private static void print(String name, Figures figures, long[] base) {
    System.out.printf(
        Locale.ROOT,
        "%-38s %s %6.2f%n",
        name,
        figures,
        figures.median() / Figures.ofNanos(base).median());
  }
}

package graft.cli.container;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.output.Table;
import graft.cli.stream.Terminal;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// `graft stats`: each container's stream is read by a thread of its own, the table is drawn from
/// what came last.
final class Stats implements Verb {
  private static final long EVERY_MILLIS = 1000;

  @Override
  public Options options() {
    return new Options("stats", "Show what containers use: CPU, memory, network, disk")
        .arguments(0, -1, "[CONTAINER...]")
        .flag("Those that do not run too", "-a", "--all")
        .flag("Print once and end", "--no-stream")
        .flag("Do not shorten", "--no-trunc")
        .formatted()
        .details("Without names: all that run. Ctrl-C ends it.")
        .example("graft stats", "all running containers, again and again")
        .example("graft stats --no-stream web", "one container, once");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    List<String> names = line.arguments();
    if (names.isEmpty()) {
      names = new ArrayList<>();
      for (Json c : engine.get("/containers/json" + (line.flag("--all") ? "?all=1" : "")).items()) {
        names.add(c.at("Id").text());
      }
    }
    if (line.flag("--json") || line.flag("--no-stream")) {
      return once(line, engine, names);
    }
    Map<String, Json> latest = new ConcurrentHashMap<>();
    for (String name : names) {
      engine.get(Named.path(name) + "/json");
      Thread.ofVirtual().start(() -> follow(engine, name, latest));
    }
    return draw(line, names, latest);
  }

  private static int once(Line line, Engine engine, List<String> names) throws IOException {
    Map<String, Json> found = new LinkedHashMap<>();
    Map<String, IOException> failed = new ConcurrentHashMap<>();
    Map<String, Json> answers = new ConcurrentHashMap<>();
    List<Thread> asking = new ArrayList<>();
    // Each answer takes the second between two samples: they are asked for together.
    for (String name : names) {
      asking.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  answers.put(name, engine.get(Named.path(name) + "/stats?stream=0"));
                } catch (IOException e) {
                  failed.put(name, e);
                }
              }));
    }
    for (Thread thread : asking) {
      join(thread);
    }
    for (IOException e : failed.values()) {
      throw e;
    }
    names.forEach(name -> found.put(name, answers.getOrDefault(name, Json.NULL)));
    if (!Listing.raw(line, Json.of(found.values()))) {
      System.out.print(table(line, names, found));
    }
    return 0;
  }

  private static void join(Thread thread) throws IOException {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void follow(Engine engine, String name, Map<String, Json> latest) {
    try (Reply reply = engine.send("GET", Named.path(name) + "/stats", Body.NONE)) {
      Json.Values values = Json.values(reply.body());
      for (@Nullable Json one = values.next(); one != null; one = values.next()) {
        latest.put(name, one);
      }
    } catch (IOException gone) {
      // A container that was removed meanwhile has no stats any more.
      latest.remove(name);
    }
  }

  private static int draw(Line line, List<String> names, Map<String, Json> latest)
      throws IOException {
    boolean terminal = Terminal.is(1);
    try {
      while (true) {
        String text = table(line, names, latest);
        // Home, the lines each cleared to their end, then all that is below.
        System.out.print(
            terminal ? "\u001b[H" + text.replace("\n", "\u001b[K\n") + "\u001b[J" : text);
        System.out.flush();
        if (System.out.checkError()) {
          return 0;
        }
        Thread.sleep(EVERY_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 130;
    }
  }

  private static String table(Line line, List<String> names, Map<String, Json> samples) {
    Table table =
        new Table(
            "ID=CONTAINER ID",
            "Name=NAME",
            "CPUPerc=CPU %",
            "MemUsage=MEM USAGE / LIMIT",
            "MemPerc=MEM %",
            "NetIO=NET I/O",
            "BlockIO=BLOCK I/O",
            "PIDs=PIDS",
            " Container=CONTAINER");
    for (String name : names) {
      @Nullable Json sample = samples.get(name);
      if (sample != null) {
        Usage.add(table, name, sample, line.flag("--no-trunc"));
      }
    }
    return table.render(line.text("--format"));
  }
}

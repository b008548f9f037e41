package graft.docker.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.container.Containers;
import graft.container.Containers.WaitFor;
import graft.docker.container.StatsBody;
import graft.docker.container.StatsBody.Sample;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.GoJson;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.runtime.Cgroup;
import graft.runtime.Stats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `GET /containers/{id}/stats`: one reading, or one a second.
public final class StatsRoute {
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final long TICK = 10_000_000; // USER_HZ is 100 on all of Linux's interfaces

  private final Containers containers;
  private final int cpus = java.lang.Runtime.getRuntime().availableProcessors();

  public StatsRoute(Engine engine) {
    this.containers = engine.containers();
  }

  public void addTo(Router router) {
    router.get("/containers/{id}/stats", this::stats);
  }

  private void stats(Exchange x) throws IOException, InterruptedException {
    boolean stream = x.flag("stream", true);
    boolean oneShot = x.flag("one-shot");
    if (stream && oneShot) {
      throw GraftException.invalid("cannot have stream=true and one-shot=true");
    }
    Container c = containers.find(x.parameter("id"));
    long memory = hostMemory();
    if (!stream) {
      Optional<Sample> before = Optional.empty();
      if (!oneShot && c.state().alive()) {
        before = sample(c);
        Thread.sleep(PERIOD);
      }
      ObjectNode json = StatsBody.of(c, sample(c), before, memory, cpus);
      if (oneShot && c.state().alive()) {
        json.remove(List.of("name", "id"));
      }
      x.json(200, json);
      return;
    }
    Exchange.Stream client = x.stream("application/json");
    Thread reading = Thread.currentThread();
    client.whenGone(reading::interrupt);
    try {
      follow(c, client, memory);
    } catch (InterruptedException e) {
      // The client has gone: nobody looks any more.
      return;
    }
    client.out().close();
  }

  /// Until the client goes or the container is removed.
  private void follow(Container first, Exchange.Stream client, long memory)
      throws IOException, InterruptedException {
    Optional<Sample> before = Optional.empty();
    String id = first.id();
    Thread reading = Thread.currentThread();
    Containers.Wait removal = containers.await(id, WaitFor.REMOVED);
    Thread watch =
        Thread.ofVirtual()
            .start(() -> {
              try {
                removal.get();
                reading.interrupt();
              } catch (InterruptedException e) {
                return; // the client went first
              }
            });
    try {
      while (true) {
        Container c = containers.find(id);
        Optional<Sample> now = sample(c);
        if (now.isPresent()) {
          client.out().write(GoJson.bytes(StatsBody.of(c, now, before, memory, cpus), "\n"));
        }
        before = now;
        Thread.sleep(PERIOD);
      }
    } catch (GraftException e) {
      // It has been removed: the stream ends.
      return;
    } finally {
      watch.interrupt();
    }
  }

  private static Optional<Sample> sample(Container c) throws IOException {
    if (!c.state().alive()) {
      return Optional.empty();
    }
    int pid = c.state().pid();
    // Without a group of its own nothing is known; that of the engine would be another's numbers.
    Optional<Cgroup> group =
        Cgroup.available() ? Cgroup.ofProcess(pid) : Optional.of(new Cgroup(Map.of(), false));
    if (group.isEmpty()) {
      return Optional.empty();
    }
    boolean host = c.spec().net().mode().equals("host");
    return Optional.of(
        new Sample(
            Instant.now(), Stats.of(group.get()), system(), host ? Map.of() : networks(pid)));
  }

  private static long system() throws IOException {
    String[] columns = Files.readAllLines(Path.of("/proc/stat")).getFirst().split("\\s+");
    return Arrays.stream(columns, 1, Math.min(columns.length, 8)).mapToLong(Long::parseLong).sum()
        * TICK;
  }

  private static long hostMemory() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
      if (line.startsWith("MemTotal:")) {
        return Long.parseLong(line.split("\\s+")[1]) * 1024;
      }
    }
    return Long.MAX_VALUE;
  }

  /// Counters of the interfaces in the network namespace of a process, without loopback.
  private static Map<String, List<Long>> networks(int pid) throws IOException {
    Map<String, List<Long>> all = new HashMap<>();
    Path file = Path.of("/proc/" + pid + "/net/dev");
    if (!Files.exists(file)) {
      return all;
    }
    for (String line : Files.readAllLines(file)) {
      int colon = line.indexOf(':');
      if (colon < 0 || line.substring(0, colon).strip().equals("lo")) {
        continue;
      }
      String[] v = line.substring(colon + 1).strip().split("\\s+");
      List<Long> counters = new ArrayList<>();
      for (int i : new int[] {0, 1, 2, 3, 8, 9, 10, 11}) {
        counters.add(Long.parseLong(v[i]));
      }
      all.put(line.substring(0, colon).strip(), counters);
    }
    return all;
  }
}

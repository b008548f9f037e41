package graft.docker.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Filters;
import graft.docker.json.GoJson;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.event.Event;
import graft.event.Events;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// `/events`.
public final class EventRoutes {
  /// Filters that name the object of an event.
  private static final List<String> ACTORS =
      List.of(
          "container",
          "network",
          "volume",
          "daemon",
          "plugin",
          "node",
          "service",
          "secret",
          "config");

  private final Engine engine;

  public EventRoutes(Engine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router.get("/events", this::events);
  }

  private void events(Exchange x) throws IOException, InterruptedException {
    Filters filters = Filters.parse(x.query("filters"));
    Instant since = GoTime.parse(x.query("since"));
    boolean bounded = !x.query("until").isEmpty() && !x.query("until").equals("0");
    Instant until = bounded ? GoTime.parse(x.query("until")) : Instant.MAX;
    if (!x.query("since").isEmpty() && bounded && since.isAfter(until)) {
      throw GraftException.invalid(
          "`since` time ("
              + x.query("since")
              + ") cannot be after `until` time ("
              + x.query("until")
              + ")");
    }
    boolean past = !x.query("since").isEmpty() || bounded;
    try (Events.Subscription subscription = engine.events().subscribe(past)) {
      Exchange.Stream stream = x.stream("application/json");
      AtomicBoolean gone = new AtomicBoolean();
      Thread me = Thread.currentThread();
      stream.whenGone(() -> {
        gone.set(true);
        me.interrupt();
      });
      try (OutputStream out = stream.out()) {
        for (Event e : subscription.past()) {
          if (!e.at().isBefore(since) && e.at().isBefore(until) && fits(e, filters)) {
            write(out, e);
          }
        }
        while (!gone.get() && Instant.now().isBefore(until)) {
          long wait =
              bounded
                  ? Math.max(1, java.time.Duration.between(Instant.now(), until).toMillis())
                  : 60_000;
          Optional<Event> next = subscription.next(wait);
          if (next.isPresent() && fits(next.get(), filters)) {
            write(out, next.get());
          }
        }
      } catch (InterruptedException e) {
        if (!gone.get()) {
          throw e;
        }
      }
    }
  }

  private static boolean fits(Event e, Filters f) {
    String type = e.type().name().toLowerCase(Locale.ROOT);
    return f.any("type", type::equals)
        && f.any("event", wanted -> action(e.action(), wanted))
        && f.any("scope", "local"::equals)
        && ACTORS.stream().allMatch(k -> f.any(k, wanted -> actor(e, wanted)))
        && f.any("image", wanted -> image(e, wanted))
        && f.labels(e.attributes());
  }

  private static boolean action(String action, String wanted) {
    int colon = action.indexOf(':');
    return action.equals(wanted)
        || (colon > 0 && action.substring(0, colon).equals(wanted))
        || (wanted.startsWith("health_status") && action.startsWith(wanted));
  }

  /// By the beginning of id or name, whatever the event is of.
  private static boolean actor(Event e, String wanted) {
    return e.id().startsWith(wanted) || e.attributes().getOrDefault("name", "").startsWith(wanted);
  }

  private static boolean image(Event e, String wanted) {
    String name =
        e.type() == Event.Type.IMAGE
            ? e.attributes().getOrDefault("name", e.id())
            : e.attributes().getOrDefault("image", "");
    int colon = name.lastIndexOf(':');
    return name.equals(wanted)
        || e.id().equals(wanted)
        || (colon > name.lastIndexOf('/') && name.substring(0, colon).equals(wanted));
  }

  private static void write(OutputStream out, Event e) throws IOException {
    ObjectNode json = Nodes.object();
    if (e.type() == Event.Type.CONTAINER || e.type() == Event.Type.IMAGE) {
      json.put("status", e.action());
      json.put("id", e.id());
      if (e.type() == Event.Type.CONTAINER) {
        json.put("from", e.attributes().getOrDefault("image", ""));
      }
    }
    json.put("Type", e.type().name().toLowerCase(Locale.ROOT));
    json.put("Action", e.action());
    ObjectNode actor = json.putObject("Actor");
    actor.put("ID", e.id());
    Map<String, String> attributes = new HashMap<>(e.attributes());
    actor.set("Attributes", Nodes.map(attributes));
    json.put("scope", "local");
    json.put("time", e.at().getEpochSecond());
    json.put("timeNano", e.at().getEpochSecond() * 1_000_000_000L + e.at().getNano());
    out.write(GoJson.bytes(json, "\n"));
  }
}

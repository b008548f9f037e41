package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.container.ContainerSpec;
import graft.container.Containers;
import graft.container.State;
import graft.docker.container.ListBody;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Filters;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.event.Event;
import graft.images.ImageRecord;
import graft.network.Sandbox;
import graft.pins.Pins;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Containers in rows: list and prune.
public final class ContainerListRoutes {
  private static final Set<String> KEYS =
      Set.of(
          "ancestor",
          "before",
          "exited",
          "expose",
          "health",
          "id",
          "is-task",
          "isolation",
          "label",
          "name",
          "network",
          "publish",
          "since",
          "status",
          "volume");
  private static final List<String> STATES =
      List.of("created", "running", "paused", "restarting", "removing", "exited", "dead");
  private static final List<String> HEALTH = List.of("none", "starting", "healthy", "unhealthy");
  private static final Set<String> PRUNE = Set.of("label", "label!", "until");

  private final Engine engine;
  private final Containers containers;

  public ContainerListRoutes(Engine engine) {
    this.engine = engine;
    this.containers = engine.containers();
  }

  public void addTo(Router router) {
    router.get("/containers/json", this::list).post("/containers/prune", this::prune);
  }

  private void list(Exchange x) throws IOException {
    Filters filters = Filters.parse(x.query("filters"), KEYS);
    check(filters, "status", "state", STATES);
    check(filters, "health", "health", HEALTH);
    refuseOdd(filters);
    int limit = limit(x.query("limit"));
    boolean all = x.flag("all") || limit > 0 || filters.has("status") || filters.has("exited");
    Instant now = Instant.now();
    ArrayNode json = Nodes.array();
    List<Container> everything = containers.list();
    Map<String, List<String>> linked = linked(everything);
    for (Container c : everything) {
      if (limit > 0 && json.size() == limit) {
        break;
      }
      Optional<Sandbox> sandbox = containers.network(c.id());
      boolean running = c.state().alive() || c.state() instanceof State.Restarting;
      if ((all || running) && inRange(c, filters) && fits(c, sandbox, filters)) {
        Optional<long[]> sizes =
            x.flag("size") ? Optional.of(ContainerRoutes.sizes(engine, c)) : Optional.empty();
        json.add(row(engine, c, linked.getOrDefault(c.id(), List.of()), sizes, now));
      }
    }
    x.json(200, json);
  }

  private static int limit(String given) {
    if (!given.matches("-?[0-9]{0,9}")) {
      throw GraftException.invalid("strconv.Atoi: parsing \"" + given + "\": invalid syntax");
    }
    return given.isEmpty() || given.startsWith("-") ? 0 : Integer.parseInt(given);
  }

  /// What is wrong in a filter is said even where there is nothing to filter.
  private void refuseOdd(Filters filters) {
    filters.flag("is-task", false);
    for (String code : filters.get("exited")) {
      if (!code.matches("-?[0-9]{1,9}")) {
        throw GraftException.invalid(
            "invalid filter 'exited="
                + code
                + "': strconv.Atoi: parsing \""
                + code
                + "\": invalid syntax");
      }
    }
    for (String key : List.of("publish", "expose")) {
      for (String port : filters.get(key)) {
        if (!port.matches("[0-9]{1,5}(-[0-9]{1,5})?(/[a-z]+)?")) {
          throw GraftException.invalid(
              "error while looking up for "
                  + key
                  + " "
                  + port
                  + ": strconv.ParseUint: parsing \""
                  + port
                  + "\": invalid syntax");
        }
      }
    }
    filters.get("before").forEach(containers::find);
    filters.get("since").forEach(containers::find);
  }

  private static void check(Filters filters, String key, String what, List<String> allowed) {
    for (String value : filters.get(key)) {
      if (!allowed.contains(value)) {
        throw GraftException.invalid(
            "invalid filter '"
                + key
                + "="
                + value
                + "': invalid value for "
                + what
                + " ("
                + value
                + "): must be one of "
                + String.join(", ", allowed));
      }
    }
  }

  /// The names that containers have for others by way of legacy links, by the id of the other.
  static Map<String, List<String>> linked(List<Container> all) {
    Map<String, List<String>> names = new HashMap<>();
    for (Container c : all) {
      for (ContainerSpec.Link link : c.spec().net().links()) {
        names
            .computeIfAbsent(link.container(), _ -> new ArrayList<>())
            .add("/" + c.name() + "/" + link.alias());
      }
    }
    return names;
  }

  /// A container as lists show it.
  ///
  /// @param linked its names as others link to it
  static ObjectNode row(
      Engine engine, Container c, List<String> linked, Optional<long[]> sizes, Instant now) {
    return ListBody.of(
        c,
        engine.containers().health(c.id()),
        linked,
        image(engine, c),
        engine.containers().network(c.id()),
        name -> ContainerRoutes.networkId(engine, name),
        sizes,
        now);
  }

  /// The name the user gave, or the image's id if that name is another image's by now.
  private static String image(Engine engine, Container c) {
    try {
      return engine.images().find(c.imageName()).id().equals(c.image())
          ? c.imageName()
          : c.image().toString();
    } catch (GraftException e) {
      return c.image().toString();
    }
  }

  private boolean inRange(Container c, Filters filters) {
    return filters.get("before").stream()
            .allMatch(n -> c.created().isBefore(containers.find(n).created()))
        && filters.get("since").stream()
            .allMatch(n -> c.created().isAfter(containers.find(n).created()));
  }

  private boolean fits(Container c, Optional<Sandbox> sandbox, Filters filters) {
    return filters.any("id", c.id()::startsWith)
        && filters.any("name", n -> named(c, n))
        && filters.any("status", c.state().word()::equals)
        && filters.any("health", ListBody.healthWord(containers.health(c.id()))::equals)
        && filters.any("is-task", v -> v.equals("false") || v.equals("0"))
        && filters.any("isolation", v -> v.equals("default") || v.isEmpty())
        && filters.labels(c.spec().labels())
        && filters.any("exited", code -> exitedWith(c, code))
        && filters.any(
            "volume",
            v -> c.mounts().stream().anyMatch(m -> m.name().equals(v) || m.destination().equals(v)))
        && filters.any("network", n -> ListBody.onNetwork(c, sandbox, n))
        && filters.any("ancestor", name -> descends(c, name))
        && filters.any(
            "expose", p -> c.spec().exposedPorts().stream().anyMatch(e -> portFits(p, e)))
        && filters.any(
            "publish",
            p ->
                sandbox.stream()
                    .flatMap(s -> s.ports().stream())
                    .anyMatch(e -> portFits(p, e.hostPort() + "/" + e.protocol())));
  }

  private static boolean named(Container c, String expression) {
    try {
      Pattern pattern = Pattern.compile(expression);
      return pattern.matcher(c.name()).find() || pattern.matcher("/" + c.name()).find();
    } catch (PatternSyntaxException e) {
      throw GraftException.invalid("invalid filter 'name=" + expression + "'");
    }
  }

  private static boolean exitedWith(Container c, String code) {
    return c.state() instanceof State.Exited e && e.exit().code() == Integer.parseInt(code);
  }

  /// Whether the container stands on this image or one made from it.
  private boolean descends(Container c, String name) {
    ImageRecord ancestor;
    try {
      ancestor = engine.images().find(name);
    } catch (GraftException e) {
      return false;
    }
    Optional<ImageRecord> image = engine.images().byId(c.image());
    while (image.isPresent()) {
      if (image.get().id().equals(ancestor.id())) {
        return true;
      }
      image = image.get().parent().flatMap(engine.images()::byId);
    }
    return c.image().equals(ancestor.id());
  }

  /// `80`, `80/tcp`, `80-90/tcp` against `80/tcp`.
  private static boolean portFits(String filter, String port) {
    String wanted = filter.contains("/") ? filter : filter + "/tcp";
    String protocol = wanted.substring(wanted.indexOf('/'));
    String[] ends = wanted.substring(0, wanted.indexOf('/')).split("-", 2);
    String number = port.substring(0, port.indexOf('/'));
    int n = Integer.parseInt(number);
    return port.endsWith(protocol)
        && n >= Integer.parseInt(ends[0])
        && n <= Integer.parseInt(ends[ends.length - 1]);
  }

  // ---- prune

  private void prune(Exchange x) throws IOException, InterruptedException {
    Filters filters = Filters.parse(x.query("filters"), PRUNE);
    Instant until =
        filters.has("until") ? GoTime.orAgo(filters.get("until").getFirst()) : Instant.MAX;
    List<String> deleted = new ArrayList<>();
    long space = 0;
    for (Container c : containers.list()) {
      boolean idle = c.state() instanceof State.Created || c.state() instanceof State.Exited;
      if (!idle
          || engine.pins().has(Pins.Kind.CONTAINER, c.id())
          || !filters.labels(c.spec().labels())
          || !c.created().isBefore(until)) {
        continue;
      }
      try {
        long size = containers.usage(c.id());
        containers.remove(c.id(), c.name(), false, false);
        space += size;
        deleted.add(c.id());
      } catch (GraftException e) {
        // Started, or removed by somebody else, meanwhile.
      }
    }
    engine
        .events()
        .publish(Event.Type.CONTAINER, "prune", "", Map.of("reclaimed", Long.toString(space)));
    ObjectNode json = Nodes.object();
    if (deleted.isEmpty()) {
      json.putNull("ContainersDeleted");
    } else {
      json.set("ContainersDeleted", Nodes.texts(deleted));
    }
    json.put("SpaceReclaimed", space);
    x.json(200, json);
  }
}

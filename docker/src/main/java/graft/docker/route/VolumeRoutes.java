package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Fields;
import graft.docker.json.Filters;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.event.Event;
import graft.pins.Pins;
import graft.volume.Volume;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// `/volumes`.
public final class VolumeRoutes {
  private static final Set<String> LIST = Set.of("dangling", "driver", "label", "name");
  private static final Set<String> PRUNE = Set.of("label", "label!", "all");

  private final Engine engine;

  public VolumeRoutes(Engine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router
        .get("/volumes", this::list)
        .post("/volumes/create", this::create)
        .post("/volumes/prune", this::prune)
        .get("/volumes/{name}", x -> x.json(200, json(engine.volumes().find(x.parameter("name")))))
        .put(
            "/volumes/{name}",
            _ -> {
              throw new GraftException(
                  GraftException.Kind.UNAVAILABLE,
                  "volume update only valid for cluster volumes, but swarm is unavailable");
            })
        .delete("/volumes/{name}", this::remove);
  }

  static ObjectNode json(Volume v) {
    ObjectNode json = Nodes.object();
    json.put("CreatedAt", GoTime.of(v.created()));
    json.put("Driver", "local");
    Nodes.putMapOrNull(json, "Labels", v.labels());
    json.put("Mountpoint", v.path().toString());
    json.put("Name", v.name());
    Nodes.putMapOrNull(json, "Options", v.options());
    json.put("Scope", "local");
    return json;
  }

  static List<String> users(List<Container> containers, String volume) {
    return containers.stream()
        .filter(c -> c.mounts().stream().anyMatch(m -> m.name().equals(volume)))
        .map(Container::id)
        .toList();
  }

  private List<String> users(String volume) {
    return users(engine.containers().list(), volume);
  }

  private void list(Exchange x) throws IOException {
    Filters filters = Filters.parse(x.query("filters"), LIST);
    ObjectNode json = Nodes.object();
    ArrayNode array = json.putArray("Volumes");
    for (Volume v : engine.volumes().list()) {
      boolean fits =
          filters.any("name", n -> v.name().contains(n))
              && filters.any("driver", "local"::equals)
              && filters.labels(v.labels())
              && (!filters.has("dangling")
                  || filters.flag("dangling", true) == users(v.name()).isEmpty());
      if (fits) {
        array.add(json(v));
      }
    }
    json.putNull("Warnings");
    x.json(200, json);
  }

  private void create(Exchange x) throws IOException {
    Fields body = Fields.of(x.jsonOrEmpty());
    if (body.has("ClusterVolumeSpec")) {
      throw new GraftException(
          GraftException.Kind.UNAVAILABLE,
          "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to"
              + " connect this node to swarm and try again.");
    }
    Volume made =
        engine
            .volumes()
            .create(
                body.text("Name"), body.text("Driver"), body.map("DriverOpts"), body.map("Labels"));
    x.json(201, json(made));
  }

  private void remove(Exchange x) throws IOException {
    String name = x.parameter("name");
    engine.volumes().remove(name, x.flag("force"), this::users);
    x.empty(204);
  }

  private void prune(Exchange x) throws IOException {
    Filters filters = Filters.parse(x.query("filters"), PRUNE);
    for (String word : filters.get("all")) {
      if (!word.matches("[01tTfF]|true|True|TRUE|false|False|FALSE")) {
        throw GraftException.invalid(
            "invalid filter 'all': strconv.ParseBool: parsing \"" + word + "\": invalid syntax");
      }
    }
    boolean all = !x.version().atLeast(42) || filters.flag("all", false);
    ObjectNode json = Nodes.object();
    ArrayNode deleted = json.putArray("VolumesDeleted");
    long freed = 0;
    for (Volume v : engine.volumes().unused(all, this::users)) {
      boolean pinned = engine.pins().has(Pins.Kind.VOLUME, v.name());
      if (!pinned && filters.labels(v.labels())) {
        long size = engine.volumes().size(v.name());
        engine.volumes().remove(v.name(), true, this::users);
        deleted.add(v.name());
        freed += size;
      }
    }
    json.put("SpaceReclaimed", freed);
    engine
        .events()
        .publish(Event.Type.VOLUME, "prune", "", Map.of("reclaimed", Long.toString(freed)));
    x.json(200, json);
  }
}

package graft.docker.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.disk.DiskAccount;
import graft.disk.PruneFacts;
import graft.disk.PrunePlan;
import graft.disk.PrunePlan.Item;
import graft.disk.PrunePlan.Wishes;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Fields;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.pins.Pins;
import graft.trash.Trash;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the disk is taken by, and what may go: `GET /graft/v1/df`, `POST /graft/v1/prune/plan` and
/// `/graft/v1/prune/apply`, `GET /graft/v1/pins`, `POST` and `DELETE /graft/v1/pins/{name}`.
public final class DiskRoutes {
  private final Engine engine;
  private final PruneFacts facts;

  public DiskRoutes(Engine engine) {
    this.engine = engine;
    this.facts =
        new PruneFacts(engine.containers(), engine.images(), engine.volumes(), engine.pins());
  }

  public void addTo(Router router) {
    router
        .get("/graft/v1/df", this::diskUsage)
        .post("/graft/v1/prune/plan", this::plan)
        .post("/graft/v1/prune/apply", this::apply)
        .get("/graft/v1/pins", this::pins)
        .post("/graft/v1/pins/{name:.*}", this::pin)
        .delete("/graft/v1/pins/{name:.*}", this::unpin);
  }

  private void diskUsage(Exchange x) throws IOException {
    ObjectNode json = Nodes.object();
    json.put("root", engine.config().dataRoot().toString());
    ArrayNode parts = json.putArray("parts");
    long total = 0;
    for (var part :
        DiskAccount.of(
                engine.config().dataRoot(), id -> engine.trash().has(Trash.Kind.CONTAINER, id))
            .entrySet()) {
      ObjectNode one = parts.addObject();
      one.put("part", part.getKey().word());
      one.put("bytes", part.getValue().bytes());
      one.put("allocated", part.getValue().allocated());
      total += part.getValue().allocated();
    }
    json.put("allocated", total);
    x.json(200, json);
  }

  // ---- prune

  private static Wishes wishes(Fields body) {
    return new Wishes(body.flag("all"), body.flag("volumes"), body.flag("allVolumes"));
  }

  private void plan(Exchange x) throws IOException {
    Wishes wishes = wishes(Fields.of(x.jsonOrEmpty()));
    ObjectNode json = Nodes.object();
    json.put("made", Instant.now().toString());
    json.put("all", wishes.allImages());
    json.put("volumes", wishes.volumes());
    json.put("allVolumes", wishes.allVolumes());
    ArrayNode goes = json.putArray("goes");
    ArrayNode stays = json.putArray("stays");
    long bytes = 0;
    for (Item item : PrunePlan.of(wishes, facts.read())) {
      (item.goes() ? goes : stays).add(json(item));
      bytes += item.goes() ? item.bytes() : 0;
    }
    json.put("bytes", bytes);
    x.json(200, json);
  }

  private static ObjectNode json(Item item) {
    ObjectNode json = Nodes.object();
    json.put("kind", item.kind().word());
    json.put("id", item.id());
    json.put("name", item.name());
    json.put("bytes", item.bytes());
    json.put("why", item.why());
    return json;
  }

  private record Key(String kind, String id) {}

  /// Removes what is in the plan's `goes` and would go by a plan that is made now; the rest is
  /// skipped and told. Nothing that is not in the plan is removed.
  private void apply(Exchange x) throws IOException, InterruptedException {
    ObjectNode body = x.json();
    Wishes wishes = wishes(Fields.of(body));
    Map<Key, JsonNode> wanted = new LinkedHashMap<>();
    for (JsonNode item : body.path("goes")) {
      Key key = new Key(item.path("kind").asText(), item.path("id").asText());
      if (key.id().isEmpty()) {
        throw GraftException.invalid("this is no plan of 'graft prune --plan': an item has no id");
      }
      wanted.put(key, item);
    }
    List<Item> now = PrunePlan.of(wishes, facts.read());
    ObjectNode json = Nodes.object();
    ArrayNode removed = json.putArray("removed");
    ArrayNode skipped = json.putArray("skipped");
    long bytes = 0;
    for (Item item : now) {
      JsonNode planned = wanted.remove(new Key(item.kind().word(), item.id()));
      if (planned == null) {
        continue;
      }
      Optional<String> changed = changed(item, planned);
      if (changed.isEmpty()) {
        changed = remove(item);
      }
      if (changed.isPresent()) {
        skipped.add(json(item).put("why", changed.get()));
      } else {
        removed.add(json(item));
        bytes += item.bytes();
      }
    }
    wanted.forEach((key, item) -> {
      if (item instanceof ObjectNode o && !key.kind().equals("network")) {
        skipped.add(o.deepCopy().put("why", "it is gone already"));
      }
    });
    json.put("bytes", bytes);
    x.json(200, json);
  }

  private static Optional<String> changed(Item now, JsonNode planned) {
    if (!now.goes()) {
      return Optional.of(now.why());
    }
    String name = planned.path("name").asText();
    return name.equals(now.name())
        ? Optional.empty()
        : Optional.of("it is called " + now.name() + " by now");
  }

  /// Empty if it went; otherwise why it did not.
  private Optional<String> remove(Item item) throws IOException, InterruptedException {
    try {
      switch (item.kind()) {
        case CONTAINER -> engine.containers().remove(item.id(), item.name(), false, false);
        case VOLUME ->
            engine
                .volumes()
                .remove(item.name(), false, v -> VolumeRoutes.users(engine.containers().list(), v));
        case IMAGE -> removeImage(Digest.parse(item.id()));
      }
      return Optional.empty();
    } catch (GraftException e) {
      return switch (e.kind()) {
        case CONFLICT, NOT_FOUND -> Optional.of(e.text());
        default -> throw e;
      };
    }
  }

  private void removeImage(Digest id) throws IOException {
    ImageRecord image =
        engine.images().byId(id).orElseThrow(() -> GraftException.notFound("it is gone already"));
    List<String> names = new ArrayList<>();
    image.names().stream().map(Reference::familiar).forEach(names::add);
    // A parent that is in the plan itself goes in its own turn.
    for (String name : names.isEmpty() ? List.of(id.toString()) : names) {
      engine.images().remove(name, false, false);
    }
    if (engine.images().byId(id).isPresent()) {
      engine.images().remove(id.toString(), false, false);
    }
  }

  // ---- pins

  private void pins(Exchange x) throws IOException {
    Map<Pins.Pin, String> names = facts.names();
    engine.pins().keepOnly(names.keySet());
    ArrayNode json = Nodes.array();
    engine
        .pins()
        .all()
        .forEach((kind, ids) -> ids.forEach(id -> json.add(pin(new Pins.Pin(kind, id), names))));
    x.json(200, json);
  }

  private static ObjectNode pin(Pins.Pin pin, Map<Pins.Pin, String> names) {
    ObjectNode json = Nodes.object();
    json.put("kind", pin.kind().word());
    json.put("id", pin.id());
    json.put("name", names.getOrDefault(pin, pin.id()));
    return json;
  }

  private void pin(Exchange x) throws IOException {
    Map<Pins.Pin, String> names = facts.names();
    engine.pins().keepOnly(names.keySet());
    Pins.Pin pin = facts.find(x.parameter("name"));
    boolean changed = engine.pins().pin(pin);
    x.json(200, pin(pin, names).put("changed", changed));
  }

  private void unpin(Exchange x) throws IOException {
    Pins.Pin pin = facts.find(x.parameter("name"));
    boolean changed = engine.pins().unpin(pin);
    x.json(200, pin(pin, facts.names()).put("changed", changed));
  }
}

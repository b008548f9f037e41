package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Fields;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.trash.Trash;
import java.io.IOException;
import java.util.Optional;

/// What was removed and can be had back: `GET` and `DELETE /graft/v1/trash`, and `POST
/// /graft/v1/trash/undo` (`name`: what to bring back, empty for the last removal; `as`: another
/// name for it).
public final class TrashRoutes {
  private final Engine engine;

  public TrashRoutes(Engine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router
        .get("/graft/v1/trash", this::list)
        .delete("/graft/v1/trash", this::empty)
        .post("/graft/v1/trash/undo", this::undo);
  }

  private ObjectNode json(Trash.Entry e) {
    ObjectNode json = Nodes.object();
    json.put("id", e.id());
    json.put("group", e.group());
    json.put("kind", e.kind().word());
    json.put("key", e.key());
    json.put("name", e.name());
    json.put("removed", e.removed());
    json.put("goes", e.at().plus(engine.config().trash().time()).toString());
    Optional<Long> size = engine.trash().size(e);
    if (size.isPresent()) {
      json.put("bytes", size.get());
    } else {
      json.putNull("bytes");
    }
    return json;
  }

  private void list(Exchange x) throws IOException {
    ObjectNode json = Nodes.object();
    json.put("keeps", engine.trash().keeps());
    json.put("seconds", engine.config().trash().time().toSeconds());
    json.put("limit", engine.config().trash().bytes());
    ArrayNode entries = json.putArray("entries");
    engine.trash().list().forEach(e -> entries.add(json(e)));
    x.json(200, json);
  }

  private void empty(Exchange x) throws IOException {
    ObjectNode json = Nodes.object();
    json.put("bytes", engine.trash().empty());
    x.json(200, json);
  }

  private void undo(Exchange x) throws IOException {
    if (!engine.trash().keeps() && engine.trash().list().isEmpty()) {
      throw GraftException.conflict(
          "this engine keeps nothing of what is removed; --trash-time and --trash-size of 'graft"
              + " daemon' change that");
    }
    Fields body = Fields.of(x.jsonOrEmpty());
    Trash.Restored restored =
        engine
            .trash()
            .restore(body.text("name"), Optional.of(body.text("as")).filter(n -> !n.isEmpty()));
    ObjectNode json = Nodes.object();
    ArrayNode done = json.putArray("restored");
    restored.restored().forEach(e -> done.add(json(e)));
    json.set("remarks", Nodes.texts(restored.remarks()));
    x.json(200, json);
  }
}

package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.advisory.Advisories;
import graft.advisory.Source;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.event.Event;
import java.io.IOException;
import java.util.Map;

/// The advisory database: `GET /graft/v1/lineage/db`, `POST` of a file or an archive of files
/// (`source`: its name; `file`: what to call the contents; `add`: to what the source has, instead
/// of in its place), and `DELETE /graft/v1/lineage/db/{source}`.
public final class AdvisoryRoutes {
  private static final String DB = "/graft/v1/lineage/db";

  private final Engine engine;

  public AdvisoryRoutes(Engine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router.get(DB, this::status).post(DB, this::bring).delete(DB + "/{source}", this::remove);
  }

  private void status(Exchange x) throws IOException {
    x.json(200, json(engine.advisories().status()));
  }

  private static ObjectNode json(Advisories.Status status) {
    ObjectNode json = Nodes.object();
    json.put("digest", status.digest().toString());
    json.put("bytes", status.bytes());
    json.put("trouble", status.trouble());
    ArrayNode sources = json.putArray("sources");
    status.sources().forEach(s -> sources.add(s.json()));
    return json;
  }

  private void bring(Exchange x) throws IOException {
    String source = x.query("source");
    String file = x.query("file");
    Source imported =
        engine
            .advisories()
            .importFrom(source, x.flag("add"), file.isEmpty() ? source : file, x.body());
    publish("advisories_import", source);
    ObjectNode json = Nodes.object();
    json.set("imported", imported.json());
    json.put("digest", engine.advisories().status().digest().toString());
    x.json(200, json);
  }

  private void remove(Exchange x) throws IOException {
    engine.advisories().remove(x.parameter("source"));
    publish("advisories_remove", x.parameter("source"));
    x.json(200, json(engine.advisories().status()));
  }

  private void publish(String action, String source) throws IOException {
    String digest = engine.advisories().status().digest().toString();
    engine
        .events()
        .publish(Event.Type.DAEMON, action, source, Map.of("name", source, "digest", digest));
  }
}

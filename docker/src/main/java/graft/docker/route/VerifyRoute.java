package graft.docker.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.GoJson;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.images.Verify;
import graft.oci.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// `POST /graft/v1/verify`: reads all layers and blobs again. The answer is a line of JSON for
/// each, as it is done (`kind`, `digest`, `size`, `ok`, `problem`, and the `images` that have it),
/// and at the end one with the sums (`layers`, `blobs`, `bad`); an answer without that line was cut
/// off.
public final class VerifyRoute {
  private final Engine engine;

  public VerifyRoute(Engine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router.post("/graft/v1/verify", this::verify);
  }

  private void verify(Exchange x) throws IOException {
    Map<Verify.Kind, Integer> counts = new EnumMap<>(Verify.Kind.class);
    int[] bad = {0};
    try (OutputStream out = x.stream("application/json").out()) {
      engine
          .images()
          .verify(thing -> {
            counts.merge(thing.kind(), 1, Integer::sum);
            ObjectNode line = Nodes.object();
            line.put("kind", thing.kind().name().toLowerCase(Locale.ROOT));
            line.put("digest", thing.digest().toString());
            line.put("size", thing.size());
            line.put("ok", thing.problem().isEmpty());
            if (thing.problem().isPresent()) {
              bad[0]++;
              line.put("problem", thing.problem().get());
            }
            line.set("images", Nodes.texts(imagesWith(thing.digest())));
            write(out, line);
          });
      ObjectNode sums = Nodes.object();
      sums.put("layers", counts.getOrDefault(Verify.Kind.LAYER, 0));
      sums.put("blobs", counts.getOrDefault(Verify.Kind.BLOB, 0));
      sums.put("bad", bad[0]);
      write(out, sums);
    }
  }

  /// By a name, or by the id of one that has none.
  private List<String> imagesWith(Digest digest) {
    return engine.images().list().stream()
        .filter(i -> i.diffIds().contains(digest) || i.blobs().contains(digest))
        .map(i -> i.names().isEmpty() ? i.id().toString() : i.names().getFirst().familiar())
        .toList();
  }

  private static void write(OutputStream out, ObjectNode line) throws IOException {
    out.write(GoJson.bytes(line, "\n"));
    out.flush();
  }
}

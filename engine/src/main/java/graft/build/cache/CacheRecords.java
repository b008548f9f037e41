package graft.build.cache;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.image.Edits;
import graft.oci.Digest;
import graft.oci.Json;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Results of steps as they stand in the config of an image, in its field [Edits#CACHE]: for each
/// the keys and the layer that it made. A layer need not be one of the image: then it is only known
/// what it would be, which is enough for steps that stand on it and are there.
///
/// Keys are digests, so that nothing of the arguments of a build can be read here.
public final class CacheRecords {
  private static final int VERSION = 1;
  private static final int MOST = 10_000;

  /// @param slot as of [Kept]
  public record Step(
      Digest key,
      Digest content,
      Digest slot,
      Digest layer,
      long size,
      Instant created,
      String description) {
    public static Step of(Kept k) {
      return new Step(
          k.key(), k.content(), k.slot(), k.layer(), k.size(), k.created(), k.description());
    }
  }

  private CacheRecords() {}

  public static JsonNode write(Collection<Kept> steps) {
    ObjectNode root = Json.MAPPER.createObjectNode();
    root.put("version", VERSION);
    ArrayNode all = root.putArray("steps");
    for (Kept kept : steps) {
      ObjectNode step = all.addObject();
      step.put("key", kept.key().toString());
      step.put("content", kept.content().toString());
      step.put("slot", kept.slot().toString());
      step.put("layer", kept.layer().toString());
      step.put("size", kept.size());
      step.put("created", kept.created().toString());
      step.put("description", kept.description());
    }
    return root;
  }

  /// None where the image has none, or those of another version.
  ///
  /// @throws GraftException CORRUPT if they cannot be read
  public static List<Step> read(byte[] config) {
    JsonNode root = Json.object(config, "the config of the cache").path(Edits.CACHE);
    if (root.path("version").asInt() != VERSION) {
      return List.of();
    }
    if (root.path("steps").size() > MOST) {
      throw GraftException.corrupt("the cache has more than " + MOST + " steps");
    }
    List<Step> all = new ArrayList<>();
    for (JsonNode step : root.path("steps")) {
      try {
        all.add(
            new Step(
                Digest.parse(Json.text(step, "key")),
                Digest.parse(Json.text(step, "content")),
                Digest.parse(Json.text(step, "slot")),
                Digest.parse(Json.text(step, "layer")),
                Math.max(0, step.path("size").asLong()),
                Instant.parse(Json.text(step, "created")),
                Json.text(step, "description")));
      } catch (DateTimeParseException | GraftException e) {
        throw GraftException.corrupt("the cache has a step that is none: " + e.getMessage());
      }
    }
    return all;
  }
}

package graft.archive;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.archive.ArchiveReader.Loaded;
import graft.error.GraftException;
import graft.image.Edits;
import graft.image.Image;
import graft.oci.Descriptor;
import graft.oci.ImageConfig;
import graft.oci.ImageConfig.History;
import graft.oci.Json;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.Reference;
import java.io.IOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What `docker save` wrote until 1.9: a directory for each layer with its tar and its own config,
/// chained by `parent`, and the names in `repositories`. Such layers are never packed, so the
/// digest of the tar is the diffID.
final class LegacyLayout {
  private static final int MAX_LAYERS = 1000;

  private final Spool spool;
  private final Map<String, Image> images = new HashMap<>();

  LegacyLayout(Spool spool) {
    this.spool = spool;
  }

  List<Loaded> read() throws IOException {
    ObjectNode repositories = Json.object(spool.document("repositories"), "repositories");
    Map<String, List<Reference>> names = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> repository : repositories.properties()) {
      for (Map.Entry<String, JsonNode> tag : repository.getValue().properties()) {
        names
            .computeIfAbsent(tag.getValue().asText(), id -> new ArrayList<>())
            .add(Reference.parse(repository.getKey() + ":" + tag.getKey()));
      }
    }
    List<Loaded> all = new ArrayList<>();
    for (Map.Entry<String, List<Reference>> image : names.entrySet()) {
      all.add(new Loaded(image(image.getKey()), image.getValue()));
    }
    return all;
  }

  private Image image(String id) throws IOException {
    List<String> chain = new ArrayList<>();
    String at = id;
    while (!at.isEmpty() && !images.containsKey(at)) {
      if (!at.matches("[0-9a-f]{64}")) {
        throw GraftException.corrupt("invalid image ID in the archive: \"" + at + "\"");
      }
      chain.add(at);
      if (chain.size() > MAX_LAYERS) {
        throw GraftException.corrupt("the archive's image " + id + " has too many parents");
      }
      at = Json.text(config(at), "parent");
    }
    for (String next : chain.reversed()) {
      images.put(next, layer(next));
    }
    return Optional.ofNullable(images.get(id)).orElseThrow(() -> Spool.missing(id + "/json"));
  }

  private ObjectNode config(String id) {
    return Json.object(spool.document(id + "/json"), id + "/json");
  }

  private Image layer(String id) throws IOException {
    ObjectNode json = config(id);
    Image parent = images.get(Json.text(json, "parent"));
    if (parent == null) {
      String os = Json.text(json, "os");
      parent =
          Edits.fromScratch(
              new Platform(os.isEmpty() ? "linux" : os, Json.text(json, "architecture")));
    }
    Descriptor blob = spool.layer(id + "/layer.tar");
    if (!blob.mediaType().equals(MediaTypes.OCI_LAYER)) {
      throw GraftException.corrupt("the archive's layer " + id + "/layer.tar is packed");
    }
    String by =
        Json.texts(json.path("container_config"), "Cmd").orElse(List.of()).stream()
            .collect(Collectors.joining(" "));
    return Edits.append(
        parent,
        new Image.Layer(blob, blob.digest()),
        new History(
            created(json), by, Json.text(json, "author"), Json.text(json, "comment"), false),
        s -> ImageConfig.settings(json.path("config")));
  }

  private static Optional<Instant> created(ObjectNode json) {
    try {
      return Optional.of(OffsetDateTime.parse(Json.text(json, "created")).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}

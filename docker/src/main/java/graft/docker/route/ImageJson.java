package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.docker.http.ApiVersion;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.image.Image;
import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.oci.ImageConfig;
import graft.oci.ImageConfig.History;
import graft.oci.ImageConfig.Settings;
import graft.oci.Json;
import graft.oci.Reference;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/// Images in Docker's shapes (the classic store's: ids are digests of configs).
final class ImageJson {
  private ImageJson() {}

  private static ArrayNode names(List<Reference> references) {
    return Nodes.texts(references.stream().map(Reference::familiar).toList());
  }

  /// An entry of the list.
  static ObjectNode summary(ImageRecord image, List<Container> containers) {
    ObjectNode json = Nodes.object();
    json.put("Containers", containers.stream().filter(c -> c.image().equals(image.id())).count());
    json.put("Created", image.created().getEpochSecond());
    json.put("Id", image.id().toString());
    Nodes.putMapOrNull(json, "Labels", image.labels());
    json.put("ParentId", image.parent().map(Digest::toString).orElse(""));
    json.set("RepoDigests", names(image.digests()));
    json.set("RepoTags", names(image.names()));
    json.put("SharedSize", -1);
    json.put("Size", image.size());
    return json;
  }

  static ObjectNode inspect(
      ImageRecord record, Image image, List<String> lowers, ApiVersion version) {
    ImageConfig config = image.config();
    ObjectNode raw = Json.object(config.raw().bytes(), "the image config");
    ObjectNode json = Nodes.object();
    json.put("Id", record.id().toString());
    json.set("RepoTags", names(record.names()));
    json.set("RepoDigests", names(record.digests()));
    json.put("Parent", record.parent().map(Digest::toString).orElse(""));
    json.put("Comment", config.history().isEmpty() ? "" : config.history().getLast().comment());
    config.created().ifPresent(t -> json.put("Created", GoTime.of(t)));
    json.put("DockerVersion", Json.text(raw, "docker_version"));
    json.put("Author", config.author());
    json.put("Architecture", config.platform().architecture());
    config.platform().variantIfAny().ifPresent(v -> json.put("Variant", v));
    json.put("Os", config.platform().os());
    json.put("Size", record.size());
    if (!version.atLeast(44)) {
      json.put("VirtualSize", record.size());
    }
    ObjectNode driver = json.putObject("GraphDriver");
    ObjectNode data = driver.putObject("Data");
    if (lowers.size() > 1) {
      data.put("LowerDir", String.join(":", lowers.subList(1, lowers.size())));
    }
    if (!lowers.isEmpty()) {
      data.put("MergedDir", lowers.getFirst());
      data.put("UpperDir", lowers.getFirst());
      data.put("WorkDir", lowers.getFirst());
    }
    driver.put("Name", "overlay2");
    ObjectNode rootfs = json.putObject("RootFS");
    rootfs.put("Type", "layers");
    rootfs.set("Layers", Nodes.texts(record.diffIds().stream().map(Digest::toString).toList()));
    json.putObject("Metadata")
        .put("LastTagTime", record.names().isEmpty() ? GoTime.ZERO : GoTime.of(record.tagged()));
    json.set("Config", settings(config.config(), raw.path("config")));
    if (!version.atLeast(45)) {
      json.put("Container", Json.text(raw, "container"));
      json.set("ContainerConfig", settings(config.config(), raw.path("config")));
    }
    return json;
  }

  private static ObjectNode settings(Settings s, com.fasterxml.jackson.databind.JsonNode raw) {
    ObjectNode json = Nodes.object();
    Nodes.putTexts(json, "Cmd", s.cmd());
    Nodes.putTexts(json, "Entrypoint", s.entrypoint());
    Nodes.putTexts(json, "Env", s.env().isEmpty() ? Optional.empty() : Optional.of(s.env()));
    Nodes.putMapOrNull(json, "Labels", s.labels());
    Nodes.putTexts(
        json, "OnBuild", s.onBuild().isEmpty() ? Optional.empty() : Optional.of(s.onBuild()));
    json.put("User", s.user());
    Nodes.putSetOrNull(json, "Volumes", s.volumes());
    json.put("WorkingDir", s.workingDir());
    if (!s.exposedPorts().isEmpty()) {
      Nodes.putSetOrNull(json, "ExposedPorts", s.exposedPorts());
    }
    s.stopSignal().ifPresent(v -> json.put("StopSignal", v));
    s.shell().ifPresent(v -> json.set("Shell", Nodes.texts(v)));
    if (raw.path("Healthcheck").isObject()) {
      json.set("Healthcheck", raw.get("Healthcheck"));
    }
    if (s.argsEscaped()) {
      json.put("ArgsEscaped", true);
    }
    return json;
  }

  /// Newest first. The id of an entry is known where an image of this machine ends with it.
  static ArrayNode history(
      ImageRecord record,
      Image image,
      List<ImageRecord> parents,
      ToLongFunction<Digest> layerSize) {
    ArrayNode array = Nodes.array();
    List<History> entries = image.config().history();
    int layer = image.config().diffIds().size() - 1;
    int fromTop = 0;
    for (History h : entries.reversed()) {
      ObjectNode json = array.addObject();
      json.put("Comment", h.comment());
      json.put("Created", h.created().orElse(Instant.EPOCH).getEpochSecond());
      json.put("CreatedBy", h.createdBy());
      boolean top = fromTop == 0;
      int depth = fromTop;
      Optional<ImageRecord> known =
          top
              ? Optional.of(record)
              : depth <= parents.size() ? Optional.of(parents.get(depth - 1)) : Optional.empty();
      json.put("Id", known.map(i -> i.id().toString()).orElse("<missing>"));
      if (h.emptyLayer() || layer < 0) {
        json.put("Size", 0);
      } else {
        json.put("Size", layerSize.applyAsLong(image.config().diffIds().get(layer)));
        layer--;
      }
      List<Reference> tags = known.map(ImageRecord::names).orElse(List.of());
      if (tags.isEmpty()) {
        json.putNull("Tags");
      } else {
        json.set("Tags", names(tags));
      }
      fromTop++;
    }
    return array;
  }
}

package graft.docker.route;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/// Images in Docker's shapes (the classic store's: ids are digests of configs).
final class ImageJson {
  private ImageJson() {}

  private static ArrayNode names(List<Reference> references) {
    return Nodes.texts(references.stream().map(Reference::familiar).toList());
  }

  /// An entry of the list.
  ///
  /// @param shared bytes of its layers that other images have as well; -1 if nobody asked
  static ObjectNode summary(ImageRecord image, int containers, long shared) {
    ObjectNode json = Nodes.object();
    json.put("Containers", containers);
    json.put("Created", image.created().getEpochSecond());
    json.put("Id", image.id().toString());
    Nodes.putMapOrNull(json, "Labels", image.labels());
    json.put("ParentId", image.parent().map(Digest::toString).orElse(""));
    json.set("RepoDigests", names(image.digests()));
    json.set("RepoTags", names(image.names()));
    json.put("SharedSize", shared);
    json.put("Size", image.size());
    return json;
  }

  static ObjectNode inspect(
      ImageRecord record, Image image, List<Path> lowers, ApiVersion version) {
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
    ObjectNode driver = json.putObject("GraphDriver");
    ObjectNode data = driver.putObject("Data");
    if (lowers.size() > 1) {
      data.put(
          "LowerDir",
          String.join(":", lowers.subList(1, lowers.size()).stream().map(Path::toString).toList()));
    }
    if (!lowers.isEmpty()) {
      String top = lowers.getFirst().toString();
      data.put("MergedDir", top);
      data.put("UpperDir", top);
      data.put("WorkDir", top);
    }
    driver.put("Name", "overlay2");
    ObjectNode rootfs = json.putObject("RootFS");
    rootfs.put("Type", "layers");
    rootfs.set("Layers", Nodes.texts(record.diffIds().stream().map(Digest::toString).toList()));
    json.putObject("Metadata")
        .put("LastTagTime", record.names().isEmpty() ? GoTime.ZERO : GoTime.of(record.tagged()));
    json.set("Config", settings(config.config(), raw.path("config")));
    if (!version.atLeast(45)) {
      // Of the container that the image was made from, where there was one.
      JsonNode made = raw.path("container_config");
      String container = Json.text(raw, "container");
      if (!container.isEmpty()) {
        json.put("Container", container);
      }
      json.set("ContainerConfig", settings(ImageConfig.settings(made), made));
    }
    return Versions.older(json, Versions.Answer.IMAGE, version);
  }

  private static ObjectNode settings(Settings s, JsonNode raw) {
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

  /// How many containers each image has.
  static Map<Digest, Integer> users(List<Container> containers) {
    Map<Digest, Integer> users = new HashMap<>();
    containers.forEach(c -> c.images().forEach(i -> users.merge(i, 1, Integer::sum)));
    return users;
  }

  /// How many images have each layer.
  static Map<Digest, Integer> holders(List<ImageRecord> images) {
    Map<Digest, Integer> holders = new HashMap<>();
    for (ImageRecord image : images) {
      new HashSet<>(image.diffIds()).forEach(l -> holders.merge(l, 1, Integer::sum));
    }
    return holders;
  }

  /// Bytes of the layers that another image has as well.
  static long shared(
      ImageRecord image, Map<Digest, Integer> holders, ToLongFunction<Digest> layerSize) {
    return image.diffIds().stream()
        .distinct()
        .filter(l -> holders.getOrDefault(l, 0) > 1)
        .mapToLong(layerSize)
        .sum();
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

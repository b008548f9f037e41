package graft.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.image.Image.Layer;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document.Manifest;
import graft.oci.ImageConfig;
import graft.oci.ImageConfig.History;
import graft.oci.ImageConfig.Settings;
import graft.oci.Json;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.SettingsBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Another image from an image: pure functions of values. Nothing is stored and no layer is opened;
/// the same arguments give the same bytes. What a config says that Graft does not know is kept.
///
/// New manifests are OCI's; their layers are the same blobs, under OCI's names for their types.
public final class Edits {
  /// The field of a config with what a build has kept of the steps that made the image.
  public static final String CACHE = "graft.build.cache";

  /// Fields that say something of one image only: the second is BuildKit's.
  private static final List<String> OWN = List.of(CACHE, "moby.buildkit.cache.v0");

  private Edits() {}

  /// An image of no layers and no history, to append to.
  public static Image fromScratch(Platform platform) {
    ObjectNode root = Json.MAPPER.createObjectNode();
    root.put("architecture", platform.architecture());
    root.put("os", platform.os());
    platform.variantIfAny().ifPresent(v -> root.put("variant", v));
    root.putObject("config");
    return image(root, List.of(), List.of(), Map.of());
  }

  /// The image with a layer on top. Its creation time and, if there is one, its author are those of
  /// the history entry.
  public static Image append(
      Image base, Layer layer, History entry, UnaryOperator<Settings> settings) {
    return extend(base, Optional.of(layer), entry, settings);
  }

  /// The image with other settings and a history entry that made no layer.
  public static Image withConfig(Image base, History entry, UnaryOperator<Settings> settings) {
    return extend(base, Optional.empty(), entry, settings);
  }

  /// What a build makes of its base: more layers, more history, other settings. It was created when
  /// the last entry of its history was.
  ///
  /// @param entries as many that have a layer as there are layers
  public static Image build(
      Image base, List<Layer> above, List<History> entries, Settings settings, String author) {
    ObjectNode root = tree(base);
    if (!author.isEmpty()) {
      root.put("author", author);
    }
    SettingsBuilder.write(settings, config(root));
    forget(root);
    List<Layer> layers = new ArrayList<>(base.layers());
    layers.addAll(above);
    List<History> history = new ArrayList<>(base.config().history());
    history.addAll(entries);
    if (!entries.isEmpty()) {
      entries.getLast().created().ifPresent(t -> root.put("created", t.toString()));
    }
    return image(root, layers, history, Map.of());
  }

  /// The image with these annotations on its manifest, instead of those it had.
  public static Image withAnnotations(Image image, Map<String, String> annotations) {
    return image(tree(image), image.layers(), image.config().history(), annotations);
  }

  /// The image with a field of its own in its config. What is made of it does not inherit it.
  ///
  /// @param field [#CACHE]
  public static Image withField(Image image, String field, JsonNode value) {
    if (!OWN.contains(field)) {
      throw new IllegalArgumentException(field);
    }
    ObjectNode root = tree(image);
    root.set(field, value);
    return image(root, image.layers(), image.config().history(), image.manifest().annotations());
  }

  private static Image extend(
      Image base, Optional<Layer> layer, History entry, UnaryOperator<Settings> settings) {
    ObjectNode root = tree(base);
    entry.created().ifPresent(t -> root.put("created", t.toString()));
    if (!entry.author().isEmpty()) {
      root.put("author", entry.author());
    }
    SettingsBuilder.write(settings.apply(base.config().config()), config(root));
    forget(root);
    List<Layer> layers = new ArrayList<>(base.layers());
    layer.ifPresent(layers::add);
    List<History> history = new ArrayList<>(base.config().history());
    history.add(
        new History(
            entry.created(), entry.createdBy(), entry.author(), entry.comment(), layer.isEmpty()));
    return image(root, layers, history, Map.of());
  }

  /// The child on another base: the layers of `newBase`, then those that the child has above
  /// `oldBase`. Its settings are merged three ways: what the child did not set is the new base's.
  /// CONFLICT, naming the layer, where the old base is not what the child was built on.
  ///
  /// @param created of the new image
  public static Image rebase(Image child, Image oldBase, Image newBase, Instant created) {
    requirePrefix(child, oldBase);
    if (!child.config().platform().equals(newBase.config().platform())) {
      throw GraftException.conflict(
          "cannot rebase: the image is for "
              + child.config().platform()
              + ", the new base for "
              + newBase.config().platform());
    }
    int below = oldBase.layers().size();
    List<History> own = above(child.config().history(), oldBase.config().history(), below);
    ObjectNode root =
        ConfigMerge.merge(tree(oldBase), tree(newBase), tree(child), Instructions.of(own));
    root.put("created", created.toString());
    forget(root);
    List<Layer> layers = new ArrayList<>(newBase.layers());
    layers.addAll(child.layers().subList(below, child.layers().size()));
    List<History> history = new ArrayList<>(newBase.config().history());
    history.addAll(own);
    return image(root, layers, history, child.manifest().annotations());
  }

  /// The image without its uppermost layer and what its history says of that.
  public static Image withoutTop(Image image) {
    List<Layer> layers = image.layers();
    List<History> history = new ArrayList<>(image.config().history());
    for (int i = history.size() - 1; i >= 0; i--) {
      if (!history.get(i).emptyLayer()) {
        history.remove(i);
        break;
      }
    }
    return image(
        tree(image), layers.subList(0, layers.size() - 1), history, image.manifest().annotations());
  }

  private static void requirePrefix(Image child, Image base) {
    List<Digest> mine = child.config().diffIds();
    List<Digest> below = base.config().diffIds();
    for (int i = 0; i < below.size(); i++) {
      if (i >= mine.size()) {
        throw GraftException.conflict(
            "cannot rebase: the image has only "
                + mine.size()
                + " layers, its supposed base has "
                + below.size());
      }
      if (!mine.get(i).equals(below.get(i))) {
        throw GraftException.conflict(
            "cannot rebase: layer "
                + (i + 1)
                + " of the image is "
                + mine.get(i)
                + ", that of its supposed base "
                + below.get(i));
      }
    }
  }

  /// The part of the history that made what is above `layers` layers.
  private static List<History> above(List<History> all, List<History> base, int layers) {
    if (all.size() >= base.size() && all.subList(0, base.size()).equals(base)) {
      return all.subList(base.size(), all.size());
    }
    int seen = 0;
    for (int i = 0; i < all.size(); i++) {
      if (seen == layers) {
        return all.subList(i, all.size());
      }
      if (!all.get(i).emptyLayer()) {
        seen++;
      }
    }
    return List.of();
  }

  private static ObjectNode tree(Image image) {
    return Json.object(image.config().raw().bytes(), "the image config");
  }

  private static ObjectNode config(ObjectNode root) {
    JsonNode config = root.get("config");
    return config instanceof ObjectNode object ? object : root.putObject("config");
  }

  /// What was said of the former image alone, and what Docker wrote of the container that it was
  /// committed from.
  private static void forget(ObjectNode root) {
    root.remove(OWN);
    root.remove(List.of("container", "container_config", "docker_version", "id", "parent"));
  }

  private static Image image(
      ObjectNode root, List<Layer> layers, List<History> history, Map<String, String> annotations) {
    ObjectNode rootfs = Json.MAPPER.createObjectNode();
    rootfs.put("type", "layers");
    ArrayNode diffIds = rootfs.putArray("diff_ids");
    layers.forEach(l -> diffIds.add(l.diffId().toString()));
    root.set("rootfs", rootfs);
    ArrayNode entries = Json.MAPPER.createArrayNode();
    history.forEach(h -> entries.add(write(h)));
    root.set("history", entries);
    ImageConfig config = ImageConfig.parse(Json.bytes(root));
    Manifest manifest =
        Manifest.create(
            new Descriptor(MediaTypes.OCI_CONFIG, config.raw().digest(), config.raw().size()),
            layers.stream().map(l -> asOci(l.blob())).toList(),
            annotations);
    return new Image(manifest, config);
  }

  private static Descriptor asOci(Descriptor layer) {
    return new Descriptor(
        MediaTypes.oci(layer.mediaType()),
        layer.digest(),
        layer.size(),
        layer.annotations(),
        layer.platform());
  }

  private static ObjectNode write(History h) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    h.created().ifPresent(t -> node.put("created", t.toString()));
    putText(node, "created_by", h.createdBy());
    putText(node, "author", h.author());
    putText(node, "comment", h.comment());
    if (h.emptyLayer()) {
      node.put("empty_layer", true);
    }
    return node;
  }

  private static void putText(ObjectNode node, String field, String value) {
    if (!value.isEmpty()) {
      node.put(field, value);
    }
  }
}

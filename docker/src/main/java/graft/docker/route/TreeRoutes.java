package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.image.Image;
import graft.images.ChainIds;
import graft.images.ImageFiles;
import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.oci.Reference;
import graft.snapshot.RootFiles;
import graft.snapshot.Snapshotter;
import graft.tree.ImageTree;
import graft.tree.Tree;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// What Graft knows beyond Docker: `/graft/v1`. The tree of images, the layers of one, and its
/// files without a container.
public final class TreeRoutes {
  private final Engine engine;
  private final ImageFiles files;

  public TreeRoutes(Engine engine) {
    this.engine = engine;
    this.files = new ImageFiles(engine.snapshots());
  }

  public void addTo(Router router) {
    router
        .get("/graft/v1/tree", this::tree)
        .get("/graft/v1/images/{name:.*}/layers", this::layers)
        .get("/graft/v1/images/{name:.*}/files", this::files)
        .get("/graft/v1/images/{name:.*}/blame", this::blame)
        .get("/graft/v1/images/{name:.*}/diff", this::diffWithParent)
        .get("/graft/v1/images/{name:.*}/diff/{other:.*}", this::diff);
  }

  private void tree(Exchange x) throws IOException {
    Tree tree = ImageTree.of(engine.images());
    List<Tree.Node> nodes = tree.nodes();
    if (!x.query("image").isEmpty()) {
      Digest id = engine.images().find(x.query("image")).id();
      Set<Digest> wanted = new HashSet<>();
      wanted.add(id);
      tree.ancestors(id).forEach(n -> wanted.add(n.id()));
      tree.descendants(id).forEach(n -> wanted.add(n.id()));
      nodes = nodes.stream().filter(n -> wanted.contains(n.id())).toList();
    }
    ObjectNode json = Nodes.object();
    ArrayNode array = json.putArray("nodes");
    for (Tree.Node n : nodes) {
      array.add(json(n));
    }
    x.json(200, json);
  }

  private ObjectNode json(Tree.Node n) {
    ObjectNode json = Nodes.object();
    json.put("id", n.id().toString());
    json.set("names", Nodes.texts(n.names()));
    json.put("parent", n.parent().map(Digest::toString).orElse(null));
    json.put("parentKind", n.edge().map(e -> e.name().toLowerCase(Locale.ROOT)).orElse(null));
    json.put("ghost", n.ghost());
    json.put("created", GoTime.of(n.created()));
    json.put("size", n.size());
    json.put("own", n.own());
    json.put("shared", n.shared());
    json.set("layers", Nodes.texts(n.layers().stream().map(Digest::toString).toList()));
    ArrayNode containers = json.putArray("containers");
    for (Container c : engine.containers().list()) {
      if (c.image().equals(n.id())) {
        ObjectNode o = containers.addObject();
        o.put("id", c.id());
        o.put("name", c.name());
        o.put("state", c.state().word());
      }
    }
    return json;
  }

  /// The history entry of each layer, bottom first.
  private static List<History> layerHistory(Image image) {
    List<History> all = new ArrayList<>();
    image.config().history().stream().filter(h -> !h.emptyLayer()).forEach(all::add);
    while (all.size() < image.layers().size()) {
      all.add(new History(Optional.empty(), "", "", "", false));
    }
    return all;
  }

  /// What a person calls the step: an import has a comment only.
  private static String by(History step) {
    return step.createdBy().isEmpty() ? step.comment() : step.createdBy();
  }

  private void layers(Exchange x) throws IOException {
    ImageRecord record = engine.images().find(x.parameter("name"));
    Image image = engine.images().open(record);
    List<History> history = layerHistory(image);
    List<Digest> chains = ChainIds.of(record.diffIds());
    ObjectNode json = Nodes.object();
    json.put("image", record.id().toString());
    json.set("names", Nodes.texts(record.names().stream().map(Reference::familiar).toList()));
    ArrayNode array = json.putArray("layers");
    LinesOfLayers lines = new LinesOfLayers(engine, ImageTree.of(engine.images()), record);
    for (int i = 0; i < image.layers().size(); i++) {
      Image.Layer layer = image.layers().get(i);
      ObjectNode o = array.addObject();
      o.put("digest", layer.blob().digest().toString());
      o.put("diffId", layer.diffId().toString());
      o.put("chainId", chains.get(i).toString());
      o.put("size", engine.images().layerSize(layer.diffId()));
      o.put("createdBy", by(history.get(i)));
      o.put(
          "sharedBy",
          engine.images().list().stream()
              .filter(r -> r.diffIds().contains(layer.diffId()))
              .count());
      o.put("mediaType", layer.blob().mediaType());
      lines.tell(layer.diffId(), o);
    }
    x.json(200, json);
  }

  // ---- files

  private void files(Exchange x) throws IOException {
    ImageRecord record = engine.images().find(x.parameter("name"));
    String path = x.query("path").isEmpty() ? "/" : x.query("path");
    try (Snapshotter.View view = engine.snapshots().view(record.topFirst());
        RootFiles root = RootFiles.open(view.root())) {
      RootFiles.FileStat stat =
          root.stat(path)
              .orElseThrow(() ->
                  GraftException.notFound(
                      "there is no " + path + " in image " + x.parameter("name")));
      switch (x.query("op")) {
        case "cat" -> {
          try (InputStream in = root.read(path);
              OutputStream out = x.stream("application/octet-stream").out()) {
            in.transferTo(out);
          }
        }
        case "tar" -> {
          try (OutputStream out =
              new BufferedOutputStream(x.stream("application/x-tar").out(), 256 * 1024)) {
            root.writeTar(path, out);
          }
        }
        case "stat" -> x.json(200, entries(List.of(entry(record, path, stat))));
        case "", "list" -> x.json(200, entries(list(root, record, path, stat)));
        default -> throw GraftException.invalid("op is list, stat, cat or tar");
      }
    }
  }

  private static ObjectNode entries(List<ObjectNode> all) {
    ObjectNode json = Nodes.object();
    json.putArray("entries").addAll(all);
    return json;
  }

  private List<ObjectNode> list(
      RootFiles root, ImageRecord record, String path, RootFiles.FileStat stat) throws IOException {
    if (!stat.isDirectory() && root.stat(path + "/").isEmpty()) {
      return List.of(entry(record, path, stat));
    }
    List<ObjectNode> all = new ArrayList<>();
    for (String name : root.list(path)) {
      String child = path.endsWith("/") ? path + name : path + "/" + name;
      Optional<RootFiles.FileStat> s = root.stat(child);
      if (s.isPresent()) {
        all.add(entry(record, child, s.get()));
      }
    }
    return all;
  }

  private ObjectNode entry(ImageRecord record, String path, RootFiles.FileStat s)
      throws IOException {
    ObjectNode json = Nodes.object();
    json.put("name", s.name());
    json.put("type", type(s.mode()));
    json.put("mode", String.format("%04o", s.mode() & 07777));
    json.put("uid", s.uid());
    json.put("gid", s.gid());
    json.put("size", s.size());
    json.put("mtime", GoTime.of(s.mtime()));
    if (!s.link().isEmpty()) {
      json.put("link", s.link());
    }
    json.put("layer", files.carrier(record.topFirst(), path).map(Digest::toString).orElse(""));
    return json;
  }

  private static String type(int mode) {
    return switch (mode & 0170000) {
      case 0040000 -> "directory";
      case 0120000 -> "symlink";
      case 0020000 -> "char";
      case 0060000 -> "block";
      case 0010000 -> "fifo";
      case 0140000 -> "socket";
      default -> "file";
    };
  }

  private void blame(Exchange x) throws IOException {
    ImageRecord record = engine.images().find(x.parameter("name"));
    String path = x.query("path");
    Image image = engine.images().open(record);
    List<History> history = layerHistory(image);
    ArrayNode all = Nodes.array();
    Tree tree = ImageTree.of(engine.images());
    LinesOfLayers lines = new LinesOfLayers(engine, tree, record);
    for (ImageFiles.Touch touch : files.touches(record.topFirst(), path)) {
      ObjectNode o = all.addObject();
      o.put("layer", touch.layer().toString());
      o.put("index", touch.index());
      o.put("deleted", touch.deletes());
      o.put("createdBy", by(history.get(touch.index())));
      history.get(touch.index()).created().ifPresent(t -> o.put("created", GoTime.of(t)));
      lines.tell(touch.layer(), o);
      Optional<Tree.Node> brought =
          Stream.concat(tree.node(record.id()).stream(), tree.ancestors(record.id()).stream())
              .filter(n -> n.ownLayers().contains(touch.layer()))
              .findFirst();
      ObjectNode by = o.putObject("image");
      by.put("id", brought.map(n -> n.id().toString()).orElse(record.id().toString()));
      by.set("names", Nodes.texts(brought.map(Tree.Node::names).orElse(List.of())));
    }
    if (all.isEmpty()) {
      throw GraftException.notFound(
          "there is no " + path + " in any layer of image " + x.parameter("name"));
    }
    ObjectNode json = Nodes.object();
    json.put("path", path);
    json.setAll((ObjectNode) all.get(0));
    json.set("history", all);
    x.json(200, json);
  }

  /// With the image it derives from, which may be here no more: its layers are.
  private void diffWithParent(Exchange x) throws IOException {
    ImageRecord image = engine.images().find(x.parameter("name"));
    Tree tree = ImageTree.of(engine.images());
    List<Digest> parent =
        tree.node(image.id())
            .flatMap(Tree.Node::parent)
            .flatMap(tree::node)
            .map(n -> n.layers().reversed())
            .orElse(List.of());
    String path = path(x, "path");
    x.json(200, changes(files.diff(parent, path, image.topFirst(), path)));
  }

  /// Between two images; paths of the first are `path`, those of the second `otherPath`.
  private void diff(Exchange x) throws IOException {
    ImageRecord a = engine.images().find(x.parameter("name"));
    ImageRecord b = engine.images().find(x.parameter("other"));
    String path = path(x, "path");
    String other = x.query("otherPath").isEmpty() ? path : path(x, "otherPath");
    x.json(200, changes(files.diff(a.topFirst(), path, b.topFirst(), other)));
  }

  private static String path(Exchange x, String name) {
    return x.query(name).isEmpty() ? "/" : x.query(name);
  }

  private static ArrayNode changes(List<ImageFiles.Change> changes) {
    ArrayNode array = Nodes.array();
    for (ImageFiles.Change change : changes) {
      ObjectNode o = array.addObject();
      o.put("path", change.path());
      o.put("kind", change.kind().name().toLowerCase(Locale.ROOT));
    }
    return array;
  }
}

package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.advisory.Advisories;
import graft.advisory.Severity;
import graft.advisory.Source;
import graft.container.Container;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.images.ImageRecord;
import graft.inventory.Distribution;
import graft.inventory.Inventory;
import graft.inventory.Inventory.Installed;
import graft.lineage.Counts;
import graft.lineage.Lineage;
import graft.lineage.Outdated;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.rollout.Follow;
import graft.tree.Tree;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The tree of images with what is known to be wrong with each: `/graft/v1/lineage`, all that only
/// reads but the findings of one image, which are [FindingRoutes]'.
public final class LineageRoutes {
  private static final String IMAGES = "/graft/v1/lineage/images/{name:.*}";

  private final Engine engine;

  public LineageRoutes(Engine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router
        .get("/graft/v1/lineage/tree", this::tree)
        .get(IMAGES + "/ancestry", this::ancestry)
        .get(IMAGES + "/dependents", this::dependents)
        .get(IMAGES + "/packages", this::packages)
        .get("/graft/v1/lineage/vulns/{id}", this::vulnerability)
        .get("/graft/v1/lineage/outdated", this::outdated);
  }

  /// `root`: only what leads to this image and what derives from it. `cve=1`: with numbers of
  /// findings, for which layers are indexed that are not yet.
  private void tree(Exchange x) throws IOException {
    Tree tree = engine.lineage().tree();
    List<Tree.Node> nodes = tree.nodes();
    if (!x.query("root").isEmpty()) {
      Digest id = engine.images().find(x.query("root")).id();
      Set<Digest> wanted = new HashSet<>();
      wanted.add(id);
      tree.ancestors(id).forEach(n -> wanted.add(n.id()));
      tree.descendants(id).forEach(n -> wanted.add(n.id()));
      nodes = nodes.stream().filter(n -> wanted.contains(n.id())).toList();
    }
    ObjectNode json = Nodes.object();
    database(json);
    nodes(json, tree, nodes, x.flag("cve"));
    x.json(200, json);
  }

  private void ancestry(Exchange x) throws IOException {
    Tree tree = engine.lineage().tree();
    Digest id = engine.images().find(x.parameter("name")).id();
    ObjectNode json = Nodes.object().put("image", id.toString());
    nodes(json, tree, tree.ancestors(id), x.flag("cve"));
    x.json(200, json);
  }

  private void dependents(Exchange x) throws IOException {
    Tree tree = engine.lineage().tree();
    Digest id = engine.images().find(x.parameter("name")).id();
    List<Tree.Node> nearestFirst = new ArrayList<>(tree.descendants(id));
    nearestFirst.sort(Comparator.comparingInt(n -> tree.ancestors(n.id()).size()));
    ObjectNode json = Nodes.object().put("image", id.toString());
    nodes(json, tree, nearestFirst, x.flag("cve"));
    x.json(200, json);
  }

  private void database(ObjectNode json) throws IOException {
    Advisories.Status status = engine.advisories().status();
    if (status.sources().isEmpty()) {
      json.putNull("database");
      return;
    }
    ObjectNode database = json.putObject("database");
    database.put("digest", status.digest().toString());
    database.put("records", status.sources().stream().mapToLong(Source::records).sum());
    status.sources().stream()
        .map(Source::imported)
        .max(Instant::compareTo)
        .ifPresent(t -> database.put("imported", GoTime.of(t)));
  }

  private void nodes(ObjectNode json, Tree tree, List<Tree.Node> nodes, boolean counted)
      throws IOException {
    Lineage.Counted counts =
        counted ? engine.lineage().counts(tree, nodes) : new Lineage.Counted(Map.of(), Map.of());
    List<Container> containers = engine.containers().list();
    List<Follow> follows = engine.rollouts().follows().list();
    ArrayNode array = json.putArray("nodes");
    for (Tree.Node node : nodes) {
      ObjectNode one = array.addObject();
      describe(one, node);
      one.put("usedBy", tree.descendants(node.id()).size());
      List<Container> its = containers.stream().filter(c -> c.image().equals(node.id())).toList();
      one.putObject("containers")
          .put("running", its.stream().filter(c -> c.state().alive()).count())
          .put("all", its.size());
      one.put(
          "indexed",
          engine.images().byId(node.id()).filter(engine.lineage()::isIndexed).isPresent());
      Optional<Counts> number = Optional.ofNullable(counts.counts().get(node.id()));
      if (number.isPresent()) {
        counts(one.putObject("findings"), number.get());
      } else {
        one.putNull("findings");
      }
      if (counts.trouble().containsKey(node.id())) {
        one.put("trouble", counts.trouble().get(node.id()));
      }
      follow(one, node, follows);
    }
  }

  private static void follow(ObjectNode json, Tree.Node node, List<Follow> follows) {
    Optional<Follow> followed =
        follows.stream().filter(f -> node.names().contains(f.name())).findFirst();
    if (followed.isEmpty()) {
      json.putNull("follow");
      return;
    }
    json.putObject("follow")
        .put("name", followed.get().name())
        .put("state", followed.get().state().name().toLowerCase(Locale.ROOT));
  }

  private static void describe(ObjectNode json, Tree.Node node) {
    json.put("id", node.id().toString());
    json.set("names", Nodes.texts(node.names()));
    json.put("ghost", node.ghost());
    json.put("parent", node.parent().map(Digest::toString).orElse(null));
    json.put("edge", node.edge().map(e -> e.name().toLowerCase(Locale.ROOT)).orElse(null));
    json.put("created", GoTime.of(node.created()));
    json.put("layers", node.layers().size());
    json.put("ownLayers", node.ownLayers().size());
    json.put("own", node.own());
    json.put("shared", node.shared());
  }

  private static void counts(ObjectNode json, Counts counts) {
    json.set("here", severities(counts.here()));
    json.set("inherited", severities(counts.inherited()));
    json.put("carried", counts.carried());
    json.put("fixed", counts.fixed());
  }

  /// Negligible ones are among the low ones.
  static ObjectNode severities(Map<Severity, Integer> counts) {
    ObjectNode json = Nodes.object();
    json.put("critical", counts.getOrDefault(Severity.CRITICAL, 0));
    json.put("high", counts.getOrDefault(Severity.HIGH, 0));
    json.put("medium", counts.getOrDefault(Severity.MEDIUM, 0));
    json.put(
        "low", counts.getOrDefault(Severity.LOW, 0) + counts.getOrDefault(Severity.NEGLIGIBLE, 0));
    json.put("unknown", counts.getOrDefault(Severity.UNKNOWN, 0));
    return json;
  }

  private void packages(Exchange x) throws IOException {
    ImageRecord image = engine.images().find(x.parameter("name"));
    Lineage.Packages packages = engine.lineage().packages(image);
    Inventory inventory = packages.inventory();
    Distribution distribution = inventory.distribution();
    ObjectNode json = Nodes.object();
    json.put("image", image.id().toString());
    json.set("names", Nodes.texts(image.names().stream().map(Reference::familiar).toList()));
    json.put("distribution", (distribution.id() + " " + distribution.version()).strip());
    ArrayNode array = json.putArray("packages");
    for (Installed one : inventory.packages()) {
      ObjectNode o = array.addObject();
      FindingJson.describe(o, one, distribution);
      o.put("source", one.source());
      o.put("sourceVersion", one.sourceVersion());
      o.set(
          "introduced",
          FindingJson.place(packages.places().get(packages.introduced().getOrDefault(one, 0))));
    }
    ArrayNode missing = json.putArray("missing");
    inventory
        .missing()
        .forEach(gone -> {
          ObjectNode o = missing.addObject();
          o.put("name", gone.installed().name());
          o.put("version", gone.installed().version());
          o.put("architecture", gone.installed().architecture());
          o.put("count", gone.count());
          o.set("paths", Nodes.texts(gone.paths()));
        });
    json.set("skipped", FindingJson.skipped(inventory.skipped()));
    x.json(200, json);
  }

  /// With the logins of `X-Registry-Config`, if any.
  private void outdated(Exchange x) throws IOException, InterruptedException {
    ObjectNode json = Nodes.object();
    ArrayNode array = json.putArray("images");
    for (Outdated.Answer one : engine.lineage().outdated(RegistryAuth.ofMany(x))) {
      ObjectNode o = array.addObject();
      o.put("image", one.image().toString());
      o.set("names", Nodes.texts(one.names()));
      if (one.base().isPresent()) {
        Outdated.Base base = one.base().get();
        o.putObject("base")
            .put("name", base.name())
            .put("digest", base.digest().map(Digest::toString).orElse(null))
            .put("here", base.here().map(Digest::toString).orElse(null));
      } else {
        o.putNull("base");
      }
      if (one.newer().isPresent()) {
        Outdated.Newer newer = one.newer().get();
        o.putObject("newer")
            .put("digest", newer.digest().toString())
            .put("created", newer.created().map(GoTime::of).orElse(null));
      } else {
        o.putNull("newer");
      }
      o.put("state", one.state().name().toLowerCase(Locale.ROOT));
      o.put("reason", one.reason());
    }
    x.json(200, json);
  }

  private void vulnerability(Exchange x) throws IOException {
    Lineage.Vulnerability found = engine.lineage().vulnerability(x.parameter("id"));
    ObjectNode json = Nodes.object();
    json.put("id", found.id());
    json.put("summary", found.summary());
    json.put("severity", FindingJson.word(found.severity()));
    ArrayNode array = json.putArray("nodes");
    for (Lineage.Affected one : found.nodes()) {
      ObjectNode o = array.addObject();
      o.put("image", one.image().toString());
      o.set("names", Nodes.texts(one.names()));
      o.put("source", one.finding().source());
      o.put("installed", one.finding().installed());
      o.put("fixed", one.finding().fixed().orElse(null));
      o.put("origin", one.origin());
      o.put("carrier", one.carrier());
    }
    x.json(200, json);
  }
}

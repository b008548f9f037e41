package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Filters;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.event.Event;
import graft.images.Archives;
import graft.images.Growth;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.images.Removed;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.pins.Pins;
import graft.registry.Repository;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.PatternSyntaxException;

/// `/images` and `/distribution`.
public final class ImageRoutes {
  private static final Set<String> LIST =
      Set.of("before", "dangling", "label", "reference", "since", "until");
  private static final Set<String> PRUNE = Set.of("dangling", "label", "label!", "until");

  private final Engine engine;
  private final Images images;

  public ImageRoutes(Engine engine) {
    this.engine = engine;
    this.images = engine.images();
  }

  public void addTo(Router router) {
    router
        .get("/images/json", this::list)
        .get("/images/get", x -> save(x, x.queries("names")))
        .get("/images/{name:.*}/get", x -> save(x, List.of(x.parameter("name"))))
        .get("/images/{name:.*}/json", this::inspect)
        .get("/images/{name:.*}/history", this::history)
        .post("/images/create", this::create)
        .post("/images/load", this::load)
        .post("/images/prune", this::prune)
        .post("/images/{name:.*}/push", this::push)
        .post("/images/{name:.*}/tag", this::tag)
        .delete("/images/{name:.*}", this::remove);
  }

  // ---- list

  private void list(Exchange x) throws IOException {
    Filters filters = Filters.parse(x.query("filters"), LIST);
    if (!x.version().atLeast(41) && !x.query("filter").isEmpty()) {
      filters = filters.with("reference", x.query("filter"));
    }
    list(x, filters);
  }

  private void list(Exchange x, Filters filters) throws IOException {
    Optional<ImageRecord> before =
        filters.has("before")
            ? Optional.of(images.find(filters.get("before").getFirst()))
            : Optional.empty();
    Optional<ImageRecord> since =
        filters.has("since")
            ? Optional.of(images.find(filters.get("since").getFirst()))
            : Optional.empty();
    ArrayNode array = Nodes.array();
    List<ImageRecord> all = images.list();
    Set<Digest> parents = new java.util.HashSet<>();
    all.forEach(i -> i.parent().ifPresent(parents::add));
    Map<Digest, Integer> users = ImageJson.users(engine.containers().list());
    Map<Digest, Integer> holders = x.flag("shared-size") ? ImageJson.holders(all) : Map.of();
    for (ImageRecord image : all) {
      boolean unnamed = image.names().isEmpty() && image.digests().isEmpty();
      boolean dangling = image.names().isEmpty() && !parents.contains(image.id());
      boolean fits =
          (!unnamed || !parents.contains(image.id()) || x.flag("all"))
              && (!filters.has("dangling") || filters.flag("dangling", true) == dangling)
              && filters.labels(image.labels())
              && filters.any("reference", pattern -> matches(image, pattern))
              && before.map(b -> image.created().isBefore(b.created())).orElse(true)
              && since.map(s -> image.created().isAfter(s.created())).orElse(true)
              && filters.any("until", u -> image.created().isBefore(GoTime.orAgo(u)));
      if (fits) {
        ObjectNode json =
            ImageJson.summary(
                image,
                users.getOrDefault(image.id(), 0),
                x.flag("shared-size") ? ImageJson.shared(image, holders, images::layerSize) : -1);
        if (filters.has("reference")) {
          json.set(
              "RepoTags",
              Nodes.texts(
                  image.names().stream()
                      .filter(n -> filters.get("reference").stream().anyMatch(p -> matches(n, p)))
                      .map(Reference::familiar)
                      .toList()));
        }
        array.add(json);
      }
    }
    x.json(200, Versions.older(array, Versions.Answer.IMAGES, x.version()));
  }

  private static boolean matches(ImageRecord image, String pattern) {
    return image.names().stream().anyMatch(n -> matches(n, pattern));
  }

  /// Against the name with and without tag, as `path.Match` does.
  private static boolean matches(Reference name, String pattern) {
    PathMatcher matcher;
    try {
      matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    } catch (PatternSyntaxException e) {
      throw new GraftException(GraftException.Kind.INVALID, "syntax error in pattern", e);
    }
    return matcher.matches(Path.of(name.familiar()))
        || matcher.matches(Path.of(name.familiarName()));
  }

  private void inspect(Exchange x) throws IOException {
    Optional<Platform> platform = WantedPlatform.of(x, "platform", 49);
    if (platform.isPresent() && x.flag("manifests")) {
      throw GraftException.invalid(
          "conflicting options: manifests and platform options cannot both be set");
    }
    ImageRecord image = images.find(x.parameter("name"), platform);
    x.json(
        200, ImageJson.inspect(image, images.open(image), images.directories(image), x.version()));
  }

  private void history(Exchange x) throws IOException {
    ImageRecord image = images.find(x.parameter("name"), WantedPlatform.of(x, "platform", 48));
    List<ImageRecord> parents = new ArrayList<>();
    Optional<ImageRecord> up = image.parent().flatMap(images::byId);
    while (up.isPresent()) {
      parents.add(up.get());
      up = up.get().parent().flatMap(images::byId);
    }
    x.json(200, ImageJson.history(image, images.open(image), parents, images::layerSize));
  }

  private void tag(Exchange x) throws IOException {
    String repository = x.query("repo");
    Reference target = Reference.parse(repository);
    String tag = x.query("tag");
    if (!tag.isEmpty()) {
      if (!tag.matches("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")) {
        throw GraftException.invalid("invalid tag format");
      }
      target = target.withTag(tag);
    }
    images.tag(x.parameter("name"), target);
    x.empty(201);
  }

  private void remove(Exchange x) throws IOException {
    Optional<Platform> platform = WantedPlatform.of(x, "platforms", 50);
    if (platform.isPresent()) {
      images.find(x.parameter("name"), platform);
    }
    ArrayNode array = Nodes.array();
    for (Removed r : images.remove(x.parameter("name"), x.flag("force"), !x.flag("noprune"))) {
      array.add(json(r));
    }
    x.json(200, array);
  }

  private static ObjectNode json(Removed r) {
    ObjectNode json = Nodes.object();
    switch (r) {
      case Removed.Untagged u -> json.put("Untagged", u.name());
      case Removed.Deleted d -> json.put("Deleted", d.digest().toString());
    }
    return json;
  }

  private void prune(Exchange x) throws IOException {
    Filters filters = Filters.parse(x.query("filters"), PRUNE);
    boolean danglingOnly = filters.flag("dangling", true);
    ObjectNode json = Nodes.object();
    ArrayNode deleted = Nodes.array();
    long before = layers();
    Set<Digest> used = ImageJson.users(engine.containers().list()).keySet();
    List<ImageRecord> all = images.list();
    Set<Digest> parents = new java.util.HashSet<>();
    all.forEach(i -> i.parent().ifPresent(parents::add));
    for (ImageRecord image : all) {
      boolean parent = parents.contains(image.id());
      boolean wanted =
          !used.contains(image.id())
              && !engine.pins().has(Pins.Kind.IMAGE, image.id().toString())
              && (image.names().isEmpty() ? !parent : !danglingOnly)
              && filters.labels(image.labels())
              && filters.any("until", u -> image.created().isBefore(GoTime.orAgo(u)));
      if (!wanted) {
        continue;
      }
      try {
        List<String> names = image.names().stream().map(Reference::familiar).toList();
        for (String name : names.isEmpty() ? List.of(image.id().toString()) : names) {
          images.remove(name, false, true).forEach(r -> deleted.add(json(r)));
        }
      } catch (GraftException e) {
        // Somebody took it into use in between; it stays, and anything else is an error.
        if (e.kind() != GraftException.Kind.CONFLICT && e.kind() != GraftException.Kind.NOT_FOUND) {
          throw e;
        }
      }
    }
    if (deleted.isEmpty()) {
      json.putNull("ImagesDeleted");
    } else {
      json.set("ImagesDeleted", deleted);
    }
    long freed = Math.max(0, before - layers());
    json.put("SpaceReclaimed", freed);
    engine
        .events()
        .publish(Event.Type.IMAGE, "prune", "", Map.of("reclaimed", Long.toString(freed)));
    x.json(200, json);
  }

  private long layers() {
    return images.list().stream()
        .flatMap(i -> i.diffIds().stream())
        .distinct()
        .mapToLong(images::layerSize)
        .sum();
  }

  // ---- transfers

  private void create(Exchange x) throws IOException, InterruptedException {
    if (!x.query("fromImage").isEmpty()) {
      pull(x);
    } else if (!x.query("fromSrc").isEmpty()) {
      importTar(x);
    } else {
      throw GraftException.invalid("neither fromImage nor fromSrc was given");
    }
  }

  private void pull(Exchange x) throws IOException, InterruptedException {
    Reference name = Reference.parse(x.query("fromImage"));
    if (name.repository().equals("library/scratch")) {
      throw new GraftException(GraftException.Kind.FORBIDDEN, "'scratch' is a reserved name");
    }
    String tag = x.query("tag");
    if (Digest.isDigest(tag)) {
      name = name.withDigest(Digest.parse(tag));
    } else if (!tag.isEmpty()) {
      name = name.withTag(tag);
    }
    Platform platform =
        x.query("platform").isEmpty() ? Platform.host() : Platform.parse(x.query("platform"));
    Repository repository = engine.registries().repository(name, RegistryAuth.of(x));
    boolean all = name.tag().isEmpty() && name.digest().isEmpty();
    List<Reference> names = new ArrayList<>();
    if (all) {
      for (String t : repository.tags()) {
        names.add(name.withTag(t));
      }
    } else {
      names.add(name);
    }
    ProgressLines lines = new ProgressLines(x, false);
    try {
      boolean newer = false;
      for (Reference each : names) {
        Images.Pulled pulled = images.pull(repository, each, platform, lines);
        newer |= pulled.newer();
        lines.status("Digest: " + pulled.digest());
      }
      lines.status(
          "Status: "
              + (newer ? "Downloaded newer image for " : "Image is up to date for ")
              + (all ? name.familiarName() : name.familiar()));
    } catch (GraftException | IOException e) {
      if (!x.answered()) {
        throw e;
      }
      lines.error(message(e));
    }
    lines.finish();
  }

  private static String message(Exception e) {
    return e instanceof GraftException g ? g.text() : String.valueOf(e.getMessage());
  }

  private void importTar(Exchange x) throws IOException, InterruptedException {
    if (!x.query("fromSrc").equals("-")) {
      throw new GraftException(
          GraftException.Kind.NOT_IMPLEMENTED,
          "importing from a URL is not part of this version; fetch it and import from -");
    }
    Optional<Reference> name = Optional.empty();
    if (!x.query("repo").isEmpty()) {
      Reference r = Reference.parse(x.query("repo"));
      if (r.digest().isPresent()) {
        throw GraftException.invalid("cannot import digest reference");
      }
      name = Optional.of(x.query("tag").isEmpty() ? r : r.withTag(x.query("tag")));
    }
    Platform platform =
        x.query("platform").isEmpty() ? Platform.host() : Platform.parse(x.query("platform"));
    if (!platform.os().equals("linux")) {
      throw GraftException.invalid("operating system is not supported");
    }
    ImageRecord image =
        images.importTar(
            new Growth.Import(name, x.query("message"), x.queries("changes"), platform), x.body());
    ProgressLines lines = new ProgressLines(x, false);
    lines.status(image.id().toString());
    lines.finish();
  }

  private void push(Exchange x) throws IOException, InterruptedException {
    Reference name = Reference.parse(x.parameter("name"));
    Optional<Platform> platform = WantedPlatform.of(x, "platform", 46);
    ProgressLines lines = new ProgressLines(x, true);
    List<Reference> names = new ArrayList<>();
    if (!x.query("tag").isEmpty()) {
      names.add(name.withTag(x.query("tag")));
    } else if (name.tag().isPresent()) {
      names.add(name);
    } else {
      Reference repository = name;
      images.list().stream()
          .flatMap(i -> i.names().stream())
          .filter(n -> n.name().equals(repository.name()))
          .sorted((a, b) -> a.toString().compareTo(b.toString()))
          .forEach(names::add);
    }
    if (platform.isPresent()) {
      for (Reference each : names) {
        images.find(each.familiar(), platform);
      }
    }
    Repository repository = engine.registries().repository(name, RegistryAuth.of(x));
    try {
      if (names.isEmpty()) {
        throw GraftException.notFound(
            "An image does not exist locally with the tag: " + name.familiarName());
      }
      for (Reference each : names) {
        Descriptor pushed = images.push(repository, each, lines);
        String tag = each.tag().orElse("latest");
        lines.status(tag + ": digest: " + pushed.digest() + " size: " + pushed.size());
        ObjectNode json = Nodes.object();
        json.putObject("progressDetail");
        ObjectNode aux = json.putObject("aux");
        aux.put("Tag", tag);
        aux.put("Digest", pushed.digest().toString());
        aux.put("Size", pushed.size());
        lines.line(json);
      }
    } catch (GraftException | IOException e) {
      if (!x.answered()) {
        lines.status("The push refers to repository [" + name.name() + "]");
      }
      lines.error(message(e));
    }
    lines.finish();
  }

  private void save(Exchange x, List<String> names) throws IOException {
    if (names.isEmpty()) {
      throw GraftException.invalid("no image was named");
    }
    Optional<Platform> platform = WantedPlatform.of(x, "platform", 48);
    for (String name : names) {
      images.check(name, platform);
    }
    Exchange.Stream stream = x.stream("application/x-tar");
    try (OutputStream out = new java.io.BufferedOutputStream(stream.out(), 256 * 1024)) {
      images.save(names, out);
    }
  }

  private void load(Exchange x) throws IOException, InterruptedException {
    Optional<Platform> platform = WantedPlatform.of(x, "platform", 48);
    ProgressLines lines = new ProgressLines(x, false);
    try {
      for (Archives.Loaded loaded : images.load(x.body(), platform, graft.images.Progress.SILENT)) {
        ObjectNode json = Nodes.object();
        json.put(
            "stream",
            (loaded.name().isPresent() ? "Loaded image: " : "Loaded image ID: ")
                + loaded.shownName()
                + "\n");
        lines.line(json);
      }
    } catch (GraftException | IOException e) {
      // The one text of a broken archive that clients know.
      String cut = "unexpected EOF";
      lines.error(message(e).endsWith(cut) ? cut : message(e));
    }
    lines.finish();
  }
}

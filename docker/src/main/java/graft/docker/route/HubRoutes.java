package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Filters;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.images.RemoteTags;
import graft.oci.Document;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Found;
import graft.registry.Repository;
import graft.registry.Resolved;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.PatternSyntaxException;

/// What is in registries, without pulling it: `search`, `distribution` and, beyond Docker, tags.
public final class HubRoutes {
  private static final Set<String> SEARCH = Set.of("is-official", "is-automated", "stars");
  private static final int USUAL = 25;
  private static final int MOST = 100;

  /// Tags that are looked at, each with one request or two.
  private static final int MOST_LOOKED_AT = 200;

  private final Engine engine;

  public HubRoutes(Engine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router
        .get("/images/search", this::search)
        .get("/distribution/{name:.*}/json", this::distribution)
        .get("/graft/v1/tags", this::tags);
  }

  private void search(Exchange x) throws IOException {
    Filters filters = Filters.parse(x.query("filters"), SEARCH);
    int limit = number(x, "limit", USUAL);
    if (limit < 1 || limit > MOST) {
      throw GraftException.invalid("limit " + limit + " is outside the range of [1, 100]");
    }
    int stars = 0;
    for (String value : filters.get("stars")) {
      stars = Math.max(stars, stars(value));
    }
    boolean onlyOfficial = filters.flag("is-official", false);
    boolean noOfficial = filters.has("is-official") && !onlyOfficial;
    // Docker Hub has no automated builds any more.
    boolean nothing = filters.flag("is-automated", false);
    ArrayNode json = Nodes.array();
    for (Found found : nothing ? List.<Found>of() : find(x, limit)) {
      boolean fits =
          found.stars() >= stars
              && (!onlyOfficial || found.official())
              && (!noOfficial || !found.official());
      if (fits) {
        ObjectNode one = json.addObject();
        one.put("star_count", found.stars());
        one.put("is_official", found.official());
        one.put("name", found.name());
        one.put("is_automated", false);
        one.put("description", found.description());
      }
    }
    x.json(200, json);
  }

  private static int stars(String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, "invalid filter 'stars=" + value + "'", e);
    }
  }

  /// `term`, or `host[:port]/term` for another registry than Docker Hub.
  private List<Found> find(Exchange x, int limit) {
    String term = x.query("term");
    if (term.contains("://")) {
      throw GraftException.invalid(
          "invalid repository name: repository name (" + term + ") should not have a scheme");
    }
    int slash = term.indexOf('/');
    String first = slash < 0 ? "" : term.substring(0, slash);
    boolean host = first.contains(".") || first.contains(":") || first.equals("localhost");
    boolean hub = !host || first.equals("docker.io") || first.equals("index.docker.io");
    String wanted = host ? term.substring(slash + 1) : term;
    if (hub && wanted.startsWith("library/")) {
      wanted = wanted.substring("library/".length());
    }
    return engine
        .registries()
        .search(hub ? Reference.DOCKER_HUB : first, wanted, limit, RegistryAuth.of(x));
  }

  private void distribution(Exchange x) throws IOException {
    Reference name = Reference.parse(x.parameter("name")).withDefaultTag();
    Repository repository = engine.registries().repository(name, RegistryAuth.of(x));
    Resolved resolved = repository.inspect(name);
    ObjectNode json = Nodes.object();
    ObjectNode d = json.putObject("Descriptor");
    d.put("mediaType", resolved.descriptor().mediaType());
    d.put("digest", resolved.descriptor().digest().toString());
    d.put("size", resolved.descriptor().size());
    ArrayNode platforms = json.putArray("Platforms");
    List<Platform> all =
        switch (resolved.document()) {
          case Document.Index index ->
              index.manifests().stream().flatMap(m -> m.platform().stream()).toList();
          case Document.Manifest m -> List.of(new RemoteTags(repository).platform(m));
        };
    for (Platform p : all) {
      ObjectNode o = platforms.addObject();
      o.put("architecture", p.architecture());
      o.put("os", p.os());
      p.variantIfAny().ifPresent(v -> o.put("variant", v));
    }
    x.json(200, json);
  }

  /// `name`: the repository. `filter`: a glob. `after`: the last tag of the page before. `limit`:
  /// of the page. `names=1`: without looking at each.
  private void tags(Exchange x) throws IOException, InterruptedException {
    Reference name = Reference.parse(x.query("name"));
    RemoteTags remote = new RemoteTags(engine.registries().repository(name, RegistryAuth.of(x)));
    boolean names = x.flag("names");
    List<String> tags = remote.names(glob(x.query("filter")));
    int total = tags.size();
    int from = x.query("after").isEmpty() ? 0 : tags.indexOf(x.query("after")) + 1;
    int limit = number(x, "limit", names ? total : USUAL);
    if (limit < 0 || (!names && limit > MOST_LOOKED_AT)) {
      throw GraftException.invalid(
          "limit " + limit + " is outside the range of [0, " + MOST_LOOKED_AT + "]");
    }
    List<String> page = tags.subList(from, Math.min(total, from + limit));
    ObjectNode json = Nodes.object();
    json.put("Name", name.familiarName());
    json.put("Total", total);
    json.put("More", from + page.size() < total);
    ArrayNode all = json.putArray("Tags");
    if (names) {
      page.forEach(tag -> all.addObject().put("Tag", tag));
    } else {
      remote.look(name, page).forEach(tag -> all.add(tag(tag)));
    }
    x.json(200, json);
  }

  private static ObjectNode tag(RemoteTags.Tag tag) {
    ObjectNode json = Nodes.object();
    json.put("Tag", tag.name());
    json.put("Digest", tag.digest().map(Object::toString).orElse(""));
    json.put("Size", tag.size());
    json.set("Platforms", Nodes.texts(tag.platforms().stream().map(Platform::toString).toList()));
    tag.trouble().ifPresent(t -> json.put("Error", t));
    return json;
  }

  private static Predicate<String> glob(String pattern) {
    if (pattern.isEmpty()) {
      return _ -> true;
    }
    try {
      PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
      return tag -> matcher.matches(Path.of(tag));
    } catch (PatternSyntaxException e) {
      throw new GraftException(
          GraftException.Kind.INVALID,
          "invalid filter '" + pattern + "': " + e.getDescription(),
          e);
    }
  }

  private static int number(Exchange x, String parameter, int usual) {
    String text = x.query(parameter);
    if (text.isEmpty() || text.equals("0")) {
      return usual;
    }
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new GraftException(
          GraftException.Kind.INVALID,
          "invalid limit specified: strconv.Atoi: parsing \"" + text + "\": invalid syntax",
          e);
    }
  }
}

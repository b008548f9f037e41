package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.build.BuildEvent;
import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.Builds;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Filters;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.oci.Reference;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Docker's classic way to build, which is the same builder as BuildKit's: `POST /build`,
/// `/build/prune`, `/build/cancel`.
public final class BuildRoutes {
  private static final Set<String> PRUNE = Set.of("until", "unused-for", "id", "type");
  private static final Pattern PROCESS =
      Pattern.compile("process \"(.*)\" did not complete successfully: .*", Pattern.DOTALL);
  private static final Pattern MISSING =
      Pattern.compile("failed to compute cache key: .*: \"/(.*)\": not found", Pattern.DOTALL);

  private final Builds builds;
  private final Map<String, Thread> running = new ConcurrentHashMap<>();

  public BuildRoutes(Engine engine) {

    this.builds = engine.builds();
  }

  public void addTo(Router router) {
    router
        .post("/build", this::build)
        .post("/build/prune", this::prune)
        .post("/build/cancel", this::cancel);
  }

  // ---- build

  private void build(Exchange x) throws IOException, InterruptedException {
    BuildRequest request = BuildQuery.of(x);
    List<Reference> names = BuildQuery.names(x);
    ClassicClient client = new ClassicClient(x, builds.files());
    ClassicOutput output =
        new ClassicOutput(x, x.flag("q"), x.flag("rm", true) || x.flag("forcerm"));
    if (request.context() instanceof BuildRequest.Source.Local) {
      client.receive();
    }
    try {
      ImageRecord image =
          BuildThread.<BuildEvent, ImageRecord>run(
              request.id(),
              running,
              listener -> {
                try (Builds.Result result = builds.build(request, client, listener)) {
                  return result.store(names, listener);
                }
              },
              output::accept,
              output::whenGone);
      output.built(image.id(), names.stream().map(Reference::familiar).toList());
    } catch (BuildException e) {
      failed(output, e);
    } catch (GraftException e) {
      if (!output.began()) {
        throw classic(e, request);
      }
      output.failed(e.text(), 0);
    } catch (IOException e) {
      if (!output.began()) {
        throw e;
      }
      output.failed(String.valueOf(e.getMessage()), 0);
    }
    output.close();
  }

  private static void failed(ClassicOutput output, BuildException e) throws IOException {
    // Which one is meant only BuildKit says.
    String message =
        String.valueOf(e.getMessage())
            .replaceFirst("^(target stage .* could not be found) \\(did you mean .*", "$1");
    if (!output.began() && e.exitCode().isEmpty()) {
      if (message.equals("the Dockerfile cannot be empty")) {
        String file = e.location().map(l -> l.file()).orElse("Dockerfile");
        message = "the Dockerfile (" + file + ") cannot be empty";
      }
      throw GraftException.invalid(message);
    }
    Matcher missing = MISSING.matcher(message);
    if (missing.matches()) {
      message =
          "COPY failed: file not found in build context or excluded by .dockerignore: stat "
              + missing.group(1)
              + ": file does not exist";
    }
    Matcher process = PROCESS.matcher(message);
    if (e.exitCode().isPresent() && process.matches()) {
      output.failed(
          "The command '"
              + process.group(1)
              + "' returned a non-zero code: "
              + e.exitCode().getAsInt(),
          e.exitCode().getAsInt());
    } else {
      output.failed(message, 0);
    }
  }

  /// In the words of the classic builder.
  private static GraftException classic(GraftException e, BuildRequest request) {
    return e.text().startsWith("failed to read dockerfile:")
        ? GraftException.internal(
            "Cannot locate specified Dockerfile: " + request.dockerfile().path(), e)
        : e;
  }

  private void cancel(Exchange x) throws IOException {
    if (x.query("id").isEmpty()) {
      throw GraftException.invalid("build ID not provided");
    }
    Thread building = running.get(x.query("id"));
    if (building != null) {
      building.interrupt();
    }
    x.withHeader("Content-Type", "application/json").empty(200);
  }

  // ---- what is kept

  private void prune(Exchange x) throws IOException {
    Filters filters = Filters.parse(x.query("filters"));
    for (String name : filters.values().keySet()) {
      if (!PRUNE.contains(name)) {
        throw GraftException.invalid("failed to prune build cache: invalid filter '" + name + "'");
      }
    }
    for (String unknown : List.of("id", "type")) {
      if (filters.has(unknown)) {
        throw GraftException.invalid(
            "the build cache cannot be pruned by " + unknown + "; use until");
      }
    }
    Duration unused = Duration.ZERO;
    for (String name : List.of("until", "unused-for")) {
      if (filters.has(name)) {
        Duration age = age(filters.get(name).getFirst());
        unused = age.compareTo(unused) > 0 ? age : unused;
      }
    }
    long keep = 0;
    for (String name : List.of("keep-storage", "reserved-space", "max-used-space")) {
      if (!x.query(name).isEmpty()) {
        keep = Math.max(keep, bytes(x.query(name), name));
      }
    }
    List<Builds.Usage> gone = builds.prune(x.flag("all"), unused, keep);
    ObjectNode json = Nodes.object();
    if (gone.isEmpty()) {
      json.putNull("CachesDeleted");
    } else {
      json.set("CachesDeleted", Nodes.texts(gone.stream().map(Builds.Usage::id).toList()));
    }
    json.put(
        "SpaceReclaimed",
        gone.stream().filter(u -> !u.shared()).mapToLong(Builds.Usage::size).sum());
    x.json(200, json);
  }

  private static Duration age(String text) {
    try {
      return Duration.between(GoTime.orAgo(text), Instant.now());
    } catch (GraftException e) {
      throw new GraftException(
          e.kind(),
          "failed to prune build cache: \"until\" filter expects a duration (e.g., '24h') or a"
              + " timestamp: "
              + e.text(),
          e);
    }
  }

  private static long bytes(String text, String name) {
    if (!text.matches("[0-9]{1,18}")) {
      throw GraftException.invalid(
          name
              + " is in bytes and expects an integer, got "
              + text
              + ": strconv.Atoi: parsing \""
              + text
              + "\": invalid syntax");
    }
    return Long.parseLong(text);
  }

  /// For `GET /system/df`.
  static ArrayNode usage(Builds builds) throws IOException {
    ArrayNode all = Nodes.array();
    for (Builds.Usage u : builds.usage()) {
      ObjectNode one = all.addObject();
      one.put("ID", u.id());
      if (!u.parents().isEmpty()) {
        one.set("Parents", Nodes.texts(u.parents()));
      }
      one.put("Type", u.type());
      one.put("Description", u.description());
      one.put("InUse", u.inUse());
      one.put("Shared", u.shared());
      one.put("Size", u.size());
      one.put("CreatedAt", u.created().toString());
      Optional<Instant> used = u.lastUsed();
      if (used.isPresent()) {
        one.put("LastUsedAt", used.get().toString());
      } else {
        one.putNull("LastUsedAt");
      }
      one.put("UsageCount", u.count());
    }
    return all;
  }
}

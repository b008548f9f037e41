package graft.docker.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.build.BuildClient;
import graft.build.BuildEvent;
import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.BuildRequest.DockerfileSource;
import graft.build.BuildRequest.NoCache;
import graft.build.BuildRequest.Pull;
import graft.build.BuildRequest.RunOptions;
import graft.build.BuildRequest.Source;
import graft.build.Builds;
import graft.build.ContextTar;
import graft.build.FileTree;
import graft.build.dockerfile.Lines;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Fields;
import graft.docker.json.GoJson;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.oci.Json;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Credentials;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// `POST /graft/v1/build`: the builder without a session of BuildKit's.
///
/// The body is a line of JSON, at most 16 MiB, and then a tar in which the files of each directory
/// are below its name: `context/…`, `dockerfile/…`, a named context's. The answer is a line of JSON
/// for each event, and at the end one with the `image` or the `error`; an answer without that was
/// cut off.
public final class GraftBuildRoute {
  private static final int LONGEST = 16 << 20;

  private final Builds builds;
  private final Map<String, Thread> running = new ConcurrentHashMap<>();

  public GraftBuildRoute(Engine engine) {
    this.builds = engine.builds();
  }

  public void addTo(Router router) {
    router.post("/graft/v1/build", this::build);
  }

  private void build(Exchange x) throws IOException, InterruptedException {
    InputStream body = x.body();
    JsonNode json = Json.object(line(body), "the request to build");
    BuildRequest request = request(json);
    List<Reference> names = new ArrayList<>();
    for (JsonNode name : json.path("names")) {
      names.add(Reference.parse(name.asText()).withDefaultTag());
    }
    FileTree files = ContextTar.read(body, builds.files(), _ -> {});
    Client client = new Client(files, secrets(json));
    Exchange.Stream stream = x.stream("application/json");
    try (OutputStream out = stream.out()) {
      ObjectNode last = Nodes.object();
      try {
        ImageRecord image =
            BuildThread.run(
                request.id(),
                running,
                listener -> {
                  try (Builds.Result result = builds.build(request, client, listener)) {
                    return result.store(names, listener);
                  }
                },
                event -> write(out, json(event)),
                stream::whenGone);
        last.put("image", image.id().toString());
      } catch (BuildException e) {
        error(last, e);
      } catch (GraftException e) {
        last.put("error", e.text());
      } catch (IOException e) {
        last.put("error", String.valueOf(e.getMessage()));
      }
      write(out, last);
    }
  }

  private static byte[] line(InputStream body) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = body.read(); b != '\n'; b = body.read()) {
      if (b < 0 || line.size() > LONGEST) {
        throw GraftException.invalid("the body of a build begins with a line of JSON");
      }
      line.write(b);
    }
    return line.toByteArray();
  }

  // ---- the request

  private static BuildRequest request(JsonNode json) {
    Fields fields = Fields.of(json);
    Map<String, Optional<String>> arguments = new LinkedHashMap<>();
    json.path("arguments")
        .properties()
        .forEach(e ->
            arguments.put(
                e.getKey(),
                e.getValue().isNull() ? Optional.empty() : Optional.of(e.getValue().asText())));
    Map<String, Source> contexts = new HashMap<>();
    json.path("contexts")
        .properties()
        .forEach(e -> contexts.put(e.getKey(), source(e.getKey(), e.getValue().asText())));
    String file = fields.text("dockerfile").isEmpty() ? "Dockerfile" : fields.text("dockerfile");
    String remote = fields.text("remote");
    List<String> uncached = fields.texts("noCacheStages");
    NoCache noCache =
        fields.flag("noCache")
            ? new NoCache.Everything()
            : uncached.isEmpty() ? new NoCache.Nothing() : new NoCache.Stages(uncached);
    return new BuildRequest(
        UUID.randomUUID().toString(),
        remote.isEmpty() ? new Source.Local("context") : source("context", remote),
        contexts,
        new DockerfileSource(
            file,
            fields.flag("ownDockerfile")
                ? Optional.of(new Source.Local("dockerfile"))
                : Optional.empty(),
            Optional.empty()),
        fields.text("target"),
        arguments,
        fields.map("labels"),
        fields.texts("platforms").stream().filter(p -> !p.isEmpty()).map(Platform::parse).toList(),
        noCache,
        fields.flag("pull") ? Pull.ALWAYS : Pull.MISSING,
        run(fields),
        fields.map("annotations"),
        BuildQuery.epoch(arguments));
  }

  private static Source source(String name, String text) {
    if (text.isEmpty()) {
      return new Source.Local(name);
    }
    if (text.startsWith("docker-image://")) {
      return new Source.Image(Reference.parse(text.substring("docker-image://".length())));
    }
    return BuildQuery.remote(text);
  }

  private static RunOptions run(Fields f) {
    return new RunOptions(
        f.text("network").isEmpty() ? "default" : f.text("network"),
        f.texts("hosts"),
        f.texts("ulimits"),
        f.number("shmSize"),
        f.text("cgroupParent"),
        "",
        f.number("memory"),
        f.number("memorySwap"),
        f.number("cpuShares"),
        f.number("cpuPeriod"),
        f.number("cpuQuota"),
        f.text("cpusetCpus"),
        f.text("cpusetMems"),
        f.texts("entitlements"));
  }

  private static Map<String, byte[]> secrets(JsonNode json) {
    Map<String, byte[]> all = new HashMap<>();
    json.path("secrets")
        .properties()
        .forEach(e -> all.put(e.getKey(), Base64.getDecoder().decode(e.getValue().asText())));
    return all;
  }

  /// @param files of all directories, each below its name
  private record Client(FileTree files, Map<String, byte[]> secrets) implements BuildClient {
    @Override
    public Optional<FileTree> files(String name, Selection selection, LongConsumer progress) {
      TreeMap<String, FileTree.Entry> own = new TreeMap<>();
      long bytes = 0;
      String prefix = name + "/";
      for (var e : files.entries().subMap(prefix, name + "0").entrySet()) {
        own.put(e.getKey().substring(prefix.length()), e.getValue());
        bytes += e.getValue() instanceof FileTree.File f ? f.size() : 0;
      }
      progress.accept(bytes);
      return own.isEmpty() && !files.entries().containsKey(name)
          ? Optional.empty()
          : Optional.of(ClassicClient.without(new FileTree(own), selection));
    }

    @Override
    public Optional<byte[]> secret(String id) {
      return Optional.ofNullable(secrets.get(id));
    }

    @Override
    public Optional<Connection> sshAgent(String id) {
      return Optional.empty();
    }

    @Override
    public Credentials credentials() {
      return Credentials.NONE;
    }
  }

  // ---- the answer

  private static void write(OutputStream out, @Nullable ObjectNode line) throws IOException {
    if (line != null) {
      out.write(GoJson.bytes(line, "\n"));
      out.flush();
    }
  }

  private static void error(ObjectNode json, BuildException e) {
    json.put("error", String.valueOf(e.getMessage()));
    e.exitCode().ifPresent(c -> json.put("code", c));
    e.location()
        .ifPresent(l -> {
          json.put("file", l.file());
          json.put("source", l.data());
          for (Lines lines : l.lines()) {
            json.withArray("lines")
                .addObject()
                .put("first", lines.first())
                .put("last", lines.last());
          }
        });
  }

  private static @Nullable ObjectNode json(BuildEvent event) {
    ObjectNode json = Nodes.object();
    json.put("vertex", event.vertex().toString());
    json.put("at", event.at().toString());
    switch (event) {
      case BuildEvent.Started e -> {
        json.put("event", "started").put("name", e.name());
        json.set("inputs", Nodes.texts(e.inputs().stream().map(Digest::toString).toList()));
      }
      case BuildEvent.Completed e -> json.put("event", "completed").put("cached", e.cached());
      case BuildEvent.Failed e ->
          json.put("event", "failed").put("error", e.error()).put("canceled", e.canceled());
      case BuildEvent.Output e -> {
        json.put("event", "output").put("bytes", e.bytes());
        json.put("error", e.source() == BuildEvent.Source.STDERR);
      }
      case BuildEvent.Status e -> {
        json.put("event", "status").put("name", e.name()).put("current", e.current());
        json.put("total", e.total()).put("done", e.completed().isPresent());
      }
      case BuildEvent.Warned e ->
          json.put("event", "warning")
              .put("rule", e.warning().rule())
              .put("detail", e.warning().detail())
              .put(
                  "line",
                  e.warning().lines().isEmpty() ? 0 : e.warning().lines().getFirst().first());
      case BuildEvent.Explained e -> json.put("event", "explained").put("reason", e.reason());
      case BuildEvent.Instruction _ -> {
        return null;
      }
    }
    return json;
  }
}

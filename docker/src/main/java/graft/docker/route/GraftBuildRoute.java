package graft.docker.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.Builds;
import graft.build.FilesForm;
import graft.build.ImageExport;
import graft.build.ImageForm;
import graft.build.dockerfile.CallResult;
import graft.build.source.ContextTar;
import graft.build.source.FileTree;
import graft.docker.buildkit.CacheOptions;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Nodes;
import graft.docker.route.BuildLines.Line;
import graft.docker.route.GraftBuildRequest.Export;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.image.Bundle;
import graft.oci.Descriptor;
import graft.oci.Document;
import graft.oci.Json;
import graft.oci.Platform;
import graft.oci.Reference;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// `POST /graft/v1/build`: the builder without a session of BuildKit's.
///
/// The body is a line of JSON, at most 16 MiB, and then a tar in which the files of each directory
/// are below its name: `context/…`, `dockerfile/…`, a named context's. The answer is a line of JSON
/// for each event, and at the end one with the `result` or the `error`; an answer without that was
/// cut off. A line with `data` is followed by so many bytes of an export's tar.
///
/// What the engine needs of the client while it builds, it asks for by a line `ask` with a number
/// (`files`, `secret`, `login`, `agent`), and the client answers by another request: `POST
/// /graft/v1/build/BUILD/answers/NUMBER`, or, with the tar of a directory, `…/files/NUMBER`, or, to
/// connect an agent, `…/agents/NUMBER` with an upgrade. A directory that the client offers to send
/// (`directories`) need not be in the first tar, but for Dockerfile and `.dockerignore`.
public final class GraftBuildRoute {
  private final Builds builds;
  private final Map<String, Thread> running = new ConcurrentHashMap<>();
  private final Map<String, GraftBuildClient> asking = new ConcurrentHashMap<>();

  public GraftBuildRoute(Engine engine) {
    this.builds = engine.builds();
  }

  public void addTo(Router router) {
    router
        .post("/graft/v1/build", this::build)
        .post("/graft/v1/build/{build}/answers/{number}", this::answer)
        .post("/graft/v1/build/{build}/files/{number}", this::files)
        .post("/graft/v1/build/{build}/agents/{number}", this::agent);
  }

  private void build(Exchange x) throws IOException, InterruptedException {
    InputStream body = x.body();
    GraftBuildRequest wanted = GraftBuildRequest.read(body, UUID.randomUUID().toString());
    FileTree files = ContextTar.read(body, builds.files(), _ -> {});
    String id = wanted.build().id();
    Exchange.Stream stream = x.stream("application/vnd.graft.build");
    try (OutputStream out = stream.out()) {
      BuildLines.write(out, new Line(Nodes.object().put("build", id)));
      BuildLines.write(out, new Line(outcome(wanted, files, stream)));
    }
  }

  private ObjectNode outcome(GraftBuildRequest wanted, FileTree files, Exchange.Stream stream)
      throws IOException, InterruptedException {
    String id = wanted.build().id();
    try {
      return BuildThread.<Line, ObjectNode>run(
          id,
          running,
          lines -> {
            GraftBuildClient client = new GraftBuildClient(wanted, files, lines);
            asking.put(id, client);
            try {
              return work(wanted, client, lines);
            } finally {
              asking.remove(id);
            }
          },
          line -> BuildLines.write(stream.out(), line),
          stream::whenGone);
    } catch (BuildException e) {
      return BuildLines.error(e);
    } catch (GraftException e) {
      return Nodes.object().put("error", e.text());
    } catch (IOException e) {
      return Nodes.object().put("error", String.valueOf(e.getMessage()));
    }
  }

  private ObjectNode work(GraftBuildRequest wanted, GraftBuildClient client, Consumer<Line> lines)
      throws IOException, InterruptedException {
    BuildRequest request = wanted.build();
    BuildLines listener = new BuildLines(lines);
    ObjectNode last = Nodes.object();
    ObjectNode result = last.putObject("result");
    if (!wanted.call().isEmpty()) {
      CallResult answer = builds.call(request, client, wanted.call(), listener);
      result.put("text", answer.text()).put("json", answer.json()).put("failed", answer.failed());
      return last;
    }
    try (Builds.Result built = builds.build(request, client, listener)) {
      if (wanted.verify()) {
        try (Builds.Result again = builds.build(request, client, listener)) {
          built
              .differences(again)
              .forEach(d ->
                  result
                      .withArray("differences")
                      .addObject()
                      .put("step", d.step())
                      .put("path", d.path())
                      .put("what", d.what()));
        }
      }
      for (int i = 0; i < wanted.exports().size(); i++) {
        export(built, i, wanted.exports().get(i), client, lines, result);
      }
      for (CacheOptions.To cache : wanted.caches()) {
        write(built, cache, client, listener);
      }
    }
    return last;
  }

  private static void write(
      Builds.Result built, CacheOptions.To cache, GraftBuildClient client, BuildLines listener)
      throws IOException, InterruptedException {
    try {
      var _ =
          built.exportCache(
              cache.export(),
              client.credentials(),
              (_, _) -> {
                throw new IllegalStateException("no files go to this client");
              },
              listener);
    } catch (IOException | GraftException e) {
      if (!cache.mayFail()) {
        throw e;
      }
    }
  }

  /// @param result what is said of it at the end
  private static void export(
      Builds.Result built,
      int number,
      Export export,
      GraftBuildClient client,
      Consumer<Line> lines,
      ObjectNode result)
      throws IOException, InterruptedException {
    BuildLines listener = new BuildLines(lines);
    switch (export) {
      case Export.Image(ImageExport image) -> {
        Builds.Exported exported = built.export(image, client.credentials(), listener);
        exported.kept().ifPresent(kept -> result.put("image", kept.id().toString()));
        exported.pushed().ifPresent(bundle -> tell(result, bundle));
      }
      case Export.Archive(String type, List<Reference> names, ImageForm form) ->
          built.pack(
              names,
              form,
              type,
              (packed, _) -> {
                tell(result, packed.bundle());
                try (OutputStream tar = BuildLines.export(lines, number, "")) {
                  packed.writeTo(tar, type.equals("docker"));
                }
              },
              listener);
      case Export.Files _ -> {
        for (Platform platform : built.configs().keySet()) {
          try (OutputStream tar = BuildLines.export(lines, number, platform.toString())) {
            built.writeTar(platform, FilesForm.PLAIN, tar);
          }
        }
      }
    }
  }

  /// What a registry or a file has of an image.
  private static void tell(ObjectNode result, Bundle bundle) {
    Descriptor descriptor = bundle.descriptor();
    result.put("digest", descriptor.digest().toString());
    if (bundle.top() instanceof Document.Manifest manifest) {
      result.put("config", manifest.config().digest().toString());
    }
    ObjectNode json = result.putObject("descriptor");
    json.put("mediaType", descriptor.mediaType());
    json.put("digest", descriptor.digest().toString());
    json.put("size", descriptor.size());
  }

  // ---- what the client was asked for

  private GraftBuildClient asking(Exchange x) {
    GraftBuildClient client = asking.get(x.parameter("build"));
    if (client == null) {
      throw GraftException.notFound("no build " + x.parameter("build") + " is under way");
    }
    return client;
  }

  private static int number(Exchange x) {
    String text = x.parameter("number");
    if (!text.matches("[0-9]{1,9}")) {
      throw GraftException.invalid("questions of a build have numbers, not " + text);
    }
    return Integer.parseInt(text);
  }

  private void answer(Exchange x) throws IOException {
    GraftBuildClient client = asking(x);
    byte[] body = x.body().readNBytes(GraftBuildRequest.LONGEST);
    client.answered(number(x), Json.object(body, "the answer to a build"));
    x.empty(204);
  }

  private void files(Exchange x) throws IOException {
    asking(x).sent(number(x), x.body(), builds.files());
    x.empty(204);
  }

  private void agent(Exchange x) throws IOException, InterruptedException {
    GraftBuildClient client = asking(x);
    int number = number(x);
    client.requireAsked(number);
    client.connected(number, x.upgrade("graft-agent"));
  }
}

package graft.build;

import graft.build.BuildClient.Selection;
import graft.build.dockerfile.Dockerfile;
import graft.build.dockerfile.Ignore;
import graft.error.GraftException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// The files a build is given, each context asked for once and only when something of it is needed.
final class Contexts {
  private static final String MAIN = "";
  private static final int LARGEST_IGNORE = 4 << 20;

  private final BuildRequest request;
  private final BuildClient client;
  private final Vertices vertices;
  private final DiskFileStore store;
  private final java.nio.file.Path scratch;
  private final Map<String, FutureTask<FileTree>> trees = new ConcurrentHashMap<>();
  private final FutureTask<Ignore> ignore = new FutureTask<>(this::loadIgnore);

  Contexts(
      BuildRequest request,
      BuildClient client,
      Vertices vertices,
      DiskFileStore store,
      java.nio.file.Path scratch) {
    this.scratch = scratch;
    this.request = request;
    this.client = client;
    this.vertices = vertices;
    this.store = store;
  }

  FileTree main() throws IOException, InterruptedException {
    return tree(MAIN);
  }

  /// One of `--build-context`.
  FileTree named(String name) throws IOException, InterruptedException {
    return tree(name);
  }

  private FileTree tree(String name) throws IOException, InterruptedException {
    FutureTask<FileTree> fresh = new FutureTask<>(() -> load(name));
    FutureTask<FileTree> task = trees.putIfAbsent(name, fresh);
    if (task == null) {
      task = fresh;
      fresh.run();
    }
    return BuildRun.await(task);
  }

  private FileTree load(String name) throws IOException, InterruptedException {
    BuildRequest.@Nullable Source source =
        name.equals(MAIN) ? request.context() : request.contexts().get(name);
    String title =
        name.equals(MAIN)
            ? "[internal] load build context"
            : "[context " + name + "] load from client";
    List<String> excluded = name.equals(MAIN) ? ignore().patterns() : List.of();
    return vertices.around(
        title,
        List.of(),
        vertex -> files(source, name, new Selection(excluded, List.of()), vertex));
  }

  private FileTree files(
      BuildRequest.@Nullable Source source, String name, Selection wanted, Vertices.Vertex vertex)
      throws IOException, InterruptedException {
    return switch (source) {
      case BuildRequest.Source.Local(String local) -> {
        Vertices.Vertex.Status status = vertex.status("transferring context:");
        FileTree tree =
            client
                .files(local, wanted, status::at)
                .orElseThrow(
                    () -> GraftException.notFound("the client has no directory \"" + local + "\""));
        status.done();
        yield tree;
      }
      case BuildRequest.Source.Git(String url) ->
          GitSource.fetch(
              url,
              "",
              request
                  .arguments()
                  .getOrDefault("BUILDKIT_CONTEXT_KEEP_GIT_DIR", Optional.empty())
                  .map(v -> v.equals("1") || v.equals("true")),
              scratch,
              store);
      case BuildRequest.Source.Http(String url) -> Remote.context(url, store);
      case BuildRequest.Source.Image _, BuildRequest.Source.Result _ ->
          throw GraftException.invalid(name + " is an image, it has no files of a context");
      case null -> throw GraftException.notFound("there is no context \"" + name + "\"");
    };
  }

  // ---- the Dockerfile

  Dockerfile dockerfile() throws IOException, InterruptedException {
    BuildRequest.DockerfileSource wanted = request.dockerfile();
    return vertices.around(
        "[internal] load build definition from " + wanted.path(),
        List.of(),
        vertex -> {
          byte[] data;
          String path = Chosen.clean(wanted.path());
          if (wanted.inline().isPresent()) {
            data = wanted.inline().get();
          } else {
            data = read(path, vertex);
          }
          return Dockerfile.parse(wanted.path(), data);
        });
  }

  private byte[] read(String path, Vertices.Vertex vertex)
      throws IOException, InterruptedException {
    BuildRequest.Source source = request.dockerfile().source().orElse(request.context());
    Vertices.Vertex.Status status = vertex.status("transferring dockerfile:");
    String directory = path.contains("/") ? path.substring(0, path.lastIndexOf('/') + 1) : "";
    String lower = directory + "dockerfile";
    FileTree tree = dockerfileTree(source, List.of(path, path + ".dockerignore", lower), status);
    status.done();
    TreeSource files = new TreeSource(tree, store);
    String place = Lookup.resolve(files::stat, path, true);
    if (files.stat(place).isEmpty() && path.equals(directory + "Dockerfile")) {
      place = Lookup.resolve(files::stat, lower, true);
    }
    if (!(tree.entries().get(place) instanceof FileTree.File)) {
      throw GraftException.notFound(
          "failed to read dockerfile: open "
              + request.dockerfile().path()
              + ": no such file or directory");
    }
    try (InputStream in = files.open(place)) {
      return Dockerfile.read(request.dockerfile().path(), in);
    }
  }

  private FileTree dockerfileTree(
      BuildRequest.Source source, List<String> paths, Vertices.Vertex.Status status)
      throws IOException, InterruptedException {
    if (source instanceof BuildRequest.Source.Local(String name)) {
      return client.files(name, new Selection(List.of(), paths), status::at).orElse(FileTree.EMPTY);
    }
    return main();
  }

  // ---- .dockerignore

  Ignore ignore() throws IOException, InterruptedException {
    ignore.run(); // does nothing but for the first
    return BuildRun.await(ignore);
  }

  private Ignore loadIgnore() throws IOException, InterruptedException {
    if (!(request.context() instanceof BuildRequest.Source.Local(String context))) {
      return Ignore.NOTHING;
    }
    return vertices.around(
        "[internal] load .dockerignore",
        List.of(),
        vertex -> {
          Vertices.Vertex.Status status = vertex.status("transferring context:");
          Optional<String> text = ownIgnore();
          if (text.isEmpty()) {
            text = text(context, ".dockerignore", status);
          }
          status.done();
          return text.map(Ignore::parse).orElse(Ignore.NOTHING);
        });
  }

  /// `Dockerfile.dockerignore` beside the Dockerfile wins.
  private Optional<String> ownIgnore() throws IOException, InterruptedException {
    BuildRequest.Source source = request.dockerfile().source().orElse(request.context());
    if (request.dockerfile().inline().isPresent()
        || !(source instanceof BuildRequest.Source.Local(String name))) {
      return Optional.empty();
    }
    return text(name, Chosen.clean(request.dockerfile().path()) + ".dockerignore", null);
  }

  private Optional<String> text(
      String directory,
      String path,
      Vertices.Vertex.@org.jspecify.annotations.Nullable Status status)
      throws IOException, InterruptedException {
    FileTree tree =
        client
            .files(
                directory,
                new Selection(List.of(), List.of(path)),
                bytes -> {
                  if (status != null) {
                    status.at(bytes);
                  }
                })
            .orElse(FileTree.EMPTY);
    if (!(tree.entries().get(path) instanceof FileTree.File)) {
      return Optional.empty();
    }
    try (InputStream in = new TreeSource(tree, store).open(path)) {
      byte[] text = in.readNBytes(LARGEST_IGNORE + 1);
      if (text.length > LARGEST_IGNORE) {
        throw GraftException.invalid(path + " is larger than " + LARGEST_IGNORE + " bytes");
      }
      return Optional.of(new String(text, StandardCharsets.UTF_8));
    }
  }
}

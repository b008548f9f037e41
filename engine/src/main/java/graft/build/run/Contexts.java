package graft.build.run;

import graft.build.BuildClient;
import graft.build.BuildClient.Selection;
import graft.build.BuildRequest;
import graft.build.Vertices;
import graft.build.dockerfile.Dockerfile;
import graft.build.dockerfile.Ignore;
import graft.build.dockerfile.Lines;
import graft.build.dockerfile.Location;
import graft.build.source.Chosen;
import graft.build.source.DiskFileStore;
import graft.build.source.FileTree;
import graft.build.source.GitSource;
import graft.build.source.HttpSource;
import graft.build.source.Lookup;
import graft.build.source.Remotes;
import graft.build.source.TreeSource;
import graft.error.GraftException;
import graft.oci.Digest;
import graft.recipe.Recipe;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
  private final Remotes remotes;
  private final Map<String, FutureTask<Loaded>> trees = new ConcurrentHashMap<>();
  private final Map<BuildRequest.Source, FutureTask<Loaded>> fetched = new ConcurrentHashMap<>();
  private volatile Optional<String> ignoreText = Optional.empty();
  private final FutureTask<Ignore> ignore = new FutureTask<>(this::loadIgnore);

  Contexts(
      BuildRequest request,
      BuildClient client,
      Vertices vertices,
      DiskFileStore store,
      Remotes remotes) {
    this.remotes = remotes;
    this.request = request;
    this.client = client;
    this.vertices = vertices;
    this.store = store;
  }

  /// The files of a context, and where they came from.
  record Loaded(FileTree tree, Recipe.Source.Origin origin) {}

  Remotes remotes() {
    return remotes;
  }

  /// A source that is none of the request's.
  FileTree other(BuildRequest.Source source) throws IOException, InterruptedException {
    return vertices.around(
        "[internal] load remote files",
        List.of(),
        vertex -> files(source, MAIN, Selection.ALL, vertex).tree());
  }

  FileTree main() throws IOException, InterruptedException {
    return tree(MAIN);
  }

  /// One of `--build-context`.
  FileTree named(String name) throws IOException, InterruptedException {
    return tree(name);
  }

  private FileTree tree(String name) throws IOException, InterruptedException {
    return loaded(name).tree();
  }

  /// @param name empty for the main one
  Loaded loaded(String name) throws IOException, InterruptedException {
    FutureTask<Loaded> fresh = new FutureTask<>(() -> load(name));
    FutureTask<Loaded> task = trees.putIfAbsent(name, fresh);
    if (task == null) {
      task = fresh;
      fresh.run();
    }
    return BuildRun.await(task);
  }

  private Loaded load(String name) throws IOException, InterruptedException {
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

  private Loaded files(
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
        yield new Loaded(tree, new Recipe.Source.Origin.Local());
      }
      case BuildRequest.Source.Git git -> remote(git);
      case BuildRequest.Source.Http http -> remote(http);
      case BuildRequest.Source.Download download -> remote(download);
      case BuildRequest.Source.Within(BuildRequest.Source outer, String directory) -> {
        Loaded all = files(outer, name, Selection.ALL, vertex);
        yield new Loaded(within(all.tree(), Chosen.clean(directory)), all.origin());
      }
      case BuildRequest.Source.Image _,
          BuildRequest.Source.Layout _,
          BuildRequest.Source.Result _ ->
          throw GraftException.invalid(name + " is an image, it has no files of a context");
      case null -> throw GraftException.notFound("there is no context \"" + name + "\"");
    };
  }

  /// What is fetched over the network, which is done once, whatever is wanted of it.
  private Loaded remote(BuildRequest.Source source) throws IOException, InterruptedException {
    FutureTask<Loaded> fresh = new FutureTask<>(() -> fetch(source));
    FutureTask<Loaded> task = fetched.putIfAbsent(source, fresh);
    if (task == null) {
      task = fresh;
      fresh.run();
    }
    return BuildRun.await(task);
  }

  private Loaded fetch(BuildRequest.Source source) throws IOException, InterruptedException {
    return switch (source) {
      case BuildRequest.Source.Git(String url) -> {
        GitSource.Fetched repository =
            remotes.git(
                url,
                "",
                request
                    .arguments()
                    .getOrDefault("BUILDKIT_CONTEXT_KEEP_GIT_DIR", Optional.empty())
                    .map(v -> v.equals("1") || v.equals("true")));
        yield new Loaded(repository.tree(), origin(url, repository));
      }
      case BuildRequest.Source.Http(String url) -> {
        HttpSource.Download file = remotes.download(url, "");
        yield new Loaded(HttpSource.context(file, store), origin(url, file));
      }
      case BuildRequest.Source.Download(String url, String file, String checksum) -> {
        HttpSource.Download download = remotes.download(url, checksum);
        yield new Loaded(download.tree(file), origin(url, download));
      }
      case BuildRequest.Source.Local _,
          BuildRequest.Source.Within _,
          BuildRequest.Source.Image _,
          BuildRequest.Source.Layout _,
          BuildRequest.Source.Result _ ->
          throw new IllegalArgumentException("not fetched over the network: " + source);
    };
  }

  /// What lies in a directory of a tree.
  private static FileTree within(FileTree tree, String directory) {
    if (directory.isEmpty()) {
      return tree;
    }
    if (!(tree.entries().get(directory) instanceof FileTree.Directory)) {
      throw GraftException.notFound("the context has no directory \"" + directory + "\"");
    }
    String prefix = directory + "/";
    TreeMap<String, FileTree.Entry> all = new TreeMap<>();
    // '0' is the character behind '/'.
    tree.entries()
        .subMap(prefix, directory + "0")
        .forEach((path, entry) -> all.put(path.substring(prefix.length()), entry));
    return new FileTree(all);
  }

  static Recipe.Source.Origin origin(String url, GitSource.Fetched fetched) {
    return new Recipe.Source.Origin.Git(Recording.withoutLogin(url), fetched.commit());
  }

  static Recipe.Source.Origin origin(String url, HttpSource.Download file) {
    return new Recipe.Source.Origin.Http(
        Recording.withoutLogin(url), file.content(), file.name(), file.modified());
  }

  // ---- the Dockerfile

  /// The Dockerfile before it is understood.
  ///
  /// @param file what it is called
  /// @param vertex that loaded it
  record Definition(String file, byte[] data, Digest vertex) {
    Dockerfile parse() {
      return Dockerfile.parse(file, data);
    }

    Location at(List<Lines> lines) {
      return new Location(file, data, lines);
    }
  }

  Definition definition() throws IOException, InterruptedException {
    BuildRequest.DockerfileSource wanted = request.dockerfile();
    return vertices.around(
        "[internal] load build definition from " + wanted.path(),
        List.of(),
        vertex -> {
          byte[] data =
              wanted.inline().isPresent()
                  ? wanted.inline().get()
                  : read(Chosen.clean(wanted.path()), vertex);
          return new Definition(wanted.path(), data, vertex.id());
        });
  }

  private byte[] read(String path, Vertices.Vertex vertex)
      throws IOException, InterruptedException {
    BuildRequest.Source source = request.dockerfile().source().orElse(request.context());
    Vertices.Vertex.Status status = vertex.status("transferring dockerfile:");
    String directory = path.contains("/") ? path.substring(0, path.lastIndexOf('/') + 1) : "";
    String lower = directory + "dockerfile";
    FileTree tree =
        dockerfileTree(source, List.of(path, path + ".dockerignore", lower), vertex, status);
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
      BuildRequest.Source source,
      List<String> paths,
      Vertices.Vertex vertex,
      Vertices.Vertex.Status status)
      throws IOException, InterruptedException {
    return switch (source) {
      case BuildRequest.Source.Local(String name) ->
          client.files(name, new Selection(List.of(), paths), status::at).orElse(FileTree.EMPTY);
      case BuildRequest.Source.Within _,
          BuildRequest.Source.Git _,
          BuildRequest.Source.Http _,
          BuildRequest.Source.Download _ ->
          files(source, MAIN, Selection.ALL, vertex).tree();
      case BuildRequest.Source.Image _,
          BuildRequest.Source.Layout _,
          BuildRequest.Source.Result _ ->
          throw GraftException.invalid("an image has no Dockerfile");
    };
  }

  // ---- .dockerignore

  Ignore ignore() throws IOException, InterruptedException {
    ignore.run(); // does nothing but for the first
    return BuildRun.await(ignore);
  }

  /// Of the `.dockerignore` that is in force, if it was needed and there is one.
  Optional<String> ignoreText() {
    return ignoreText;
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
          ignoreText = text;
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

package graft.build.run;

import graft.build.BuildClient;
import graft.build.BuildRequest;
import graft.build.Recipes;
import graft.build.Rooms;
import graft.build.source.FileStore;
import graft.build.source.FileTree;
import graft.build.source.GitSource;
import graft.build.source.HttpSource;
import graft.build.source.Remotes;
import graft.build.source.TreeList;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.images.Progress;
import graft.oci.Digest;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.recipe.Recipe;
import graft.registry.Credentials;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/// From a recipe to the request of a build that finds all it needs in what is kept.
final class Rerun {
  private static final String MAIN = "context";

  private final Rooms rooms;
  private final FileStore files;
  private final Recipe.Build recipe;
  private final Recipes.NewBase newBase;
  private final Map<String, String> undisclosed;
  private final BuildClient client;

  Rerun(
      Rooms rooms,
      FileStore files,
      Recipe.Build recipe,
      Recipes.NewBase newBase,
      Map<String, String> undisclosed,
      BuildClient client) {
    this.undisclosed = undisclosed;
    this.rooms = rooms;
    this.files = files;
    this.recipe = recipe;
    this.newBase = newBase;
    this.client = client;
  }

  /// What a build of it is given.
  record Prepared(BuildRequest request, BuildClient client, Bases.Given bases, Remotes remotes) {}

  /// Reads and verifies all files, and finds the bases.
  ///
  /// @param results ids of results of other builds, by the names that the recipe has for them
  Prepared prepare(Map<String, String> results, Remotes live)
      throws IOException, InterruptedException {
    Map<String, FileTree> directories = new HashMap<>();
    Map<String, Fetched> fetched = new HashMap<>();
    Map<String, BuildRequest.Source> contexts = new HashMap<>();
    for (Recipe.Source source : recipe.sources()) {
      FileTree tree = tree(source);
      switch (source.use()) {
        case Recipe.Source.Use.Context(String name) -> {
          String directory = name.isEmpty() ? MAIN : MAIN + " " + name;
          directories.put(directory, tree);
          if (!name.isEmpty()) {
            contexts.put(name, new BuildRequest.Source.Local(directory));
          }
        }
        case Recipe.Source.Use.Add(String url) ->
            fetched.put(url, new Fetched(source.origin(), tree));
      }
    }
    Map<Recipe.Base.Image, ImageRecord> bases = new HashMap<>();
    for (Recipe.Base base : recipe.bases()) {
      switch (base) {
        case Recipe.Base.Image image -> {
          bases.put(image, found(image));
          if (image.context()) {
            contexts.put(
                image.name(), new BuildRequest.Source.Image(Reference.parse(image.reference())));
          }
        }
        case Recipe.Base.Result result -> {
          String id = results.get(result.name());
          if (id == null) {
            throw new IllegalArgumentException("no result for " + result.name());
          }
          contexts.put(result.name(), new BuildRequest.Source.Result(id));
        }
      }
    }
    return new Prepared(
        request(contexts),
        new KeptFiles(directories, client),
        (name, platform) -> given(bases, name, platform),
        new Recorded(fetched, live));
  }

  private BuildRequest request(Map<String, BuildRequest.Source> contexts) {
    Map<String, Optional<String>> arguments = new HashMap<>();
    recipe.arguments().forEach((name, value) -> arguments.put(name, Optional.of(value)));
    recipe.undisclosed().stream()
        .filter(undisclosed::containsKey)
        .forEach(name -> arguments.put(name, Optional.ofNullable(undisclosed.get(name))));
    Recipe.Options o = recipe.options();
    return new BuildRequest(
        "rerun",
        new BuildRequest.Source.Local(MAIN),
        contexts,
        new BuildRequest.DockerfileSource(
            recipe.dockerfile().path(), Optional.empty(), Optional.of(recipe.dockerfile().data())),
        recipe.target(),
        arguments,
        recipe.labels(),
        List.of(recipe.platform()),
        new BuildRequest.NoCache.Everything(),
        BuildRequest.Pull.MISSING,
        new BuildRequest.RunOptions(
            o.network(),
            o.hosts(),
            o.ulimits(),
            o.shmSize(),
            o.cgroupParent(),
            o.hostname(),
            o.memory(),
            o.memorySwap(),
            o.cpuShares(),
            o.cpuPeriod(),
            o.cpuQuota(),
            o.cpusetCpus(),
            o.cpusetMems(),
            o.entitlements()),
        recipe.annotations(),
        recipe.sourceDateEpoch());
  }

  // ---- files

  private FileTree tree(Recipe.Source source) throws IOException {
    String what =
        switch (source.use()) {
          case Recipe.Source.Use.Context(String name) ->
              name.isEmpty() ? "the build context" : "the build context " + name;
          case Recipe.Source.Use.Add(String url) -> url;
        };
    Recipe.Tree tree =
        source
            .tree()
            .filter(t -> t.kept() || t.bytes() == 0)
            .orElseThrow(() ->
                GraftException.notFound(
                    "cannot run the recipe again: the files of "
                        + what
                        + " were not kept; build with --record-context=used, and with room for"
                        + " them (record-context-size)"));
    FileTree files = TreeList.read(rooms.images().document(tree.list()));
    for (Map.Entry<String, FileTree.Entry> one : files.entries().entrySet()) {
      if (one.getValue() instanceof FileTree.File file) {
        verify(what, one.getKey(), file);
      }
    }
    return files;
  }

  /// Contents are not waited for by the disk when they come, so a power cut may have damaged one.
  private void verify(String what, String name, FileTree.File file) throws IOException {
    Optional<Path> path = files.find(file.content());
    if (path.isEmpty()) {
      throw GraftException.notFound(
          "cannot run the recipe again: " + name + " of " + what + " is not kept any more");
    }
    MessageDigest sha = file.content().newHash();
    try (InputStream in = Files.newInputStream(path.get())) {
      byte[] buffer = new byte[64 << 10];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sha.update(buffer, 0, n);
      }
    }
    if (!Digest.sha256(sha.digest()).equals(file.content())) {
      throw new GraftException(
          GraftException.Kind.CORRUPT,
          "cannot run the recipe again: what is kept of " + name + " of " + what + " is damaged");
    }
  }

  /// A client whose directories are those of the recipe.
  private record KeptFiles(Map<String, FileTree> directories, BuildClient client)
      implements BuildClient {
    /// Only Dockerfiles and lists of what is left out are asked for by their paths; the recipe has
    /// the one, and its files are without what the other leaves out.
    @Override
    public Optional<FileTree> files(String name, Selection selection, LongConsumer progress) {
      return selection.follow().isEmpty()
          ? Optional.ofNullable(directories.get(name))
          : Optional.of(FileTree.EMPTY);
    }

    @Override
    public Optional<byte[]> secret(String id) throws IOException, InterruptedException {
      return client.secret(id);
    }

    @Override
    public Optional<Connection> sshAgent(String id) throws IOException, InterruptedException {
      return client.sshAgent(id);
    }

    @Override
    public Credentials credentials() {
      return client.credentials();
    }
  }

  // ---- what ADD has fetched

  private record Fetched(Recipe.Source.Origin origin, FileTree tree) {}

  private record Recorded(Map<String, Fetched> all, Remotes live) implements Remotes {
    @Override
    public HttpSource.Download download(String url, String checksum)
        throws IOException, InterruptedException {
      Fetched known = all.get(Recording.withoutLogin(url));
      if (known != null
          && known.origin() instanceof Recipe.Source.Origin.Http http
          && known.tree().entries().get(HttpSource.Download.FILE) instanceof FileTree.File file) {
        return new HttpSource.Download(http.file(), file.content(), file.size(), http.modified());
      }
      return live.download(url, checksum);
    }

    @Override
    public GitSource.Fetched git(String url, String checksum, Optional<Boolean> keepGitDirectory)
        throws IOException, InterruptedException {
      Fetched known = all.get(Recording.withoutLogin(url));
      if (known != null && known.origin() instanceof Recipe.Source.Origin.Git git) {
        return new GitSource.Fetched(known.tree(), git.commit());
      }
      return live.git(url, checksum, keepGitDirectory);
    }
  }

  // ---- bases

  private static Optional<ImageRecord> given(
      Map<Recipe.Base.Image, ImageRecord> bases, String name, Platform platform) {
    return bases.entrySet().stream()
        .filter(e -> {
          Recipe.Base.Image base = e.getKey();
          return (base.context() ? base.reference() : base.name()).equals(name)
              && base.platform().serves(platform);
        })
        .findFirst()
        .map(Map.Entry::getValue);
  }

  private ImageRecord found(Recipe.Base.Image base) throws IOException, InterruptedException {
    Optional<ImageRecord> replaced = newBase.of(base);
    if (replaced.isPresent()) {
      return replaced.get();
    }
    Optional<ImageRecord> here = rooms.images().byId(base.config());
    return here.isPresent() ? here.get() : pulled(base);
  }

  private ImageRecord pulled(Recipe.Base.Image base) throws IOException, InterruptedException {
    List<GraftException> failures = new ArrayList<>();
    for (Digest digest : List.of(base.index().orElse(base.manifest()), base.manifest())) {
      Reference reference = Reference.parse(base.reference()).withDigest(digest);
      try {
        Images.Pulled pulled =
            rooms
                .images()
                .pull(
                    rooms.registries().repository(reference, client.credentials()),
                    reference,
                    base.platform(),
                    Progress.SILENT);
        if (pulled.image().id().equals(base.config())) {
          return pulled.image();
        }
      } catch (GraftException e) {
        failures.add(e);
      }
    }
    GraftException missing =
        new GraftException(
            GraftException.Kind.NOT_FOUND,
            "cannot run the recipe again: its base "
                + base.name()
                + " ("
                + base.config()
                + ") is not here, and no registry has it under "
                + base.reference()
                + (failures.isEmpty() ? "" : ": " + failures.getFirst().text()));
    failures.forEach(missing::addSuppressed);
    throw missing;
  }
}

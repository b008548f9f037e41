package graft.build.run;

import graft.build.cache.NewLayer;
import graft.build.cache.StepCache;
import graft.build.cache.StepKey;
import graft.build.dockerfile.Instruction;
import graft.build.dockerfile.Instruction.InlineFile;
import graft.build.dockerfile.Remote;
import graft.build.plan.Step.Work;
import graft.build.run.Steps.Prepared;
import graft.build.source.Chosen;
import graft.build.source.Copier;
import graft.build.source.Copier.Choice;
import graft.build.source.FileSource;
import graft.build.source.FileTree;
import graft.build.source.GitSource;
import graft.build.source.HttpSource;
import graft.build.source.Modes;
import graft.build.source.Owners;
import graft.build.source.TreeSource;
import graft.build.source.Unpacked;
import graft.build.source.Used;
import graft.build.source.Watched;
import graft.error.GraftException;
import graft.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// COPY, ADD and WORKDIR.
final class CopyStep {
  /// One source as it is known before anything is copied.
  sealed interface From {
    /// @param inputs where they are
    /// @param exclude patterns of what is not copied
    record Files(
        Inputs inputs, List<String> patterns, boolean parents, List<String> exclude, boolean unpack)
        implements From {}

    /// A file that came from a URL.
    record Download(HttpSource.Download file, boolean unpack) implements From {}

    /// Whole directories: repositories.
    record Tree(FileTree tree, List<String> exclude) implements From {}
  }

  private record Task(
      List<From> sources,
      List<InlineFile> inline,
      String destination,
      String chown,
      String chmod,
      boolean link) {}

  private final BuildRun build;

  CopyStep(BuildRun build) {
    this.build = build;
  }

  Prepared prepare(int stage, Work.Copy work) throws IOException, InterruptedException {
    Instruction.Copy copy = work.instruction();
    List<From> sources = new ArrayList<>();
    if (!copy.sources().isEmpty()) {
      sources.add(
          new From.Files(
              Inputs.of(build, stage, copy.from()),
              copy.sources(),
              copy.parents(),
              copy.exclude(),
              false));
    }
    return prepare(
        "copy",
        new Task(
            sources, copy.files(), work.destination(), copy.chown(), copy.chmod(), copy.link()));
  }

  Prepared prepare(Work.Add work) throws IOException, InterruptedException {
    Instruction.Add add = work.instruction();
    List<From> sources = new ArrayList<>();
    List<String> local = new ArrayList<>();
    for (String source : add.sources()) {
      switch (Remote.of(source)) {
        case GIT -> {
          GitSource.Fetched fetched =
              build.contexts.remotes().git(source, add.checksum(), add.keepGitDirectory());
          build.recording.added(source, Contexts.origin(source, fetched), fetched.tree());
          sources.add(new From.Tree(fetched.tree(), add.exclude()));
        }
        case HTTP -> {
          HttpSource.Download file = build.contexts.remotes().download(source, add.checksum());
          build.recording.added(source, Contexts.origin(source, file), file.tree());
          sources.add(new From.Download(file, add.unpack().orElse(false)));
        }
        case NONE -> local.add(source);
      }
    }
    if (!add.checksum().isEmpty() && !local.isEmpty()) {
      throw GraftException.invalid("checksum can't be specified for non-HTTP(S) sources");
    }
    if (!local.isEmpty()) {
      sources.add(
          new From.Files(
              Inputs.context(build, ""), local, false, add.exclude(), add.unpack().orElse(true)));
    }
    return prepare(
        "add",
        new Task(sources, add.files(), work.destination(), add.chown(), add.chmod(), add.link()));
  }

  /// All files of a context.
  Prepared all(Inputs.OfTree tree) throws IOException {
    From files = new From.Files(tree, List.of("."), false, List.of(), false);
    try {
      return prepare("copy", new Task(List.of(files), List.of(), "/", "", "", false));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.io.InterruptedIOException();
    }
  }

  Prepared directory(String path, String user) {
    StepKey key = new StepKey().add("does", "workdir").add("to", path).add("owner", user);
    return new Prepared(
        key,
        List.of(),
        false,
        Optional.empty(),
        (_, below) -> {
          try (FileSource view = Inputs.view(build.rooms, below)) {
            Optional<Copier.Owner> owner =
                user.isEmpty() ? Optional.empty() : Optional.of(Owners.find(user, view));
            Copier copier = copier(view, owner, Optional.empty());
            copier.makeDirectories(path);
            return store(copier, below);
          }
        });
  }

  // ---- keys

  private Prepared prepare(String verb, Task task) throws IOException, InterruptedException {
    List<Steps.Taken> taken = new ArrayList<>();
    boolean layers = false;
    for (From source : task.sources()) {
      if (source instanceof From.Files files) {
        taken.add(files.inputs().taken());
        layers |= files.inputs() instanceof Inputs.OfLayers;
      }
    }
    // Names of owners are looked up in what is below.
    boolean alone = task.link() && !task.chown().matches(".*[^0-9:].*");
    return new Prepared(
        key(verb, task, false),
        taken,
        alone,
        layers ? Optional.of(() -> key(verb, task, true)) : Optional.empty(),
        (_, below) -> make(task, task.link(), below));
  }

  /// @param read what it takes from stages is read; else it is known by their layers
  private StepKey key(String verb, Task task, boolean read) throws IOException {
    StepKey key =
        new StepKey()
            .add("does", verb)
            .add("to", task.destination())
            .add("owner", task.chown())
            .add("mode", task.chmod());
    if (task.link()) {
      key.add("link", "yes");
    }
    for (From source : task.sources()) {
      name(source, key, read);
    }
    for (InlineFile file : task.inline()) {
      key.add("text " + file.name(), Digest.of(bytes(file)).toString());
    }
    return key;
  }

  private void name(From source, StepKey key, boolean read) throws IOException {
    switch (source) {
      case From.Files files -> {
        key.add("unpack", Boolean.toString(files.unpack()));
        switch (files.inputs()) {
          case Inputs.OfLayers layers when !read ->
              key.add("from", Steps.chain(layers.layers()))
                  .add("source", files.patterns())
                  .add("parents", Boolean.toString(files.parents()))
                  .add("exclude", files.exclude());
          case Inputs from -> {
            try (FileSource open = from.open()) {
              key.add("files", manifest(build, chosen(open, files).lines(open, from.used())));
            }
          }
        }
      }
      case From.Download(HttpSource.Download file, boolean unpack) ->
          key.add("unpack", Boolean.toString(unpack))
              .add("file " + file.name(), file.content().toString());
      case From.Tree(FileTree tree, List<String> exclude) -> {
        try (FileSource open = new TreeSource(tree, build.files)) {
          key.add(
              "files",
              manifest(
                  build, Chosen.of(open, List.of("."), false, exclude).lines(open, Used.NOBODY)));
        }
      }
    }
  }

  private Chosen chosen(FileSource open, From.Files files) throws IOException {
    FileSource watched = new Watched(open, files.inputs().used());
    try {
      return Chosen.of(watched, files.patterns(), files.parents(), files.exclude());
    } catch (GraftException e) {
      throw e.kind() == GraftException.Kind.NOT_FOUND ? uncounted(e) : e;
    }
  }

  private GraftException uncounted(GraftException e) {
    return GraftException.notFound(
        "failed to compute cache key: failed to calculate checksum of ref "
            + build.request.id()
            + ": "
            + e.text());
  }

  /// A list of files is kept as a content itself, so that one that misses can be compared.
  static String manifest(BuildRun build, List<String> lines) throws IOException {
    byte[] text = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    return build.files.put(new ByteArrayInputStream(text), Long.MAX_VALUE).toString();
  }

  private static byte[] bytes(InlineFile file) {
    return file.content().getBytes(StandardCharsets.UTF_8);
  }

  // ---- copying

  private Copier copier(
      @org.jspecify.annotations.Nullable FileSource view,
      Optional<Copier.Owner> owner,
      Optional<Modes> modes) {
    Optional<Instant> epoch = build.request.sourceDateEpoch();
    return new Copier(view, new Copier.Options(owner, modes, epoch.orElseGet(Instant::now), epoch));
  }

  private NewLayer make(Task task, boolean link, List<Digest> below)
      throws IOException, InterruptedException {
    Optional<Modes> modes =
        task.chmod().isEmpty() ? Optional.empty() : Optional.of(Modes.parse(task.chmod()));
    List<FileSource> open = new ArrayList<>();
    try (FileSource view = Inputs.view(build.rooms, below)) {
      Optional<Copier.Owner> owner =
          task.chown().isEmpty() ? Optional.empty() : Optional.of(Owners.find(task.chown(), view));
      Copier copier = copier(link ? null : view, owner, modes);
      for (From source : task.sources()) {
        copy(source, copier, task.destination(), open);
      }
      for (InlineFile file : task.inline()) {
        copier.write(
            file.name(),
            bytes(file),
            0644,
            build.request.sourceDateEpoch().orElseGet(Instant::now),
            task.destination());
      }
      return store(copier, below);
    } finally {
      for (FileSource one : open) {
        one.close();
      }
    }
  }

  private void copy(From source, Copier copier, String destination, List<FileSource> opened)
      throws IOException {
    switch (source) {
      case From.Files files -> {
        FileSource open = files.inputs().open();
        opened.add(open);
        Chosen chosen = chosen(open, files);
        for (Chosen.Match match : chosen.matches()) {
          if (!files.unpack()
              || !Unpacked.into(copier, open, match.path(), destination, build.files)) {
            copier.copy(open, match.path(), match.name(), destination, match.choice());
          }
        }
      }
      case From.Download(HttpSource.Download file, boolean unpack) -> {
        if (!unpack || !Unpacked.into(copier, file, destination, build.files)) {
          copier.write(
              file.name(),
              file.size(),
              () -> java.nio.file.Files.newInputStream(file.path(build.files)),
              0600,
              file.modified(),
              destination);
        }
      }
      case From.Tree(FileTree tree, List<String> exclude) -> {
        FileSource open = new TreeSource(tree, build.files);
        Choice choice = Chosen.of(open, List.of("."), false, exclude).matches().getFirst().choice();
        copier.copy(open, "", "", destination, choice);
      }
    }
  }

  private NewLayer store(Copier copier, List<Digest> below)
      throws IOException, InterruptedException {
    Optional<Digest> identity = copier.identity();
    Optional<NewLayer> like = identity.flatMap(build.cache::like);
    if (like.isPresent()) {
      Digest layer = like.get().diffId();
      build.lease.hold(List.of(layer));
      if (build.rooms.layers().info(layer).isPresent()) {
        // Also of a step that is not to be taken from the cache: it would be written only to be
        // found to be there.
        return like.get();
      }
    }
    StepCache.drop(build.rooms.images(), build.cache.makeRoom(copier.bytes()));
    return NewLayer.store(build.rooms.layers(), build.lease, below, copier::writeTo)
        .named(identity);
  }
}

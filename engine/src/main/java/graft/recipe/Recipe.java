package graft.recipe;

import graft.oci.Digest;
import graft.oci.Platform;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// How an image was made: enough to make it again, where that can be done, and to say which line of
/// which file brought what. Values of secrets and of proxy arguments are in none.
public sealed interface Recipe {
  /// When the work began.
  Instant started();

  Instant finished();

  /// By a Dockerfile.
  ///
  /// @param target the stage that was asked for; empty for the last
  /// @param arguments the build arguments that an ARG of a needed stage declares, or that the
  ///   builder itself reads; no proxies
  /// @param stages all that were needed, in the order of the file; the last one is the image
  /// @param layers of the image, those of its base included, lowest first
  /// @param undisclosed names of the build arguments whose values are kept out (proxies)
  record Build(
      Frontend frontend,
      Definition dockerfile,
      String target,
      Platform platform,
      Map<String, String> arguments,
      List<String> undisclosed,
      Map<String, String> labels,
      Map<String, String> annotations,
      Options options,
      Optional<Instant> sourceDateEpoch,
      List<Base> bases,
      List<Source> sources,
      List<Stage> stages,
      List<Digest> layers,
      Instant started,
      Instant finished)
      implements Recipe {
    public Build {
      arguments = Map.copyOf(arguments);
      undisclosed = List.copyOf(undisclosed);
      labels = Map.copyOf(labels);
      annotations = Map.copyOf(annotations);
      bases = List.copyOf(bases);
      sources = List.copyOf(sources);
      stages = List.copyOf(stages);
      layers = List.copyOf(layers);
    }

    /// The same for an image whose layers are others, one for one: with other times.
    public Build withLayers(List<Digest> others) {
      if (others.equals(layers)) {
        return this;
      }
      if (others.size() != layers.size()) {
        throw new IllegalArgumentException(
            others.size() + " layers in the place of " + layers.size());
      }
      Map<Digest, Digest> changed = new HashMap<>();
      for (int i = 0; i < layers.size(); i++) {
        changed.put(layers.get(i), others.get(i));
      }
      return with(
          bases,
          sources,
          stages.stream().map(s -> s.withLayers(changed)).toList(),
          others,
          started,
          finished);
    }

    /// The same, once the contents of its trees are kept.
    public Build keepingFiles() {
      return withFiles(true);
    }

    /// The same where the contents of its trees are not: elsewhere.
    public Build withoutFiles() {
      return withFiles(false);
    }

    private Build withFiles(boolean kept) {
      return with(
          bases.stream().map(b -> b instanceof Base.Result r ? r.withFiles(kept) : b).toList(),
          sources.stream().map(s -> s.withFiles(kept)).toList(),
          stages,
          layers,
          started,
          finished);
    }

    /// The same of an image whose layers were put on another base, without doing its steps again.
    ///
    /// @param all layers of that image
    public Build onBase(Base.Image old, Base.Image now, List<Digest> all) {
      return with(
          bases.stream().map(b -> b.equals(old) ? now : b).toList(),
          sources,
          stages,
          all,
          started,
          finished);
    }

    /// Whether nothing was done for this one that had not been done for an earlier one, and it says
    /// the same. When is not asked.
    public boolean repeats(Build before) {
      return stages.stream().allMatch(Stage::cached) && timeless().equals(before.timeless());
    }

    private Build timeless() {
      return with(
          bases,
          sources,
          stages.stream().map(Stage::timeless).toList(),
          layers,
          Instant.EPOCH,
          Instant.EPOCH);
    }

    private Build with(
        List<Base> bases,
        List<Source> sources,
        List<Stage> stages,
        List<Digest> layers,
        Instant started,
        Instant finished) {
      return new Build(
          frontend,
          dockerfile,
          target,
          platform,
          arguments,
          undisclosed,
          labels,
          annotations,
          options,
          sourceDateEpoch,
          bases,
          sources,
          stages,
          layers,
          started,
          finished);
    }

    /// The step that made a layer: of the target, of a stage, or of a build that it stands on.
    public Optional<Made> madeBy(Digest layer) {
      return stages.reversed().stream()
          .flatMap(s -> s.steps().stream())
          .filter(s -> s.result().filter(r -> r.layer().equals(layer)).isPresent())
          .map(s -> new Made(this, s))
          .findFirst()
          .or(() ->
              bases.stream()
                  .flatMap(b -> b instanceof Base.Result r ? Stream.of(r.recipe()) : Stream.empty())
                  .flatMap(r -> r.madeBy(layer).stream())
                  .findFirst());
    }
  }

  /// A step, and the recipe whose Dockerfile it is in.
  record Made(Build recipe, Step step) {}

  /// Of what a container wrote: nobody knows which commands wrote it, so it cannot be done again.
  ///
  /// @param base the image of the container
  /// @param container its id
  /// @param command what ran in it
  /// @param directory in which it ran
  /// @param user whose it was; empty for root
  /// @param layer empty if nothing was written
  record Commit(
      Base.Image base,
      String container,
      List<String> command,
      String directory,
      String user,
      Optional<Digest> layer,
      Instant started,
      Instant finished)
      implements Recipe {
    public Commit {
      command = List.copyOf(command);
    }

    /// The same of an image whose layer was put on another base.
    public Commit onBase(Base.Image now) {
      return new Commit(now, container, command, directory, user, layer, started, finished);
    }
  }

  /// @param name `dockerfile.v0`
  /// @param builder who read it, with its version
  /// @param syntax the `# syntax=` of the file, if it has one
  record Frontend(String name, String builder, Optional<String> syntax) {}

  /// @param path as the client called it
  /// @param text the whole file
  /// @param bytes of it, if they are no UTF-8 and the text is only what can be shown
  /// @param ignore text of the `.dockerignore` that was in force
  record Definition(String path, String text, Optional<byte[]> bytes, Optional<String> ignore) {
    public static Definition of(String path, byte[] data, Optional<String> ignore) {
      String text = new String(data, StandardCharsets.UTF_8);
      boolean same = Arrays.equals(text.getBytes(StandardCharsets.UTF_8), data);
      return new Definition(path, text, same ? Optional.empty() : Optional.of(data), ignore);
    }

    /// The file.
    public byte[] data() {
      return bytes.orElseGet(() -> text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /// What held for all RUNs, in the words of `docker build`.
  record Options(
      String network,
      List<String> hosts,
      List<String> ulimits,
      long shmSize,
      String cgroupParent,
      String hostname,
      long memory,
      long memorySwap,
      long cpuShares,
      long cpuPeriod,
      long cpuQuota,
      String cpusetCpus,
      String cpusetMems,
      List<String> entitlements) {
    public Options {
      hosts = List.copyOf(hosts);
      ulimits = List.copyOf(ulimits);
      entitlements = List.copyOf(entitlements);
    }
  }

  /// What a stage stood on, or took files from.
  sealed interface Base {
    /// What the Dockerfile calls it, variables replaced.
    String name();

    /// The layers at the bottom of the image, lowest first.
    List<Digest> layers();

    /// @param context whether the client had put it in the place of that name, with
    ///   `--build-context NAME=docker-image://…`
    /// @param reference the full name it was looked up by
    /// @param index digest of the index by which a registry knows it; empty if it came by none
    /// @param config digest of its config, which is its id here
    record Image(
        String name,
        boolean context,
        String reference,
        Optional<Digest> index,
        Digest manifest,
        Digest config,
        Platform platform,
        List<Digest> layers)
        implements Base {
      public Image {
        layers = List.copyOf(layers);
      }
    }

    /// The result of another build that had no name yet: a linked target of `bake` or compose.
    record Result(String name, Build recipe) implements Base {
      @Override
      public List<Digest> layers() {
        return recipe.layers();
      }

      private Result withFiles(boolean kept) {
        return new Result(name, recipe.withFiles(kept));
      }
    }
  }

  /// Files that came from outside.
  ///
  /// @param tree those that were used; empty where they are not recorded
  record Source(Use use, Origin origin, Optional<Tree> tree) {
    private Source withFiles(boolean kept) {
      return new Source(
          use, origin, tree.map(t -> new Tree(t.list(), t.root(), t.files(), t.bytes(), kept)));
    }

    /// What they were for.
    public sealed interface Use {
      /// @param name that of `--build-context`; empty for the build's own context
      record Context(String name) implements Use {}

      /// @param url as the Dockerfile has it, variables replaced
      record Add(String url) implements Use {}
    }

    public sealed interface Origin {
      /// A directory of the client's.
      record Local() implements Origin {}

      /// @param url without login
      record Git(String url, String commit) implements Origin {}

      /// @param url without login
      /// @param file what the server called it
      record Http(String url, Digest content, String file, Instant modified) implements Origin {}
    }
  }

  /// A set of files by a list that is stored beside the recipe.
  ///
  /// @param list digest of the list
  /// @param root of the hash tree over paths, modes, owners and contents; without times, so that
  ///   the same files checked out again have the same
  /// @param files how many entries, directories included
  /// @param bytes in them
  /// @param kept whether the contents are kept for as long as the image is
  record Tree(Digest list, Digest root, long files, long bytes, boolean kept) {}

  /// @param index in the Dockerfile
  /// @param line of its FROM
  /// @param name for people: as in the file, or `stage-1`
  /// @param on what it stands on, as the file has it, variables replaced
  /// @param needs indices of the stages it takes something from
  record Stage(int index, int line, String name, String on, List<Integer> needs, List<Step> steps) {
    public Stage {
      needs = List.copyOf(needs);
      steps = List.copyOf(steps);
    }

    Stage withLayers(Map<Digest, Digest> changed) {
      return with(steps.stream().map(s -> s.withLayers(changed)).toList());
    }

    private boolean cached() {
      return steps.stream().flatMap(s -> s.result().stream()).allMatch(Result::cached);
    }

    private Stage timeless() {
      return with(steps.stream().map(s -> s.with(s.result().map(Result::timeless))).toList());
    }

    private Stage with(List<Step> others) {
      return new Stage(index, line, name, on, needs, others);
    }
  }

  /// @param first line of the Dockerfile, counted from 1; that of the FROM for a trigger
  /// @param last line
  /// @param trigger whether it is an ONBUILD of the base
  /// @param instruction with its variables replaced, where the builder and not a shell does it
  /// @param shell for instructions in shell form
  /// @param result empty if it changed no files
  record Step(
      int first,
      int last,
      boolean trigger,
      String instruction,
      Action action,
      List<String> shell,
      String directory,
      String user,
      Optional<Result> result) {
    public Step {
      shell = List.copyOf(shell);
    }

    Step withLayers(Map<Digest, Digest> changed) {
      return with(
          result.map(r ->
              new Result(
                  changed.getOrDefault(r.layer(), r.layer()),
                  r.key(),
                  r.bytes(),
                  r.cached(),
                  r.started(),
                  r.finished(),
                  r.packages())));
    }

    private Step with(Optional<Result> other) {
      return new Step(first, last, trigger, instruction, action, shell, directory, user, other);
    }
  }

  /// What a step did to files.
  sealed interface Action {
    /// Only settings of the image.
    record Configure() implements Action {}

    /// @param arguments the program and what it was given
    /// @param environment `KEY=value`, complete but for proxies and secrets
    /// @param mounts as in the Dockerfile: secrets and agents by their ids
    /// @param network `DEFAULT`, `NONE` or `HOST`
    /// @param security `SANDBOX` or `INSECURE`
    record Run(
        List<String> arguments,
        List<String> environment,
        List<Mount> mounts,
        String network,
        String security)
        implements Action {
      public Run {
        arguments = List.copyOf(arguments);
        environment = List.copyOf(environment);
        mounts = List.copyOf(mounts);
      }
    }

    /// @param from a stage or an image; empty for the context
    /// @param sources as written, here-documents as `<<NAME`
    /// @param link whether the layer does not depend on what is below
    record Copy(
        boolean add,
        String from,
        List<String> sources,
        String destination,
        String chown,
        String chmod,
        boolean link)
        implements Action {
      public Copy {
        sources = List.copyOf(sources);
      }
    }

    record MakeDirectory(String path) implements Action {}
  }

  /// @param type `bind`, `cache`, `tmpfs`, `secret` or `ssh`
  /// @param id of a cache, a secret or an agent; empty for others
  /// @param from what a bind or a new cache is of; empty for the context
  record Mount(String type, String id, String from, String source, String target) {}

  /// @param key under which the builder keeps it: all that it depends on
  /// @param bytes of the layer's files
  /// @param cached whether it had been done before
  /// @param packages empty if it changed none, and for a step that another engine did
  record Result(
      Digest layer,
      Digest key,
      long bytes,
      boolean cached,
      Instant started,
      Instant finished,
      Optional<Packages> packages) {
    private Result timeless() {
      return new Result(layer, key, bytes, false, Instant.EPOCH, Instant.EPOCH, packages);
    }
  }

  /// What a step did to the packages of which a package manager keeps a database. One that was
  /// upgraded is in both lists.
  ///
  /// @param truncated there was more than is recorded
  record Packages(List<Package> added, List<Package> removed, boolean truncated) {
    public Packages {
      added = List.copyOf(added);
      removed = List.copyOf(removed);
    }
  }

  /// @param manager `dpkg`, `apk`
  record Package(String manager, String name, String version, String architecture) {}
}

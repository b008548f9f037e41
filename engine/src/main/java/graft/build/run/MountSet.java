package graft.build.run;

import graft.build.cache.CacheMounts;
import graft.build.cache.StepKey;
import graft.build.dockerfile.RunMount;
import graft.build.source.Chosen;
import graft.build.source.Copier;
import graft.build.source.Copier.Choice;
import graft.build.source.FileSource;
import graft.build.source.Lookup;
import graft.build.source.Piped;
import graft.build.source.RootSource;
import graft.build.source.Watched;
import graft.error.GraftException;
import graft.linux.Fd;
import graft.linux.IdMap;
import graft.linux.LinuxFiles;
import graft.linux.Mounts;
import graft.runtime.Spec;
import graft.snapshot.RootFiles;
import graft.snapshot.Snapshotter.Keeping;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// The mounts of a RUN: named in its key first, and made ready only if it has to be run. What is in
/// a cache and in a secret is in no key: the one is not to matter, the other is nobody's business.
final class MountSet {
  private static final long NOSUID_NODEV_NOEXEC = 2 | 4 | 8;

  /// @param inputs what is mounted, or a new cache is filled with; null for none
  record One(RunMount mount, String target, @org.jspecify.annotations.Nullable Inputs inputs) {}

  private final BuildRun build;
  private final List<One> all;

  private MountSet(BuildRun build, List<One> all) {
    this.build = build;
    this.all = all;
  }

  static MountSet of(
      BuildRun build, int stage, String directory, List<RunMount> mounts, StepKey key)
      throws IOException, InterruptedException {
    List<One> all = new ArrayList<>();
    int agents = 0;
    for (RunMount mount : mounts) {
      One one =
          switch (mount) {
            case RunMount.Bind bind -> {
              Inputs inputs = Inputs.of(build, stage, bind.from());
              key.add("mount", "bind " + bind.target() + (bind.readOnly() ? "" : " rw"));
              name(build, inputs, bind.source(), key);
              yield new One(mount, bind.target(), inputs);
            }
            case RunMount.Cache cache -> {
              key.add("mount", "cache " + cache.id() + " at " + cache.target());
              Inputs from = cache.from().isEmpty() ? null : Inputs.of(build, stage, cache.from());
              if (from instanceof Inputs.OfTree tree) {
                // Whether they are taken shows only when it turns out that the cache is a new one.
                below(tree, Chosen.clean(cache.source()));
              }
              yield new One(mount, cache.target(), from);
            }
            case RunMount.Tmpfs tmpfs -> {
              key.add("mount", "tmpfs " + tmpfs.target());
              yield new One(mount, tmpfs.target(), null);
            }
            case RunMount.Secret secret -> {
              key.add(
                  "mount",
                  "secret "
                      + secret.id()
                      + secret.path().map(p -> " at " + p).orElse("")
                      + secret.env().map(e -> " in " + e).orElse(""));
              yield new One(mount, secret.path().orElse(""), null);
            }
            case RunMount.Ssh ssh -> {
              String target = ssh.path(agents);
              agents += ssh.target().isEmpty() ? 1 : 0;
              key.add("mount", "ssh " + ssh.id() + " at " + target);
              yield new One(mount, target, null);
            }
          };
      all.add(new One(one.mount(), absolute(directory, one.target()), one.inputs()));
    }
    return new MountSet(build, all);
  }

  private static void below(Inputs.OfTree tree, String source) {
    tree.tree().entries().keySet().stream()
        .filter(p -> source.isEmpty() || p.equals(source) || p.startsWith(source + "/"))
        .forEach(tree.used()::path);
  }

  private static String absolute(String directory, String target) {
    return target.isEmpty() || target.startsWith("/")
        ? target
        : (directory.endsWith("/") ? directory : directory + "/") + target;
  }

  private static void name(BuildRun build, Inputs inputs, String source, StepKey key)
      throws IOException {
    switch (inputs) {
      case Inputs.OfTree tree -> {
        try (FileSource open = tree.open()) {
          Chosen chosen = Chosen.of(new Watched(open, tree.used()), source);
          key.add("files", CopyStep.manifest(build, chosen.lines(open, tree.used())));
        }
      }
      case Inputs.OfLayers layers ->
          key.add("from", Steps.chain(layers.layers())).add("source", source);
    }
  }

  List<Steps.Taken> inputs() {
    List<Steps.Taken> taken = new ArrayList<>();
    for (One one : all) {
      if (one.inputs() != null) {
        taken.add(one.inputs().taken());
      }
    }
    return taken;
  }

  /// In the order of the Dockerfile.
  List<One> all() {
    return List.copyOf(all);
  }

  StepMounts open() {
    return new Open();
  }

  // ---- while the step runs

  private interface Undo {
    void run() throws IOException;
  }

  private final class Open implements StepMounts {
    private final List<Undo> undo = new ArrayList<>();
    private final List<String> environment = new ArrayList<>();
    private Optional<Path> secrets = Optional.empty();

    @Override
    public List<Spec.Mount> prepare(Path directory, IdMap ids)
        throws IOException, InterruptedException {
      List<Spec.Mount> mounts = new ArrayList<>();
      for (One one : all) {
        Path place = directory.resolve("mount-" + mounts.size());
        switch (one.mount()) {
          case RunMount.Bind bind -> mounts.add(bind(one, bind, place, ids));
          case RunMount.Cache cache -> mounts.add(cache(one, cache, place, ids));
          case RunMount.Tmpfs tmpfs -> mounts.add(tmpfs(one, tmpfs));
          case RunMount.Secret secret ->
              secret(one, secret, directory, place, ids).ifPresent(mounts::add);
          case RunMount.Ssh ssh -> agent(one, ssh, place, ids).ifPresent(mounts::add);
        }
      }
      return mounts;
    }

    @Override
    public List<String> environment() {
      return environment;
    }

    private Spec.Mount bound(String target, Path source, boolean readOnly) {
      return new Spec.Mount(
          target, "bind", source.toString(), List.of("rbind", readOnly ? "ro" : "rw", "rprivate"));
    }

    // ---- bind

    /// What is written to one that may be written to is lost with the step.
    private Spec.Mount bind(One one, RunMount.Bind bind, Path place, IdMap ids)
        throws IOException, InterruptedException {
      return switch (one.inputs()) {
        case Inputs.OfTree tree -> {
          Files.createDirectories(place);
          try (FileSource open = tree.open()) {
            copy(open, bind.source(), place, ids);
          }
          yield bound(one.target(), place.resolve("x"), bind.readOnly());
        }
        case Inputs.OfLayers layers -> {
          Path root = mount(layers, place, bind.readOnly(), ids);
          yield bound(one.target(), inside(root, bind.source()), bind.readOnly());
        }
        case null -> throw new IllegalStateException("a bind mount of nothing");
      };
    }

    /// To `x` in a directory.
    private void copy(FileSource open, String source, Path place, IdMap ids)
        throws IOException, InterruptedException {
      Chosen.Match match = Chosen.of(open, source).matches().getFirst();
      Copier copier =
          new Copier(
              null,
              new Copier.Options(
                  Optional.empty(), Optional.empty(), Instant.EPOCH, Optional.empty()));
      copier.copy(open, match.path(), match.name(), "/x", Choice.ALL);
      Piped.run(
          copier::writeTo,
          tar -> {
            try (RootFiles files = RootFiles.open(place, ids)) {
              files.extract("/", tar, false, Optional.empty());
            }
            return true;
          });
    }

    private Path mount(Inputs.OfLayers layers, Path place, boolean readOnly, IdMap ids)
        throws IOException {
      if (!readOnly) {
        String key = snapshotKey(place);
        build.rooms.snapshots().prepare(key, layers.layers().reversed(), Keeping.BARE, ids);
        undo.add(() -> build.rooms.snapshots().remove(key));
        return build.rooms.snapshots().mount(key);
      }
      Files.createDirectories(place);
      build.rooms.snapshots().view(layers.layers().reversed(), place, ids);
      undo.add(() -> Mounts.unmount(place));
      return place;
    }

    private String snapshotKey(Path place) {
      return directory(place).getFileName() + "-" + place.getFileName();
    }

    private static Path directory(Path place) {
      Path parent = place.getParent();
      if (parent == null) {
        throw new IllegalArgumentException("not below a directory: " + place);
      }
      return parent;
    }

    private static Path inside(Path root, String source) throws IOException {
      try (FileSource files = RootSource.open(root, () -> {})) {
        String path = Lookup.resolve(files::stat, Chosen.clean(source), true);
        if (files.stat(path).isEmpty()) {
          throw Chosen.missing(Chosen.clean(source));
        }
        return root.resolve(path);
      }
    }

    // ---- cache

    private Spec.Mount cache(One one, RunMount.Cache cache, Path place, IdMap ids)
        throws IOException, InterruptedException {
      long[] owner = owner(cache.uid(), cache.gid(), ids);
      CacheMounts.Taken taken = build.cacheMounts.take(namespaced(cache), owner);
      undo.add(taken::close);
      if (taken.isFresh() && one.inputs() != null) {
        fill(one.inputs(), cache.source(), taken.directory(), place, ids);
      }
      return bound(one.target(), taken.directory(), cache.readOnly());
    }

    private RunMount.Cache namespaced(RunMount.Cache c) {
      Optional<String> space =
          build.request.arguments().getOrDefault("BUILDKIT_CACHE_MOUNT_NS", Optional.empty());
      return new RunMount.Cache(
          space.map(s -> s + "/").orElse("") + c.id(),
          c.target(),
          c.sharing(),
          c.from(),
          c.source(),
          c.mode(),
          c.uid(),
          c.gid(),
          c.readOnly());
    }

    private void fill(Inputs inputs, String source, Path directory, Path place, IdMap ids)
        throws IOException, InterruptedException {
      switch (inputs) {
        case Inputs.OfTree tree -> {
          Files.createDirectories(place);
          try (FileSource open = tree.open()) {
            copy(open, source, place, ids);
          }
          copyContents(place.resolve("x"), directory, ids);
        }
        case Inputs.OfLayers layers ->
            copyContents(inside(mount(layers, place, true, ids), source), directory, ids);
      }
    }

    private static void copyContents(Path from, Path to, IdMap ids) throws IOException {
      try (RootFiles files = RootFiles.open(from, ids)) {
        files.copyInto("/", to);
      }
    }

    // ---- tmpfs, secrets, agents

    private static Spec.Mount tmpfs(One one, RunMount.Tmpfs tmpfs) {
      List<String> options = new ArrayList<>(List.of("nosuid", "exec", "dev", "mode=1777"));
      tmpfs.size().ifPresent(s -> options.add("size=" + s));
      return new Spec.Mount(one.target(), "tmpfs", "", options);
    }

    private Optional<Spec.Mount> secret(
        One one, RunMount.Secret secret, Path directory, Path place, IdMap ids)
        throws IOException, InterruptedException {
      Optional<byte[]> value = build.client.secret(secret.id());
      if (value.isEmpty()) {
        if (secret.required()) {
          throw GraftException.notFound("secret " + secret.id() + ": not found");
        }
        return Optional.empty();
      }
      secret
          .env()
          .ifPresent(
              e -> environment.add(e + "=" + new String(value.get(), StandardCharsets.UTF_8)));
      if (one.target().isEmpty()) {
        return Optional.empty();
      }
      if (secrets.isEmpty()) {
        Path at = Files.createDirectories(directory.resolve("secrets"));
        Mounts.mount("tmpfs", at, "tmpfs", NOSUID_NODEV_NOEXEC, "mode=0755,size=64m");
        undo.add(() -> Mounts.unmount(at));
        secrets = Optional.of(at);
      }
      Path file = secrets.get().resolve(place.getFileName());
      Files.write(file, value.get());
      give(file, secret.mode().orElse(0400), owner(secret.uid(), secret.gid(), ids));
      return Optional.of(bound(one.target(), file, true));
    }

    private Optional<Spec.Mount> agent(One one, RunMount.Ssh ssh, Path place, IdMap ids)
        throws IOException, InterruptedException {
      Optional<AgentSocket> socket = AgentSocket.open(build.client, ssh.id(), place);
      if (socket.isEmpty()) {
        if (ssh.required()) {
          throw GraftException.notFound(
              "no SSH key \"" + ssh.id() + "\" forwarded from the client");
        }
        return Optional.empty();
      }
      undo.add(socket.get()::close);
      give(place, ssh.mode().orElse(0600), owner(ssh.uid(), ssh.gid(), ids));
      if (environment.stream().noneMatch(e -> e.startsWith("SSH_AUTH_SOCK="))) {
        environment.add("SSH_AUTH_SOCK=" + one.target());
      }
      return Optional.of(bound(one.target(), place, false));
    }

    private static long[] owner(OptionalInt uid, OptionalInt gid, IdMap ids) throws IOException {
      return new long[] {ids.uidOutside(uid.orElse(0)), ids.gidOutside(gid.orElse(0))};
    }

    private static void give(Path file, int mode, long[] owner) throws IOException {
      byte[] name = file.getFileName().toString().getBytes(StandardCharsets.UTF_8);
      try (Fd parent = LinuxFiles.open(directory(file).toString(), LinuxFiles.O_DIRECTORY)) {
        LinuxFiles.chownat(parent.number(), name, (int) owner[0], (int) owner[1]);
        LinuxFiles.chmodat(parent.number(), name, mode);
      }
    }

    @Override
    public void close() throws IOException {
      IOException first = null;
      for (Undo one : undo.reversed()) {
        try {
          one.run();
        } catch (IOException e) {
          first = first == null ? e : first;
        }
      }
      undo.clear();
      if (first != null) {
        throw first;
      }
    }
  }
}

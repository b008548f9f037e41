package graft.build.run;

import graft.build.BuildEvent.Source;
import graft.build.BuildRequest;
import graft.build.Rooms;
import graft.build.dockerfile.Instruction;
import graft.build.plan.Step;
import graft.build.plan.Step.Work;
import graft.build.source.FileSource;
import graft.build.source.Piped;
import graft.build.source.RootSource;
import graft.error.GraftException;
import graft.linux.IdMap;
import graft.linux.Mounts;
import graft.linux.NetworkNamespaces;
import graft.linux.UserNamespaces;
import graft.network.AttachRequest;
import graft.network.HostsFile;
import graft.network.NetworkMode;
import graft.network.ResolvConf;
import graft.network.Sandbox;
import graft.oci.Digest;
import graft.runtime.Runner;
import graft.runtime.Spec;
import graft.snapshot.Snapshotter.Keeping;
import graft.snapshot.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A RUN: a process in a container that has no name and no record, over a writable layer of its
/// own, which becomes the layer.
///
/// ```
/// <run>/<id>/      resolv.conf, hosts, scripts, what the runtime writes; gone with the step
/// ```
final class RunStep {
  private static final String HOSTNAME = "buildkitsandbox";
  private static final long SHARED_MEMORY = 64L << 20;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Rooms rooms;
  private final BuildRequest.RunOptions options;

  RunStep(Rooms rooms, BuildRequest.RunOptions options) {
    this.rooms = rooms;
    this.options = options;
  }

  /// Hears what the process says.
  interface Output {
    void accept(Source source, byte[] bytes);
  }

  /// What the tar of the layer is read from, until it is closed.
  interface Result extends AutoCloseable {
    int code();

    /// What it has done to the files.
    Piped.Writer changes();

    @Override
    void close() throws IOException;
  }

  /// Runs to the end. An interrupt kills it. The mounts are closed with the result, or by a
  /// failure.
  ///
  /// @param below bottom first
  Result run(Work.Run work, List<Digest> below, StepMounts mounts, Output output)
      throws IOException, InterruptedException {
    check(work);
    byte[] random = new byte[16];
    RANDOM.nextBytes(random);
    Running running = new Running(HexFormat.of().formatHex(random));
    boolean done = false;
    try {
      running.run(work, below, mounts, output);
      done = true;
      return running;
    } finally {
      if (!done) {
        running.close();
      }
    }
  }

  private void check(Work.Run work) {
    if (work.security() == Instruction.Security.INSECURE
        && !options.entitlements().contains("security.insecure")) {
      throw new GraftException(GraftException.Kind.FORBIDDEN, "security.insecure is not allowed");
    }
    if (work.network() == Instruction.Network.HOST
        && !options.entitlements().contains("network.host")
        && !options.network().equals("host")) {
      throw new GraftException(GraftException.Kind.FORBIDDEN, "network.host is not allowed");
    }
    for (Instruction.Device device : work.devices()) {
      if (device.required()) {
        throw GraftException.invalid(
            "device " + device.name() + " cannot be had: this engine has no CDI devices");
      }
    }
  }

  /// A step from its snapshot to its end.
  private final class Running implements Result {
    private final String id;
    private final Path directory;
    private @Nullable MountStubs stubs;
    private @Nullable StepMounts mounts;
    private @Nullable Path userSpace;
    private boolean attached;
    private int code;

    Running(String id) {
      this.id = id;
      this.directory = rooms.run().resolve(id);
    }

    void run(Work.Run work, List<Digest> below, StepMounts mounts, Output output)
        throws IOException, InterruptedException {
      this.mounts = mounts;
      Files.createDirectories(directory);
      IdMap ids =
          work.security() == Instruction.Security.INSECURE
              ? IdMap.IDENTITY
              : rooms.snapshots().remap();
      rooms.snapshots().prepare(id, below.reversed(), Keeping.BARE, ids);
      Path root = rooms.snapshots().mount(id);
      Optional<Spec.UserSpace> user = userSpace(ids);
      List<Spec.Mount> all = new ArrayList<>(mounts.prepare(directory, ids));
      Spec.Namespace network = network(work, all);
      scripts(work, all);
      List<String> targets = new ArrayList<>(List.of("proc", "sys", "dev"));
      all.forEach(m -> targets.add(m.destination()));
      try (FileSource merged = RootSource.open(root, () -> {})) {
        this.stubs = new MountStubs(merged, targets);
      }
      Runner.Job job = new Runner.Job(id, directory, root, spec(work, mounts, all, network, user));
      code =
          rooms
              .runner()
              .run(
                  job,
                  (source, bytes) ->
                      output.accept(
                          switch (source) {
                            case STDOUT -> Source.STDOUT;
                            case STDERR -> Source.STDERR;
                          },
                          bytes));
    }

    private Optional<Spec.UserSpace> userSpace(IdMap ids) throws IOException {
      if (ids.isIdentity()) {
        return Optional.empty();
      }
      Path at = directory.resolve("user");
      UserNamespaces.create(ids, at);
      userSpace = at;
      return Optional.of(new Spec.UserSpace(at, ids));
    }

    /// Attaches it, and writes what tells of the network.
    private Spec.Namespace network(Work.Run work, List<Spec.Mount> mounts) throws IOException {
      String mode =
          switch (work.network()) {
            case DEFAULT -> options.network();
            case NONE -> "none";
            case HOST -> "host";
          };
      if (mode.isEmpty() || mode.equals("default")) {
        mode = "bridge";
      }
      Sandbox sandbox =
          rooms
              .networks()
              .attach(
                  new AttachRequest(
                      id,
                      "build-" + id.substring(0, 12),
                      hostname(),
                      NetworkMode.on(mode),
                      new TreeMap<>(),
                      java.util.Set.of(),
                      false,
                      List.of(),
                      Optional.ofNullable(userSpace)));
      attached = true;
      write("hosts", hosts(sandbox), "/etc/hosts", mounts);
      ResolvConf.Overrides none = ResolvConf.Overrides.NONE;
      write(
          "resolv.conf",
          sandbox.space() == Sandbox.Space.HOST
              ? ResolvConf.onHost(ResolvConf.usual(), none)
              : sandbox.resolves()
                  ? ResolvConf.internal(ResolvConf.ofHost(), none)
                  : ResolvConf.inContainer(ResolvConf.ofHost(), none),
          "/etc/resolv.conf",
          mounts);
      return switch (sandbox.space()) {
        case NEW -> new Spec.Namespace.Own();
        case HOST ->
            rooms
                .networks()
                .hostNamespace()
                .<Spec.Namespace>map(Spec.Namespace.At::new)
                .orElseGet(Spec.Namespace.Host::new);
        case AT -> new Spec.Namespace.At(Path.of(sandbox.namespace()));
      };
    }

    private String hosts(Sandbox sandbox) throws IOException {
      List<String> extra = options.hosts().stream().map(h -> h.replaceFirst("=", ":")).toList();
      Optional<String> gateway = rooms.networks().find("bridge").gateway();
      if (sandbox.space() == Sandbox.Space.HOST) {
        return HostsFile.onHost(Files.readString(Path.of("/etc/hosts")), extra, gateway);
      }
      List<String> own = new ArrayList<>();
      sandbox.endpoints().forEach(e -> own.add(e.address()));
      own.removeIf(String::isEmpty);
      return HostsFile.of(
          hostname(), "", extra, gateway, List.of(), own.isEmpty() ? List.of("127.0.0.1") : own);
    }

    private void write(String name, String text, String target, List<Spec.Mount> mounts)
        throws IOException {
      Path file = directory.resolve(name);
      Files.writeString(file, text);
      if (mounts.stream().noneMatch(m -> m.destination().equals(target))) {
        mounts.add(bind(target, file));
      }
    }

    private void scripts(Work.Run work, List<Spec.Mount> mounts) throws IOException {
      for (Step.Script script : work.scripts()) {
        Path file = directory.resolve("script-" + mounts.size());
        Files.writeString(file, script.content());
        Files.setPosixFilePermissions(
            file, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        mounts.add(bind("/dev/pipes/" + script.name(), file));
      }
    }

    private static Spec.Mount bind(String target, Path file) {
      return new Spec.Mount(
          target, "bind", file.toString(), List.of("rbind", "ro", "rprivate", "nosuid", "nodev"));
    }

    private Spec spec(
        Work.Run work,
        StepMounts mounts,
        List<Spec.Mount> all,
        Spec.Namespace network,
        Optional<Spec.UserSpace> user) {
      List<String> environment = new ArrayList<>(work.environment());
      environment.addAll(mounts.environment());
      Spec.Namespace own = new Spec.Namespace.Own();
      return new Spec(
          new Spec.Process(
              work.arguments(),
              environment,
              work.directory(),
              work.user(),
              List.of(),
              false,
              work.security() == Instruction.Security.INSECURE,
              ulimits(),
              0,
              0),
          hostname(),
          "",
          false,
          all,
          new Spec.Namespaces(network, own, own, own, own, user.orElse(null)),
          resources(),
          Spec.Security.DEFAULT,
          List.of(),
          java.util.Map.of(),
          java.util.Map.of(),
          false,
          false,
          false,
          options.shmSize() == 0 ? SHARED_MEMORY : options.shmSize(),
          0,
          options.cgroupParent());
    }

    @Override
    public int code() {
      return code;
    }

    @Override
    public Piped.Writer changes() {
      return out -> {
        rooms.snapshots().unmount(id);
        if (stubs != null) {
          stubs.remove(rooms.snapshots().upper(id));
        }
        rooms.differ().writeTar(id, out);
      };
    }

    /// Gives everything back. What cannot be given back now is taken away when the engine starts.
    @Override
    public void close() throws IOException {
      if (attached) {
        rooms.networks().detach(id);
        attached = false;
      }
      if (userSpace != null) {
        NetworkNamespaces.delete(userSpace);
        userSpace = null;
      }
      rooms.snapshots().remove(id);
      if (mounts != null) {
        mounts.close();
        mounts = null;
      }
      // Deleted with nothing mounted in it, or not at all.
      for (Path left : Mounts.below(directory)) {
        throw new IOException("cannot give back what a step had mounted: " + left);
      }
      Trees.delete(directory);
    }
  }

  private String hostname() {
    return options.hostname().isEmpty() ? HOSTNAME : options.hostname();
  }

  private List<Spec.Ulimit> ulimits() {
    List<Spec.Ulimit> all = new ArrayList<>();
    for (String one : options.ulimits()) {
      String[] parts = one.split("[=:]", -1);
      try {
        long soft = Long.parseLong(parts[1]);
        all.add(
            new Spec.Ulimit(parts[0], soft, parts.length > 2 ? Long.parseLong(parts[2]) : soft));
      } catch (IndexOutOfBoundsException | NumberFormatException e) {
        throw GraftException.invalid("invalid ulimit argument: " + one);
      }
    }
    return all;
  }

  private Spec.Resources resources() {
    Spec.Resources none = Spec.Resources.NONE;
    return new Spec.Resources(
        given(options.memory()),
        given(options.memorySwap()),
        none.memoryReservation(),
        none.memorySwappiness(),
        false,
        given(options.cpuShares()),
        given(options.cpuQuota()),
        given(options.cpuPeriod()),
        options.cpusetCpus(),
        options.cpusetMems(),
        none.pids(),
        OptionalInt.empty(),
        List.of(),
        List.of(),
        none.nanoCpus(),
        none.realtimePeriod(),
        none.realtimeRuntime(),
        none.kernelMemoryTcp());
  }

  private static OptionalLong given(long value) {
    return value == 0 ? OptionalLong.empty() : OptionalLong.of(value);
  }
}

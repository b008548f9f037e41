package graft.container;

import graft.container.ContainerSpec.MountKind;
import graft.error.GraftException;
import graft.network.Networks;
import graft.network.Sandbox;
import graft.runtime.Runtime;
import graft.runtime.Runtime.Task;
import graft.runtime.Spec;
import graft.snapshot.Snapshotter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// From a recorded container to a bundle that a runtime can start: file system mounted, network
/// attached, /etc/hosts and its like written, volumes bound. And back.
final class Launch {
  private final Snapshotter snapshots;
  private final Networks networks;
  private final ContainerFiles files;
  private final MountPlan mounts;
  private final Wiring wiring;
  private final UserSpaces users;
  private final ContainerMounts points;
  private final Function<String, Container> find;
  private final SharedMemory memory;
  private final Runtime runtime;

  Launch(
      Rooms rooms,
      ContainerFiles files,
      MountPlan mounts,
      ContainerMounts points,
      Wiring wiring,
      UserSpaces users,
      Function<String, Container> find) {
    this.snapshots = rooms.snapshots();
    this.networks = rooms.networks();
    this.files = files;
    this.mounts = mounts;
    this.points = points;
    this.find = find;
    this.wiring = wiring;
    this.users = users;
    this.memory = new SharedMemory(files, find);
    this.runtime = rooms.runtime();
  }

  /// Everything a start needs; what was done is undone if it fails.
  Task prepare(Container c) throws IOException {
    Undo undo = new Undo();
    refuseUnmet(c.spec().deviceRequests());
    try {
      Path root = snapshots.mount(c.id());
      undo.add(() -> snapshots.unmount(c.id()));
      points.open(c, c.id(), true);
      undo.add(() -> points.close(c, c.id(), true));
      Optional<Spec.UserSpace> user = users.prepare(c);
      undo.add(() -> users.release(c.id()));
      Sandbox sandbox = attach(c);
      undo.add(() -> release(c));
      List<Spec.Mount> all = new ArrayList<>(c.spec().run().mounts());
      memory.prepare(c).ifPresent(all::add);
      all.addAll(points.bind(c));
      all.addAll(systemFiles(c, sandbox));
      mounts.makeDirectory(root, c.spec().run().process().cwd(), snapshots.ids(c.id()));
      return task(c, root, withStartFacts(c, sandbox, user, all));
    } catch (IOException | RuntimeException e) {
      undo.run(e);
      throw e;
    }
  }

  /// There is no driver of devices here, so a request for some cannot be met.
  private static void refuseUnmet(List<ContainerSpec.DeviceRequest> requests) {
    for (ContainerSpec.DeviceRequest request : requests) {
      throw GraftException.internal(
          request.driver().equals("cdi")
              ? "CDI device injection failed: unresolvable CDI devices "
                  + String.join(", ", request.ids())
              : "could not select device driver \""
                  + request.driver()
                  + "\" with capabilities: "
                  + request.capabilities(),
          null);
    }
  }

  private Sandbox attach(Container c) throws IOException {
    try {
      return networks.attach(wiring.request(c));
    } catch (GraftException e) {
      String text = e.text();
      String prefix = "failed to set up container networking: ";
      throw new GraftException(e.kind(), text.startsWith(prefix) ? text : prefix + text, e);
    }
  }

  private Container running(String name, String what) {
    Container other = find.apply(name);
    if (!other.state().alive() && what.equals("ipc")) {
      throw GraftException.conflict(
          "failed to join IPC namespace: container " + other.id() + " is not running");
    }
    if (!other.state().alive()) {
      throw GraftException.conflict(
          "cannot join " + what + " of a non running container: " + other.id());
    }
    return other;
  }

  private List<Spec.Mount> systemFiles(Container c, Sandbox sandbox) throws IOException {
    Optional<Container> joined =
        c.spec().net().mode().startsWith("container:")
            ? Optional.of(find.apply(c.spec().net().mode().substring("container:".length())))
            : Optional.empty();
    String owner = joined.map(Container::id).orElse(c.id());
    if (joined.isEmpty()) {
      SystemFiles.write(files, c, sandbox, gateway(), wiring.linkedHosts(c));
      SystemFiles.give(files, c, snapshots.ids(c.id()));
    }
    List<String> options = new ArrayList<>(List.of("rbind", "rprivate"));
    if (c.spec().run().readonlyRoot()) {
      options.add(1, "ro");
    }
    List<Spec.Mount> all = new ArrayList<>();
    bindUnlessMounted(c, all, "/etc/resolv.conf", files.resolvConf(owner), options);
    bindUnlessMounted(c, all, "/etc/hostname", files.hostname(owner), options);
    bindUnlessMounted(c, all, "/etc/hosts", files.hosts(owner), options);
    return all;
  }

  /// What `host-gateway` stands for.
  private Optional<String> gateway() {
    return networks.find("bridge").gateway();
  }

  private static void bindUnlessMounted(
      Container c, List<Spec.Mount> all, String target, Path source, List<String> options) {
    if (c.mounts().stream().noneMatch(m -> m.destination().equals(target))) {
      all.add(new Spec.Mount(target, "bind", source.toString(), options));
    }
  }

  private Spec withStartFacts(
      Container c, Sandbox sandbox, Optional<Spec.UserSpace> user, List<Spec.Mount> all) {
    Spec s = c.spec().run();
    Spec.Namespace network =
        switch (sandbox.space()) {
          case NEW -> new Spec.Namespace.Own();
          case HOST ->
              networks
                  .hostNamespace()
                  .<Spec.Namespace>map(Spec.Namespace.At::new)
                  .orElseGet(Spec.Namespace.Host::new);
          case AT -> new Spec.Namespace.At(Path.of(sandbox.namespace()));
        };
    ContainerSpec.Modes modes = c.spec().modes();
    Spec.Namespaces namespaces =
        new Spec.Namespaces(
            network,
            namespace(modes.pid(), "pid"),
            namespace(modes.ipc(), "ipc"),
            modes.uts().equals("host") || sandbox.space() == Sandbox.Space.HOST
                ? new Spec.Namespace.Host()
                : new Spec.Namespace.Own(),
            s.namespaces().cgroup(),
            user.orElse(null));
    return new Spec(
        process(s.process(), wiring.linkedVariables(c)),
        s.hostname(),
        s.domainname(),
        s.readonlyRoot(),
        all,
        namespaces,
        s.resources(),
        s.security(),
        s.devices(),
        s.sysctls(),
        s.annotations(),
        s.init(),
        s.openStdin(),
        s.stdinOnce(),
        modes.ipc().equals("none") ? 0 : s.shmSize(),
        s.oomScoreAdj(),
        s.cgroupParent());
  }

  /// With variables of links before the container's own, which win.
  private static Spec.Process process(Spec.Process p, List<String> links) {
    if (links.isEmpty()) {
      return p;
    }
    List<String> env = new ArrayList<>(links);
    env.addAll(p.env());
    return p.with(env);
  }

  private Spec.Namespace namespace(String mode, String kind) {
    if (mode.equals("host")) {
      return new Spec.Namespace.Host();
    }
    if (mode.startsWith("container:")) {
      Container other = running(mode.substring("container:".length()), kind);
      return new Spec.Namespace.At(Path.of("/proc/" + other.state().pid() + "/ns/" + kind));
    }
    return new Spec.Namespace.Own();
  }

  /// The task of a container that is, or was, started: what every call but create needs of it.
  Task task(Container c) {
    return task(c, snapshots.root(c.id()), c.spec().run());
  }

  private Task task(Container c, Path root, Spec spec) {
    Optional<Path> log =
        c.spec().log().driver().equals("none") ? Optional.empty() : Optional.of(files.log(c.id()));
    return new Task(c.id(), files.directory(c.id()), root, spec, log);
  }

  /// Takes away the user namespaces of those who do not run any more. Once, at the engine's start.
  void settle(Collection<String> alive) throws IOException {
    users.settle(alive);
  }

  /// Gives back network and mounts. Idempotent; goes on after a failure and throws the first.
  void release(Container c) {
    giveBack(c.id(), () -> points.close(c, c.id(), true));
  }

  /// The same for an id whose record is gone.
  void discard(String id) {
    giveBack(id, () -> points.discard(id));
  }

  private void giveBack(String id, Undo.Step mounted) {
    List<Exception> troubles = new ArrayList<>();
    step(troubles, () -> networks.detach(id));
    step(troubles, () -> users.release(id));
    step(troubles, mounted);
    step(troubles, () -> snapshots.unmount(id));
    step(troubles, () -> memory.release(id));
    if (!troubles.isEmpty()) {
      throw GraftException.internal(
          "cannot release container " + id + ": " + troubles.getFirst().getMessage(),
          troubles.getFirst());
    }
  }

  private static void step(List<Exception> troubles, Undo.Step step) {
    try {
      step.run();
    } catch (Exception e) {
      troubles.add(e);
    }
  }

  /// What will not be done as asked, in Docker's words.
  List<String> warnings(ContainerSpec spec) throws IOException {
    List<String> all = new ArrayList<>(runtime.warnings(spec.run()));
    if (spec.mounts().stream().anyMatch(m -> m.kind() == MountKind.IMAGE)) {
      all.add("Image mount is an experimental feature");
    }
    if (spec.net().mode().equals("host") && !spec.net().ports().isEmpty()) {
      all.add("Published ports are discarded when using host network mode");
    }
    if (spec.run().resources().oomKillDisable() && spec.run().resources().memory().isEmpty()) {
      all.add(
          "OOM killer is disabled for the container, but no memory limit is set, this can result"
              + " in the system running out of resources.");
    }
    if (spec.mounts().stream().anyMatch(m -> m.kind() == MountKind.BIND && m.source().isEmpty())) {
      throw GraftException.invalid("invalid mount: a bind mount needs a source");
    }
    return all;
  }
}

package graft.container;

import graft.error.GraftException;
import graft.linux.IdMap;
import graft.linux.NetworkNamespaces;
import graft.linux.UserNamespaces;
import graft.runtime.Spec;
import graft.snapshot.Snapshotter;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The user namespaces of containers whose ids are mapped: one for each, made before its network,
/// which has to belong to it. Who joins another's namespaces joins its user namespace first.
///
/// ```
/// <run>/userns/<id>     a bind mount of it, for as long as the container runs
/// ```
final class UserSpaces {
  private final Path places;
  private final Snapshotter snapshots;
  private final Function<String, Container> find;

  UserSpaces(Path run, Snapshotter snapshots, Function<String, Container> find) {
    this.places = run.resolve("userns");
    this.snapshots = snapshots;
    this.find = find;
  }

  /// The map that a new container is to have; INVALID where what it asks for has no meaning with
  /// one. Texts: moby v28.5.2.
  IdMap ids(ContainerSpec spec) {
    IdMap ids = snapshots.remap();
    if (ids.isIdentity() || spec.modes().userns().equals("host")) {
      return IdMap.IDENTITY;
    }
    if (spec.run().process().privileged()) {
      throw GraftException.invalid(
          "privileged mode is incompatible with user namespaces.  You must run the container in the"
              + " host namespace when running privileged mode");
    }
    if (spec.net().mode().equals("host")) {
      throw GraftException.invalid(
          "cannot share the host's network namespace when user namespaces are enabled");
    }
    if (spec.modes().pid().equals("host")) {
      throw GraftException.invalid(
          "cannot share the host PID namespace when user namespaces are enabled");
    }
    return ids;
  }

  /// Makes it, or finds that of the container it joins; empty if the ids are the host's.
  Optional<Spec.UserSpace> prepare(Container c) throws IOException {
    IdMap ids = snapshots.ids(c.id());
    if (ids.isIdentity()) {
      return Optional.empty();
    }
    Optional<Path> theirs = joined(c);
    if (theirs.isPresent()) {
      return Optional.of(new Spec.UserSpace(theirs.get(), ids));
    }
    Files.createDirectories(places);
    release(c.id());
    UserNamespaces.create(ids, places.resolve(c.id()));
    return Optional.of(new Spec.UserSpace(places.resolve(c.id()), ids));
  }

  private Optional<Path> joined(Container c) {
    for (String mode :
        List.of(c.spec().net().mode(), c.spec().modes().pid(), c.spec().modes().ipc())) {
      if (mode.startsWith("container:")) {
        Container other = find.apply(mode.substring("container:".length()));
        if (other.state().alive()) {
          return Optional.of(Path.of("/proc/" + other.state().pid() + "/ns/user"));
        }
      }
    }
    return Optional.empty();
  }

  /// Where that of [#prepare] is; empty if there is none.
  Optional<Path> of(Container c) {
    if (snapshots.ids(c.id()).isIdentity()) {
      return Optional.empty();
    }
    return joined(c).or(() -> Optional.of(places.resolve(c.id())).filter(Files::exists));
  }

  /// Takes the name away; the namespace goes with its last process. Idempotent.
  void release(String id) throws IOException {
    if (Files.exists(places.resolve(id))) {
      NetworkNamespaces.delete(places.resolve(id));
    }
  }

  /// Takes away those of containers that do not run any more.
  void settle(Collection<String> alive) throws IOException {
    if (!Files.exists(places)) {
      return;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(places)) {
      for (Path at : all) {
        if (!alive.contains(String.valueOf(at.getFileName()))) {
          NetworkNamespaces.delete(at);
        }
      }
    }
  }
}

package graft.container;

import graft.oci.Digest;
import java.time.Instant;
import java.util.List;

/// A container as it is recorded: what was asked and how it stands. A value; live handles (streams,
/// waiters) are elsewhere, and every change goes through [Containers].
///
/// @param id 64 hex digits
/// @param name without Docker's leading slash
/// @param image the id of its image (digest of the config)
/// @param imageName as the user gave it
/// @param layers the read-only stack, topmost first
/// @param mounts volumes and binds as they were resolved at create
/// @param restarts how often the restart policy started it again
/// @param stoppedByUser a stop or kill by hand, which `unless-stopped` remembers
/// @param warnings what could not be done as asked, in sentences
public record Container(
    String id,
    String name,
    Instant created,
    Digest image,
    String imageName,
    List<Digest> layers,
    ContainerSpec spec,
    List<MountPoint> mounts,
    State state,
    int restarts,
    boolean stoppedByUser,
    List<String> warnings) {
  public Container {
    layers = List.copyOf(layers);
    mounts = List.copyOf(mounts);
    warnings = List.copyOf(warnings);
  }

  /// A bind or volume of this container. `name` is empty for binds; `source` is the path on the
  /// host.
  public record MountPoint(
      ContainerSpec.MountKind kind,
      String name,
      String source,
      String destination,
      String mode,
      boolean writable,
      String propagation,
      boolean anonymous) {}

  public String shortId() {
    return id.substring(0, 12);
  }

  Container with(State newState) {
    return new Container(
        id,
        name,
        created,
        image,
        imageName,
        layers,
        spec,
        mounts,
        newState,
        restarts,
        stoppedByUser,
        warnings);
  }

  Container withName(String newName) {
    return new Container(
        id,
        newName,
        created,
        image,
        imageName,
        layers,
        spec,
        mounts,
        state,
        restarts,
        stoppedByUser,
        warnings);
  }

  Container withSpec(ContainerSpec newSpec) {
    return new Container(
        id,
        name,
        created,
        image,
        imageName,
        layers,
        newSpec,
        mounts,
        state,
        restarts,
        stoppedByUser,
        warnings);
  }

  Container withRestarts(int count) {
    return new Container(
        id,
        name,
        created,
        image,
        imageName,
        layers,
        spec,
        mounts,
        state,
        count,
        stoppedByUser,
        warnings);
  }

  Container withStoppedByUser(boolean stopped) {
    return new Container(
        id, name, created, image, imageName, layers, spec, mounts, state, restarts, stopped,
        warnings);
  }
}

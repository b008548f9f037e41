package graft.container;

import graft.oci.Digest;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

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

  /// A bind, volume or image that this container sees.
  ///
  /// @param name of the volume, or the image as typed; empty for binds
  /// @param source the path on the host: of all of it, where a subpath was asked for
  /// @param image what is mounted, where it is an image
  public record MountPoint(
      ContainerSpec.MountKind kind,
      String name,
      String source,
      String destination,
      String mode,
      boolean writable,
      String propagation,
      boolean anonymous,
      String subpath,
      ContainerSpec.Recursion recursion,
      Optional<MountedImage> image) {
    @SuppressWarnings("NullAway") // Records of an older Graft lack the last three.
    public MountPoint {
      subpath = subpath == null ? "" : subpath;
      recursion = recursion == null ? ContainerSpec.Recursion.FULL : recursion;
      image = image == null ? Optional.empty() : image;
    }
  }

  /// @param layers topmost first
  public record MountedImage(Digest id, List<Digest> layers) {
    public MountedImage {
      layers = List.copyOf(layers);
    }
  }

  /// The ids of all images that must stay as long as this container does.
  public Set<Digest> images() {
    Set<Digest> all = new LinkedHashSet<>(Set.of(image));
    mounts.forEach(m -> m.image().ifPresent(i -> all.add(i.id())));
    return all;
  }

  /// Every layer that it stands on or mounts.
  public List<Digest> allLayers() {
    return Stream.concat(
            layers.stream(),
            mounts.stream().flatMap(m -> m.image().stream()).flatMap(i -> i.layers().stream()))
        .distinct()
        .toList();
  }

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

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
/// @param asked what of the specification was asked for, where the image has a say too; empty for
///   one that an earlier Graft made, which did not keep it
/// @param instead what it is tried in the place of; see [Replacements]
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
    List<String> warnings,
    Optional<Request.Overrides> asked,
    Optional<Instead> instead) {
  @SuppressWarnings("NullAway") // Records of an older Graft lack the last two.
  public Container {
    asked = asked == null ? Optional.empty() : asked;
    instead = instead == null ? Optional.empty() : instead;
    layers = List.copyOf(layers);
    mounts = List.copyOf(mounts);
    warnings = List.copyOf(warnings);
  }

  /// The container that another one is tried in the place of.
  ///
  /// @param container its id
  /// @param name that is to be kept
  /// @param autoRemove whether the one that stays is taken away at its end; while one of them is
  ///   tried, neither is
  public record Instead(String container, String name, boolean autoRemove) {}

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
    return with(name, spec, newState, restarts, stoppedByUser, instead);
  }

  Container withName(String newName) {
    return with(newName, spec, state, restarts, stoppedByUser, instead);
  }

  Container withSpec(ContainerSpec newSpec) {
    return with(name, newSpec, state, restarts, stoppedByUser, instead);
  }

  Container withRestarts(int count) {
    return with(name, spec, state, count, stoppedByUser, instead);
  }

  Container withStoppedByUser(boolean stopped) {
    return with(name, spec, state, restarts, stopped, instead);
  }

  /// It has taken the place for good.
  Container settled() {
    return with(name, spec, state, restarts, stoppedByUser, Optional.empty());
  }

  private Container with(
      String newName,
      ContainerSpec newSpec,
      State newState,
      int newRestarts,
      boolean stopped,
      Optional<Instead> tried) {
    return new Container(
        id,
        newName,
        created,
        image,
        imageName,
        layers,
        newSpec,
        mounts,
        newState,
        newRestarts,
        stopped,
        warnings,
        asked,
        tried);
  }
}

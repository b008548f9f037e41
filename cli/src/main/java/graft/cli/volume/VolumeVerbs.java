package graft.cli.volume;

import graft.cli.verb.Verb;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The table of this room: a verb is a name here, a class, and a case below.
public final class VolumeVerbs {
  public static final List<String> NAMES =
      List.of("volume ls", "volume create", "volume inspect", "volume rm", "volume prune");

  private VolumeVerbs() {}

  /// Only what was typed is loaded. `volume inspect` is in the room of all inspections.
  public static @Nullable Verb find(String name) {
    return switch (name) {
      case "volume ls" -> new VolumeLs();
      case "volume create" -> new VolumeCreate();
      case "volume rm" -> new VolumeRm();
      case "volume prune" -> new VolumePrune();
      default -> null;
    };
  }
}

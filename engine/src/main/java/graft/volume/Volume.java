package graft.volume;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/// A volume as it is recorded.
///
/// @param path the directory that containers see
/// @param options `type`, `o` and `device` of the file system that is mounted there for its users;
///   empty for a plain directory
/// @param anonymous made without a name, to go with its container
public record Volume(
    String name,
    Path path,
    Instant created,
    Map<String, String> labels,
    Map<String, String> options,
    boolean anonymous) {
  public Volume {
    labels = Map.copyOf(labels);
    options = Map.copyOf(options);
  }

  /// Whether its files are elsewhere and only come here while somebody uses it.
  public boolean isDevice() {
    return options.containsKey("type") || options.containsKey("device");
  }
}

package graft.volume;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/// A volume as it is recorded.
///
/// @param path the directory that containers see
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
}

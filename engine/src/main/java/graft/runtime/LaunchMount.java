package graft.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A mount of a container, as far as the engine can make it without a runtime.
sealed interface LaunchMount {
  /// Absolute.
  String at();

  /// `MOUNT_ATTR_…` of mount_setattr(2).
  long attributes();

  /// A file system of its own.
  ///
  /// @param options of the file system; an empty value is that of a flag
  record Fresh(String at, String type, String source, Map<String, String> options, long attributes)
      implements LaunchMount {}

  /// The control groups, in the form that the host has.
  record Groups(String at, long attributes) implements LaunchMount {}

  /// @param below with what is mounted below the source
  record Bind(String at, Path source, boolean below, long attributes) implements LaunchMount {}

  long RDONLY = 1;
  long NOSUID = 2;
  long NODEV = 4;
  long NOEXEC = 8;
  long STRICTATIME = 0x20;

  Set<String> PRIVATE = Set.of("private", "rprivate");
  Set<String> TYPES = Set.of("proc", "sysfs", "devpts", "mqueue", "tmpfs");
  Set<String> TMPFS = Set.of("mode", "size", "nr_inodes", "nr_blocks", "uid", "gid");
  Set<String> PTS = Set.of("ptmxmode", "mode", "gid");

  /// Empty for one that is a runtime's business.
  static Optional<LaunchMount> of(JsonNode mount) {
    String at = mount.path("destination").asText();
    String type = mount.path("type").asText();
    long attributes = 0;
    boolean bind = type.equals("bind");
    boolean below = false;
    Map<String, String> options = new LinkedHashMap<>();
    if (!at.startsWith("/") || at.contains("/../") || at.endsWith("/..") || at.equals("/")) {
      return Optional.empty();
    }
    for (JsonNode node : mount.path("options")) {
      String option = node.asText();
      switch (option) {
        case "ro" -> attributes |= RDONLY;
        case "nosuid" -> attributes |= NOSUID;
        case "nodev" -> attributes |= NODEV;
        case "noexec" -> attributes |= NOEXEC;
        case "strictatime" -> attributes |= STRICTATIME;
        case "rw", "suid", "dev", "exec", "newinstance" -> {}
        case "bind" -> bind = true;
        case "rbind" -> {
          bind = true;
          below = true;
        }
        case String other when PRIVATE.contains(other) -> {}
        case String other -> {
          int equals = other.indexOf('=');
          String key = equals < 0 ? other : other.substring(0, equals);
          Set<String> known = type.equals("tmpfs") ? TMPFS : type.equals("devpts") ? PTS : Set.of();
          if (equals < 0 || !known.contains(key)) {
            return Optional.empty();
          }
          options.put(key, other.substring(equals + 1));
        }
      }
    }
    String source = mount.path("source").asText();
    if (bind) {
      return source.startsWith("/") && options.isEmpty() && (attributes & STRICTATIME) == 0
          ? Optional.of(new Bind(at, Path.of(source), below, attributes))
          : Optional.empty();
    }
    if (type.equals("cgroup")) {
      return Optional.of(new Groups(at, attributes));
    }
    return TYPES.contains(type)
        ? Optional.of(new Fresh(at, type, source, options, attributes))
        : Optional.empty();
  }
}

package graft.cli.container;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `--mount type=bind,source=/a,target=/b,readonly`.
final class Mounts {
  private Mounts() {}

  static Map<String, Object> parse(String text) {
    Map<String, Object> mount = new LinkedHashMap<>();
    mount.put("Type", "volume");
    Map<String, Object> bind = new LinkedHashMap<>();
    Map<String, Object> volume = new LinkedHashMap<>();
    Map<String, Object> tmpfs = new LinkedHashMap<>();
    Map<String, String> labels = new LinkedHashMap<>();
    Map<String, String> driverOptions = new LinkedHashMap<>();
    String driver = "local";
    for (String part : parts(text)) {
      int equals = part.indexOf('=');
      String key = equals < 0 ? part : part.substring(0, equals);
      String value = equals < 0 ? "true" : part.substring(equals + 1);
      switch (key) {
        case "type" -> mount.put("Type", value);
        case "source", "src" -> mount.put("Source", value);
        case "target", "destination", "dst" -> mount.put("Target", value);
        case "readonly", "ro" -> mount.put("ReadOnly", truth(value));
        case "consistency" -> mount.put("Consistency", value);
        case "bind-propagation" -> bind.put("Propagation", value);
        case "bind-nonrecursive" -> bind.put("NonRecursive", truth(value));
        case "bind-recursive" -> recursive(value, bind, text);
        case "bind-create-src" -> bind.put("CreateMountpoint", truth(value));
        case "tmpfs-size" -> tmpfs.put("SizeBytes", Words.bytes(value));
        case "tmpfs-mode" -> tmpfs.put("Mode", Integer.parseInt(value, 8));
        case "volume-nocopy" -> volume.put("NoCopy", truth(value));
        case "volume-subpath" -> volume.put("Subpath", value);
        case "volume-driver" -> {
          driver = value;
          volume.put("DriverConfig", Map.of("Name", value));
        }
        case "volume-label" -> labels.putAll(Words.pairs(List.of(value)));
        case "volume-opt" -> driverOptions.putAll(Words.pairs(List.of(value)));
        case "image-subpath" -> mount.put("ImageOptions", Map.of("Subpath", value));
        default ->
            throw new IllegalArgumentException("--mount knows no key '" + key + "' in " + text);
      }
    }
    if (!mount.containsKey("Target")) {
      throw new IllegalArgumentException("--mount " + text + " has no target=");
    }
    if (!labels.isEmpty()) {
      volume.put("Labels", labels);
    }
    if (!driverOptions.isEmpty()) {
      volume.put("DriverConfig", Map.of("Name", driver, "Options", driverOptions));
    }
    if (mount.get("Source") instanceof String source
        && "bind".equals(mount.get("Type"))
        && source.startsWith(".")) {
      mount.put("Source", absolute(source));
    }
    put(mount, "BindOptions", bind);
    put(mount, "VolumeOptions", volume);
    put(mount, "TmpfsOptions", tmpfs);
    return mount;
  }

  /// Parts are separated by commas; one that has commas itself stands in double quotes, in which a
  /// quote is written twice.
  private static List<String> parts(String text) {
    List<String> all = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' && quoted && i + 1 < text.length() && text.charAt(i + 1) == '"') {
        part.append(c);
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        all.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    if (quoted) {
      throw new IllegalArgumentException("a quote is not closed in --mount " + text);
    }
    all.add(part.toString());
    return all;
  }

  /// A path of the line is one of the directory in which it was typed.
  static String absolute(String path) {
    return Path.of(path).toAbsolutePath().normalize().toString();
  }

  private static void put(Map<String, Object> mount, String key, Map<String, Object> options) {
    if (!options.isEmpty()) {
      mount.put(key, options);
    }
  }

  private static void recursive(String value, Map<String, Object> bind, String text) {
    switch (value) {
      case "enabled" -> {}
      case "disabled" -> bind.put("NonRecursive", true);
      case "writable" -> bind.put("ReadOnlyNonRecursive", true);
      case "readonly" -> bind.put("ReadOnlyForceRecursive", true);
      default ->
          throw new IllegalArgumentException(
              "bind-recursive is enabled, disabled, writable or readonly in --mount " + text);
    }
  }

  private static boolean truth(String value) {
    return value.equals("true") || value.equals("1");
  }
}

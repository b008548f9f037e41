package graft.cli.command;

import java.util.LinkedHashMap;
import java.util.Map;

/// `--mount type=bind,source=/a,target=/b,readonly`.
final class Mounts {
  private Mounts() {}

  static Map<String, Object> parse(String text) {
    Map<String, Object> mount = new LinkedHashMap<>();
    mount.put("Type", "volume");
    for (String part : text.split(",")) {
      int equals = part.indexOf('=');
      String key = equals < 0 ? part : part.substring(0, equals);
      String value = equals < 0 ? "true" : part.substring(equals + 1);
      switch (key) {
        case "type" -> mount.put("Type", value);
        case "source", "src" -> mount.put("Source", value);
        case "target", "destination", "dst" -> mount.put("Target", value);
        case "readonly", "ro" -> mount.put("ReadOnly", !value.equals("false"));
        case "bind-propagation" -> mount.put("BindOptions", Map.of("Propagation", value));
        case "tmpfs-size" ->
            mount.put("TmpfsOptions", Map.of("SizeBytes", CreateRequest.bytes(value)));
        case "volume-nocopy" -> mount.put("VolumeOptions", Map.of("NoCopy", value.equals("true")));
        default ->
            throw new IllegalArgumentException("--mount knows no key '" + key + "' in " + text);
      }
    }
    if (!mount.containsKey("Target")) {
      throw new IllegalArgumentException("--mount " + text + " has no target=");
    }
    return mount;
  }
}

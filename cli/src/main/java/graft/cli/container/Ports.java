package graft.cli.command;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `-p [IP:][HOST:]PORT[-PORT][/PROTOCOL]`.
final class Ports {
  private Ports() {}

  static Map<String, Object> bindings(List<String> published) {
    Map<String, List<Map<String, String>>> result = new LinkedHashMap<>();
    for (String text : published) {
      try {
        add(text, result);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "'" + text + "' publishes no port: it is not [IP:][HOST:]PORT[/PROTOCOL]", e);
      }
    }
    return new LinkedHashMap<>(result);
  }

  private static void add(String text, Map<String, List<Map<String, String>>> result) {
    int slash = text.lastIndexOf('/');
    String protocol = slash < 0 ? "tcp" : text.substring(slash + 1);
    String rest = slash < 0 ? text : text.substring(0, slash);
    int colon = rest.lastIndexOf(':');
    int[] inside = range(rest.substring(colon + 1));
    String left = colon < 0 ? "" : rest.substring(0, colon);
    int before = left.endsWith("]") ? left.length() : left.lastIndexOf(':');
    String ip = before < 0 ? "" : left.substring(0, before).replace("[", "").replace("]", "");
    String outer = left.substring(Math.min(left.length(), before + 1));
    int[] outside = outer.isEmpty() ? new int[0] : range(outer);
    int count = inside[1] - inside[0];
    if (outside.length > 0 && outside[1] - outside[0] != count && count != 0) {
      throw new NumberFormatException();
    }
    for (int i = 0; i <= count; i++) {
      String port =
          outside.length == 0 ? "" : count == 0 ? outer : Integer.toString(outside[0] + i);
      result
          .computeIfAbsent(inside[0] + i + "/" + protocol, key -> new ArrayList<>())
          .add(Map.of("HostIp", ip, "HostPort", port));
    }
  }

  private static int[] range(String text) {
    int dash = text.indexOf('-');
    int first = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
    int last = dash < 0 ? first : Integer.parseInt(text.substring(dash + 1));
    if (first < 0 || last < first || last > 65535) {
      throw new NumberFormatException();
    }
    return new int[] {first, last};
  }
}

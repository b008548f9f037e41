package graft.cli.container;

import graft.cli.json.Json;
import graft.cli.verb.Line;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `-p [IP:][HOST:]PORT[-PORT][/PROTOCOL]`.
final class Ports {
  private Ports() {}

  /// Those that are published and those of `--expose`, which may be ranges.
  static Map<String, Object> exposed(Line line) {
    Map<String, Object> all = new LinkedHashMap<>();
    bindings(line.list("--publish")).keySet().forEach(port -> all.put(port, Map.of()));
    for (String text : line.list("--expose")) {
      int slash = text.indexOf('/');
      String protocol = slash < 0 ? "/tcp" : text.substring(slash);
      try {
        int[] range = range(slash < 0 ? text : text.substring(0, slash));
        for (int port = range[0]; port <= range[1]; port++) {
          all.put(port + protocol, Map.of());
        }
      } catch (NumberFormatException e) {
        throw line.refuse("--expose " + text + " is not PORT[-PORT][/PROTOCOL]");
      }
    }
    return all;
  }

  static Map<String, Object> bindings(List<String> published) {
    Map<String, List<Map<String, String>>> result = new LinkedHashMap<>();
    for (String text : published) {
      try {
        add(text, result);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "--publish " + text + " is not [[IP:]PORT:]PORT[/PROTOCOL], as 8080:80", e);
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

  /// As `graft ps` shows them: neighbours are one range.
  static String shown(Json ports) {
    List<Json> sorted = new ArrayList<>(ports.items());
    sorted.sort(
        Comparator.comparing((Json p) -> p.at("Type").text())
            .thenComparing(p -> p.at("IP").text())
            .thenComparingLong(p -> p.at("PrivatePort").number()));
    List<String> ranges = new ArrayList<>();
    List<String> mapped = new ArrayList<>();
    for (int i = 0; i < sorted.size(); ) {
      int next = i + 1;
      if (!same(sorted.get(i))) {
        mapped.add(shown(sorted.get(i), 0));
      } else {
        while (next < sorted.size() && follows(sorted.get(i), sorted.get(next), next - i)) {
          next++;
        }
        ranges.add(shown(sorted.get(i), next - i - 1));
      }
      i = next;
    }
    ranges.addAll(mapped);
    return String.join(", ", ranges);
  }

  /// Docker joins only ports that are the same on both sides, or on one side only.
  private static boolean same(Json port) {
    long outside = port.at("PublicPort").number();
    return outside == 0 || outside == port.at("PrivatePort").number();
  }

  private static boolean follows(Json first, Json port, int distance) {
    boolean published = first.at("PublicPort").number() != 0;
    return port.at("Type").text().equals(first.at("Type").text())
        && port.at("IP").text().equals(first.at("IP").text())
        && port.at("PrivatePort").number() == first.at("PrivatePort").number() + distance
        && port.at("PublicPort").number()
            == first.at("PublicPort").number() + (published ? distance : 0);
  }

  private static String shown(Json port, int more) {
    String inside = range(port.at("PrivatePort").number(), more) + "/" + port.at("Type").text();
    long outside = port.at("PublicPort").number();
    if (outside == 0) {
      return inside;
    }
    String ip = port.at("IP").text();
    return (ip.contains(":") ? "[" + ip + "]" : ip) + ":" + range(outside, more) + "->" + inside;
  }

  private static String range(long first, int more) {
    return more == 0 ? Long.toString(first) : first + "-" + (first + more);
  }
}

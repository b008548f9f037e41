package graft.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import graft.oci.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// What of an answer is compared, as lines: the status, the headers, and of JSON each path with the
/// kinds of values that stand there. Messages and texts stay as they are, but for what differs from
/// run to run.
final class Shape {
  /// Left out: what every run or every HTTP server does in its own way.
  private static final Set<String> UNCOMPARED =
      Set.of("date", "content-length", "transfer-encoding", "server", "connection");

  private static final Set<String> JSON = Set.of("application/json", "application/x-ndjson");

  private static final List<Map.Entry<Pattern, String>> SAME =
      List.of(
          Map.entry(Pattern.compile("sha256:[0-9a-f]{64}"), "<digest>"),
          Map.entry(Pattern.compile("\\b[0-9a-f]{64}\\b"), "<id>"),
          Map.entry(Pattern.compile("\\b(?=[0-9a-f]*[0-9])[0-9a-f]{12}\\b"), "<short>"),
          Map.entry(Pattern.compile("/\\S*/repositories"), "<dir>/repositories"),
          Map.entry(
              Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z"), "<time>"));

  private Shape() {}

  static List<String> of(Wire.Reply reply) throws IOException {
    List<String> lines = new java.util.ArrayList<>();
    lines.add(Integer.toString(reply.status()));
    reply
        .headers()
        .forEach((name, value) -> {
          if (!UNCOMPARED.contains(name)) {
            boolean opaque = name.equals("x-docker-container-path-stat");
            lines.add(name + ": " + (opaque ? "<stat>" : value));
          }
        });
    lines.addAll(body(reply));
    return lines;
  }

  private static List<String> body(Wire.Reply reply) throws IOException {
    byte[] body = reply.body();
    if (body.length == 0) {
      return List.of();
    }
    String type = reply.header("content-type");
    if (reply.header("content-encoding").equals("deflate")) {
      return List.of("deflate");
    }
    if (reply.header("content-encoding").isEmpty() && JSON.contains(type)) {
      return json(body);
    }
    if (body.length > 262 && new String(body, 257, 5, StandardCharsets.US_ASCII).equals("ustar")) {
      return List.of("a tar");
    }
    if (body.length > 2 && body[0] == 0x1f && (body[1] & 0xff) == 0x8b) {
      return List.of("gzip");
    }
    return text(body);
  }

  /// With frames taken apart where there are some.
  private static List<String> text(byte[] body) {
    StringBuilder out = new StringBuilder();
    ByteBuffer in = ByteBuffer.wrap(body);
    while (in.remaining() >= 8 && in.get(in.position()) <= 3 && in.get(in.position() + 1) == 0) {
      int stream = in.get();
      int length = in.getInt(in.position() + 3);
      in.position(in.position() + 7);
      byte[] part = new byte[Math.min(length, in.remaining())];
      in.get(part);
      out.append(stream).append('|').append(new String(part, StandardCharsets.UTF_8));
    }
    byte[] rest = Arrays.copyOfRange(body, in.position(), body.length);
    out.append(new String(rest, StandardCharsets.UTF_8));
    return same(out.toString()).lines().map(l -> "| " + l).toList();
  }

  private static String same(String text) {
    String clean = text;
    for (Map.Entry<Pattern, String> rule : SAME) {
      clean = rule.getKey().matcher(clean).replaceAll(rule.getValue());
    }
    return clean;
  }

  private static List<String> json(byte[] body) throws IOException {
    Map<String, Set<String>> paths = new TreeMap<>();
    try (MappingIterator<JsonNode> all = Json.MAPPER.readerFor(JsonNode.class).readValues(body)) {
      while (all.hasNext()) {
        walk("", all.next(), paths);
      }
    }
    return paths.entrySet().stream()
        .map(e -> e.getKey() + " " + String.join(", ", e.getValue()))
        .toList();
  }

  private static void walk(String path, JsonNode node, Map<String, Set<String>> paths) {
    if (node.isObject() && !node.isEmpty()) {
      node.properties().forEach(e -> walk(path + "." + same(e.getKey()), e.getValue(), paths));
    } else if (node.isArray() && !node.isEmpty()) {
      node.forEach(e -> walk(path + "[]", e, paths));
    } else {
      String where = path.isEmpty() ? "." : path;
      paths.computeIfAbsent(where, _ -> new TreeSet<>()).add(kind(path, node));
    }
  }

  private static String kind(String path, JsonNode node) {
    if (node.isTextual()) {
      return path.equals(".message") || path.equals(".error")
          ? same(node.textValue())
          : text(node.textValue());
    }
    if (node.isIntegralNumber()) {
      return node.longValue() == 0 || node.longValue() == -1 ? node.asText() : "int";
    }
    return node.isNumber() ? "float" : node.toString();
  }

  private static String text(String value) {
    if (value.isEmpty() || value.startsWith("0001-01-01T")) {
      return "\"" + value + "\"";
    }
    String same = same(value);
    return same.startsWith("<") && same.endsWith(">") && same.indexOf('>') == same.length() - 1
        ? same
        : "string";
  }
}

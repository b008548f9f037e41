package graft.contract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.SerializationFeature;
import graft.oci.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

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
          Map.entry(Pattern.compile("\\b([0-9a-f]{2}:){5}[0-9a-f]{2}\\b"), "<mac>"),
          Map.entry(Pattern.compile("\"execDuration\":\"\\d+\""), "\"execDuration\":\"<s>\""),
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

  /// The status and, of a good answer, the values at some paths, a line for each document of a
  /// stream or element of an array; of any other its shape.
  ///
  /// @param shown paths, or `names` for those in a tar, or `stat` for the header that describes a
  ///   file
  static List<String> of(Wire.Reply reply, String shown) throws IOException {
    if (shown.equals("stat") && reply.status() < 300) {
      String stat = reply.header("x-docker-container-path-stat");
      return List.of("= " + value(Json.MAPPER.readTree(Base64.getDecoder().decode(stat))));
    }
    if (shown.equals("names") && reply.status() < 300) {
      return names(reply.body());
    }
    if (shown.isEmpty() || reply.status() >= 300 || !JSON.contains(reply.header("content-type"))) {
      return of(reply);
    }
    boolean sorted = shown.startsWith("sorted ");
    List<String> paths = List.of(shown.replaceFirst("^sorted ", "").split(", ?", -1));
    List<String> lines = new ArrayList<>();
    try (MappingIterator<JsonNode> all =
        Json.MAPPER.readerFor(JsonNode.class).readValues(reply.body())) {
      while (all.hasNext()) {
        JsonNode document = all.next();
        for (JsonNode one : document.isArray() ? document : List.of(document)) {
          lines.add(
              paths.stream()
                  .map(p -> value(at(one, List.of(p.split("[.]", -1)), sorted)))
                  .collect(Collectors.joining(" | ", "= ", "")));
        }
      }
    }
    if (sorted) {
      Collections.sort(lines);
    }
    lines.addFirst(Integer.toString(reply.status()));
    return lines;
  }

  /// The names in a tar as they stand there; not those of extended headers.
  private static List<String> names(byte[] tar) {
    List<String> all = new ArrayList<>();
    int at = 0;
    while (at + 512 <= tar.length && tar[at] != 0) {
      String head = new String(tar, at, 512, StandardCharsets.ISO_8859_1);
      if (head.charAt(156) != 'x') {
        all.add("= " + head.substring(0, head.indexOf('\0')));
      }
      long size = Long.parseLong(head.substring(124, 135).replaceAll("[^0-7]", ""), 8);
      at += 512 + (int) ((size + 511) / 512 * 512);
    }
    return all;
  }

  /// What is at a path; `name[]` goes into each member and gives an array of what is there.
  private static JsonNode at(JsonNode node, List<String> path, boolean sorted) {
    if (path.isEmpty()) {
      return node;
    }
    List<String> rest = path.subList(1, path.size());
    String name = path.getFirst();
    if (!name.endsWith("[]")) {
      return at(name.isEmpty() ? node : node.path(name), rest, sorted);
    }
    List<JsonNode> all = new ArrayList<>();
    node.path(name.substring(0, name.length() - 2)).forEach(m -> all.add(at(m, rest, sorted)));
    all.removeIf(JsonNode::isMissingNode);
    if (sorted) {
      all.sort(Comparator.comparing(JsonNode::toString));
    }
    return Json.MAPPER.createArrayNode().addAll(all);
  }

  private static String value(JsonNode node) {
    if (node.isMissingNode()) {
      return "-";
    }
    try {
      Object plain = Json.MAPPER.treeToValue(node, Object.class);
      return same(
          Json.MAPPER
              .writer()
              .with(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
              .writeValueAsString(plain));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
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
          ? same(node.textValue()).replace("\n", "\\n")
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

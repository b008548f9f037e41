package graft.contract;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One request of a contract: `METHOD /path [Header: value]... body -> name=Field => shown ~ text`.
/// All but method and path may be missing; a body `@name` is a file, `$name` stands for what an
/// earlier row saved, `$start` for the time when the first row was sent, `$soon` for shortly after
/// now, both in seconds.
///
/// @param shown what of the answer is compared by value: paths in each of its documents or
///   elements, `.Names, .State`, with `sorted` before them where the order is nobody's promise;
///   empty for the shape of the whole answer
/// @param awaited the request is repeated for a while until the answer has this in it
record Row(
    String text,
    String method,
    String path,
    List<String> headers,
    String body,
    String saved,
    String shown,
    String awaited) {
  private static final Pattern LINE = Pattern.compile("(\\S+) (\\S+)(.*)");
  private static final Pattern HEADER = Pattern.compile(" \\[([A-Za-z-]+:[^\\]]*)](.*)");
  private static final Pattern SAVED = Pattern.compile("(.*) -> (\\w+=\\w+)");
  private static final Pattern SHOWN = Pattern.compile("(.*) => (.+)");
  private static final Pattern AWAITED = Pattern.compile("(.*) ~ (\\S+)");
  private static final Pattern VARIABLE = Pattern.compile("\\$(\\w+)");

  static List<Row> parse(String file) {
    List<Row> rows = new ArrayList<>();
    for (String line : file.lines().toList()) {
      if (!line.isBlank() && !line.startsWith("#")) {
        rows.add(row(line));
      }
    }
    return rows;
  }

  private static Row row(String line) {
    String rest = line;
    String saved = "";
    String shown = "";
    String awaited = "";
    Matcher a = AWAITED.matcher(rest);
    if (a.matches()) {
      rest = a.group(1);
      awaited = a.group(2);
    }
    Matcher v = SHOWN.matcher(rest);
    if (v.matches()) {
      rest = v.group(1);
      shown = v.group(2);
    }
    Matcher s = SAVED.matcher(rest);
    if (s.matches()) {
      rest = s.group(1);
      saved = s.group(2);
    }
    Matcher m = LINE.matcher(rest);
    if (!m.matches()) {
      throw new IllegalArgumentException("no row of the contract: " + line);
    }
    List<String> headers = new ArrayList<>();
    rest = m.group(3);
    for (Matcher h = HEADER.matcher(rest); h.matches(); h = HEADER.matcher(rest)) {
      headers.add(h.group(1));
      rest = h.group(2);
    }
    return new Row(line, m.group(1), m.group(2), headers, rest.strip(), saved, shown, awaited);
  }

  boolean says(String header) {
    String start = header.toLowerCase(Locale.ROOT) + ":";
    return headers.stream().anyMatch(h -> h.toLowerCase(Locale.ROOT).startsWith(start));
  }

  /// With the variables filled in.
  Row with(Map<String, String> values) {
    return new Row(
        text,
        method,
        fill(path, values),
        headers.stream().map(h -> fill(h, values)).toList(),
        fill(body, values),
        saved,
        shown,
        awaited);
  }

  private static String fill(String text, Map<String, String> values) {
    return VARIABLE
        .matcher(text)
        .replaceAll(m -> Matcher.quoteReplacement(values.getOrDefault(m.group(1), m.group())));
  }

  /// The path with everything escaped that must not stand in a request line.
  String target() {
    StringBuilder out = new StringBuilder();
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c <= ' ' || c >= 127 || "\"{}<>^`|\\".indexOf(c) >= 0) {
        out.append(String.format("%%%02X", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}

package graft.docker.http;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The table of routes. A pattern is a path with `{name}` for one element and `{name:.*}` for any
/// number, as image names need it; the first row that fits wins.
public final class Router {
  /// Answers one request.
  @FunctionalInterface
  public interface Handler {
    void handle(Exchange exchange) throws IOException, InterruptedException;
  }

  private record Row(String method, Pattern pattern, List<String> names, Handler handler) {}

  record Match(Handler handler, Map<String, String> parameters) {}

  private static final Pattern PARAMETER = Pattern.compile("\\{([a-z]+)(:\\.\\*)?}");
  private final List<Row> rows = new ArrayList<>();

  public Router get(String pattern, Handler handler) {
    return row("GET", pattern, handler);
  }

  public Router head(String pattern, Handler handler) {
    return row("HEAD", pattern, handler);
  }

  public Router post(String pattern, Handler handler) {
    return row("POST", pattern, handler);
  }

  public Router put(String pattern, Handler handler) {
    return row("PUT", pattern, handler);
  }

  public Router delete(String pattern, Handler handler) {
    return row("DELETE", pattern, handler);
  }

  /// One handler for every method.
  public Router any(String pattern, Handler handler) {
    return row("*", pattern, handler);
  }

  private Router row(String method, String pattern, Handler handler) {
    List<String> names = new ArrayList<>();
    StringBuilder regex = new StringBuilder();
    Matcher m = PARAMETER.matcher(pattern);
    int at = 0;
    while (m.find()) {
      regex.append(Pattern.quote(pattern.substring(at, m.start())));
      regex.append(m.group(2) == null ? "([^/]+)" : "(.+)");
      names.add(m.group(1));
      at = m.end();
    }
    regex.append(Pattern.quote(pattern.substring(at)));
    rows.add(new Row(method, Pattern.compile(regex.toString()), names, handler));
    return this;
  }

  /// `OPTIONS` is answered for every path.
  Optional<Match> find(String method, String path) {
    if (method.equals("OPTIONS")) {
      return Optional.of(new Match(x -> x.empty(200), Map.of()));
    }
    for (Row row : rows) {
      if (row.method().equals(method) || row.method().equals("*")) {
        Matcher m = row.pattern().matcher(path);
        if (m.matches()) {
          Map<String, String> parameters = new LinkedHashMap<>();
          for (int i = 0; i < row.names().size(); i++) {
            parameters.put(row.names().get(i), m.group(i + 1));
          }
          return Optional.of(new Match(row.handler(), parameters));
        }
      }
    }
    return Optional.empty();
  }
}

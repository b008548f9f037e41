package graft.cli.build;

import graft.cli.json.Json;
import java.io.PrintStream;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A build for other programs: a line of JSON for each event, in the form of `docker build
/// --progress rawjson`, of which each has one of `vertexes`, `statuses`, `logs` and `warnings`.
///
/// Source: `client.SolveStatus` of moby/buildkit.
final class RawProgress implements Progress {
  private final PrintStream out;
  private final Map<String, Event.Started> started = new HashMap<>();

  RawProgress(PrintStream out) {
    this.out = out;
  }

  @Override
  public void hear(Event event) {
    switch (event) {
      case Event.Started e -> {
        started.put(e.vertex(), e);
        write("vertexes", vertex(e));
      }
      case Event.Completed e -> ended(e, e.cached(), "");
      case Event.Failed e -> ended(e, false, e.canceled() ? "context canceled" : e.error());
      case Event.Output e -> {
        Map<String, Object> log = of(e);
        log.put("stream", e.error() ? 2 : 1);
        log.put("data", Base64.getEncoder().encodeToString(e.bytes()));
        log.put("timestamp", e.at().toString());
        write("logs", log);
      }
      case Event.Status e -> {
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("id", e.name());
        status.putAll(of(e));
        status.put("name", e.name());
        status.put("current", e.current());
        status.put("total", e.total());
        status.put("timestamp", e.at().toString());
        status.put("started", e.started().toString());
        if (e.done()) {
          status.put("completed", e.at().toString());
        }
        write("statuses", status);
      }
      case Event.Warned e -> write("warnings", warning(e));
      case Event.Kept _, Event.Explained _ -> {
        // There is no place for it.
      }
    }
  }

  private static Map<String, Object> of(Event event) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("vertex", event.vertex());
    return all;
  }

  private static Map<String, Object> vertex(Event.Started e) {
    Map<String, Object> vertex = new LinkedHashMap<>();
    vertex.put("digest", e.vertex());
    if (!e.inputs().isEmpty()) {
      vertex.put("inputs", e.inputs());
    }
    vertex.put("name", e.name());
    vertex.put("started", e.at().toString());
    return vertex;
  }

  private void ended(Event e, boolean cached, String error) {
    Event.Started before = started.get(e.vertex());
    if (before != null) {
      Map<String, Object> vertex = vertex(before);
      vertex.put("completed", e.at().toString());
      if (cached) {
        vertex.put("cached", true);
      }
      if (!error.isEmpty()) {
        vertex.put("error", error);
      }
      write("vertexes", vertex);
    }
  }

  private static Map<String, Object> warning(Event.Warned e) {
    Map<String, Object> warning = of(e);
    warning.put("level", 1);
    warning.put("short", base64(e.text()));
    warning.put("detail", List.of(base64(e.about())));
    warning.put("url", e.url());
    warning.put(
        "sourceInfo",
        Map.of(
            "filename",
            e.place().file(),
            "data",
            Base64.getEncoder().encodeToString(e.place().data())));
    warning.put(
        "range",
        e.place().lines().stream()
            .map(l -> Map.of("start", Map.of("line", l.first()), "end", Map.of("line", l.last())))
            .toList());
    return warning;
  }

  private static String base64(String text) {
    return Base64.getEncoder()
        .encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private void write(String what, Map<String, Object> one) {
    out.println(Json.of(Map.of(what, List.of(one))).write());
    out.flush();
  }
}

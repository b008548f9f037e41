package graft.cli.build;

import graft.cli.json.Json;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/// How a build goes on, line by line, as `docker build --progress plain` shows it.
final class PlainProgress {
  private record Vertex(int number, String name, Instant started) {}

  private final PrintStream out;
  private final boolean explain;
  private final Map<String, Vertex> vertices = new HashMap<>();

  PlainProgress(PrintStream out, boolean explain) {
    this.out = out;
    this.explain = explain;
  }

  void hear(Json event) {
    String id = event.at("vertex").text();
    Instant at = Instant.parse(event.at("at").text());
    if (event.at("event").text().equals("started")) {
      Vertex vertex = new Vertex(vertices.size() + 1, event.at("name").text(), at);
      vertices.put(id, vertex);
      out.println();
      out.println("#" + vertex.number() + " " + vertex.name());
      return;
    }
    Vertex vertex = vertices.get(id);
    if (vertex == null) {
      return;
    }
    String prefix = "#" + vertex.number() + " ";
    String after = seconds(Duration.between(vertex.started(), at));
    switch (event.at("event").text()) {
      case "completed" ->
          out.println(prefix + (event.at("cached").truth() ? "CACHED" : "DONE " + after + "s"));
      case "failed" ->
          out.println(
              prefix
                  + (event.at("canceled").truth()
                      ? "CANCELED"
                      : "ERROR: " + event.at("error").text()));
      case "output" -> {
        byte[] bytes = Base64.getDecoder().decode(event.at("bytes").text());
        new String(bytes, StandardCharsets.UTF_8)
            .lines()
            .forEach(l -> out.println(prefix + after + " " + l));
      }
      case "status" -> {
        if (event.at("done").truth()) {
          out.println(prefix + event.at("name").text() + " done");
        }
      }
      case "warning" ->
          out.println(
              prefix
                  + "WARN: "
                  + event.at("rule").text()
                  + ": "
                  + event.at("detail").text()
                  + " (line "
                  + event.at("line").number()
                  + ")");
      case "explained" -> {
        if (explain) {
          out.println(prefix + "because: " + event.at("reason").text());
        }
      }
      default -> {
        // A newer engine may tell more.
      }
    }
    out.flush();
  }

  private static String seconds(Duration d) {
    return String.format("%.1f", d.toMillis() / 1000.0);
  }
}

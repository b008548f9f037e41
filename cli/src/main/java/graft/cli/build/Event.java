package graft.cli.build;

import graft.build.dockerfile.Lines;
import graft.build.dockerfile.Location;
import graft.cli.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// What the engine tells of a build. A *vertex* is a step, or work such as loading the context.
sealed interface Event {
  String vertex();

  Instant at();

  record Started(String vertex, Instant at, String name, List<String> inputs) implements Event {}

  record Completed(String vertex, Instant at, boolean cached) implements Event {}

  record Failed(String vertex, Instant at, String error, boolean canceled) implements Event {}

  record Output(String vertex, Instant at, byte[] bytes, boolean error) implements Event {}

  /// @param total 0 if it is not known
  record Status(
      String vertex,
      Instant at,
      String name,
      long current,
      long total,
      Instant started,
      boolean done)
      implements Event {}

  /// @param about what the rule is for
  record Warned(
      String vertex,
      Instant at,
      String rule,
      String detail,
      String about,
      String url,
      Location place)
      implements Event {
    int line() {
      return place.lines().stream().mapToInt(Lines::first).min().orElse(0);
    }

    /// As BuildKit puts it: `FromAsCasing: 'as' and … (line 1)`.
    String text() {
      return rule + ": " + detail + (line() == 0 ? "" : " (line " + line() + ")");
    }
  }

  /// What a step that fails now left of its files.
  record Kept(String vertex, Instant at, String image) implements Event {}

  record Explained(String vertex, Instant at, String reason) implements Event {}

  /// Empty for what a newer engine may tell.
  static Optional<Event> of(Json line) {
    String vertex = line.at("vertex").text();
    Instant at = Instant.parse(line.at("at").text());
    return Optional.ofNullable(
        switch (line.at("event").text()) {
          case "started" ->
              new Started(vertex, at, line.at("name").text(), line.at("inputs").texts());
          case "completed" -> new Completed(vertex, at, line.at("cached").truth());
          case "failed" ->
              new Failed(vertex, at, line.at("error").text(), line.at("canceled").truth());
          case "output" ->
              new Output(vertex, at, bytes(line.at("bytes")), line.at("error").truth());
          case "status" ->
              new Status(
                  vertex,
                  at,
                  line.at("name").text(),
                  line.at("current").number(),
                  line.at("total").number(),
                  Instant.parse(line.at("started").text()),
                  line.at("done").truth());
          case "warning" ->
              new Warned(
                  vertex,
                  at,
                  line.at("rule").text(),
                  line.at("detail").text(),
                  line.at("about").text(),
                  line.at("url").text(),
                  place(line));
          case "kept" -> new Kept(vertex, at, line.at("image").text());
          case "explained" -> new Explained(vertex, at, line.at("reason").text());
          default -> null;
        });
  }

  /// Where something is in a Dockerfile, if the line says so.
  static Location place(Json line) {
    List<Lines> lines = new ArrayList<>();
    for (Json one : line.at("lines").items()) {
      lines.add(new Lines((int) one.at("first").number(), (int) one.at("last").number()));
    }
    return new Location(line.at("file").text(), bytes(line.at("source")), lines);
  }

  static byte[] bytes(Json base64) {
    return Base64.getDecoder().decode(base64.text().getBytes(StandardCharsets.US_ASCII));
  }
}

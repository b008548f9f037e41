package graft.cli.build;

import graft.cli.output.Human;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a build goes on, line by line, as `docker build --progress plain` shows it.
final class PlainProgress implements Progress {
  private static final class Vertex {
    private final int number;
    private final String name;
    private final Instant started;
    private final OutputLines output = new OutputLines();

    Vertex(int number, String name, Instant started) {
      this.number = number;
      this.name = name;
      this.started = started;
    }
  }

  private final PrintStream out;
  private final boolean explain;
  private final Map<String, Vertex> vertices = new HashMap<>();
  private @Nullable Vertex shown;

  PlainProgress(PrintStream out, boolean explain) {
    this.out = out;
    this.explain = explain;
  }

  @Override
  public void hear(Event event) {
    if (event instanceof Event.Started e) {
      Vertex vertex = new Vertex(vertices.size() + 1, e.name(), e.at());
      vertices.put(e.vertex(), vertex);
      turnTo(vertex);
      out.flush();
      return;
    }
    Vertex vertex = vertices.get(event.vertex());
    if (vertex != null) {
      tell(vertex, event);
      out.flush();
    }
  }

  private void tell(Vertex vertex, Event event) {
    String after = seconds(Duration.between(vertex.started, event.at()));
    switch (event) {
      case Event.Started _ -> throw new IllegalStateException("told already");
      case Event.Completed e -> {
        rest(vertex, after);
        line(vertex, e.cached() ? "CACHED" : "DONE " + after + "s");
      }
      case Event.Failed e -> {
        rest(vertex, after);
        line(vertex, e.canceled() ? "CANCELED" : "ERROR: " + e.error());
      }
      case Event.Output e ->
          vertex.output.add(e.bytes()).forEach(l -> line(vertex, after + " " + l));
      case Event.Status e -> {
        if (e.done()) {
          String amount = e.current() == 0 ? "" : " " + Human.size(e.current());
          String took = seconds(Duration.between(e.started(), e.at()));
          line(vertex, e.name() + amount + " " + took + "s done");
        }
      }
      case Event.Warned e -> line(vertex, "WARN: " + e.text());
      case Event.Kept e -> line(vertex, "its files are kept as " + e.image());
      case Event.Explained e -> {
        if (explain) {
          line(vertex, "because: " + e.reason());
        }
      }
    }
  }

  private void rest(Vertex vertex, String after) {
    if (!vertex.output.rest().isEmpty()) {
      line(vertex, after + " " + vertex.output.rest());
    }
  }

  private void line(Vertex vertex, String text) {
    turnTo(vertex);
    out.println("#" + vertex.number + " " + text);
  }

  /// Says whose lines follow, where that changes.
  private void turnTo(Vertex vertex) {
    if (shown != vertex) {
      if (shown != null) {
        out.println();
      }
      shown = vertex;
      out.println("#" + vertex.number + " " + vertex.name);
    }
  }

  private static String seconds(Duration d) {
    return String.format(Locale.ROOT, "%.1f", d.toMillis() / 1000.0);
  }
}

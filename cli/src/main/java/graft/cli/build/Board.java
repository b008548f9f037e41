package graft.cli.build;

import graft.cli.output.Columns;
import graft.cli.output.Human;
import graft.cli.output.Style;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a terminal shows of a build: a line for each step that has ended, which stays, and below
/// them the steps that run, each with its time and the last lines it wrote, which are drawn again
/// and again. Work of the engine's own that was quick is not shown at all.
final class Board {
  /// Lines of output below a step that runs, at most, and below one that failed.
  private static final int TAIL = 6;

  private static final int FAILED_TAIL = 30;
  private static final Duration QUICK = Duration.ofSeconds(1);
  private static final List<String> SPINNER =
      List.of("⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏");
  private static final List<String> ASCII_SPINNER = List.of("|", "/", "-", "\\");

  private final Style style;
  private final Signs signs;
  private final boolean explain;
  private final Map<String, Vertex> vertices = new LinkedHashMap<>();
  private final List<Settled> settled = new ArrayList<>();
  private @Nullable Instant begun;
  private int done;
  private int cached;

  /// What stands before a line.
  private record Signs(
      String done,
      String cached,
      String failed,
      String canceled,
      String bar,
      List<String> spinner) {
    static final Signs UNICODE = new Signs("✔", "=", "✘", "-", "│", SPINNER);
    static final Signs ASCII = new Signs("+", "=", "x", "-", "|", ASCII_SPINNER);
  }

  /// A line that stays.
  ///
  /// @param right the end of the line
  private record Settled(String sign, String text, String right, Paint paint) {}

  private enum Paint {
    NONE,
    GOOD,
    BAD,
    QUIET
  }

  private static final class Vertex {
    private final String name;
    private final Instant started;
    private final OutputLines output = new OutputLines();
    private final Deque<String> tail = new ArrayDeque<>();
    private final Map<String, Event.Status> statuses = new LinkedHashMap<>();
    private String reason = "";

    Vertex(String name, Instant started) {
      this.name = name;
      this.started = started;
    }

    boolean internal() {
      return name.startsWith("[internal]");
    }

    void say(String line) {
      String text = Columns.printable(line);
      if (!text.isBlank()) {
        tail.add(text);
        if (tail.size() > FAILED_TAIL) {
          tail.remove();
        }
      }
    }
  }

  Board(Style style, boolean unicode, boolean explain) {
    this.style = style;
    this.signs = unicode ? Signs.UNICODE : Signs.ASCII;
    this.explain = explain;
  }

  void hear(Event event) {
    if (begun == null) {
      begun = event.at();
    }
    if (event instanceof Event.Started e) {
      vertices.put(e.vertex(), new Vertex(e.name(), e.at()));
      return;
    }
    Vertex vertex = vertices.get(event.vertex());
    if (vertex == null) {
      return;
    }
    switch (event) {
      case Event.Started _ -> throw new IllegalStateException("heard already");
      case Event.Output e -> vertex.output.add(e.bytes()).forEach(vertex::say);
      case Event.Status e -> vertex.statuses.put(e.name(), e);
      case Event.Explained e -> vertex.reason = e.reason();
      case Event.Warned _, Event.Kept _ -> {
        // Told at the end, when there is room for it.
      }
      case Event.Completed e -> {
        vertices.remove(e.vertex());
        completed(vertex, e);
      }
      case Event.Failed e -> {
        vertices.remove(e.vertex());
        failed(vertex, e);
      }
    }
  }

  private void completed(Vertex vertex, Event.Completed e) {
    Duration took = Duration.between(vertex.started, e.at());
    if (vertex.internal() && took.compareTo(QUICK) < 0) {
      return;
    }
    done++;
    if (e.cached()) {
      cached++;
      settled.add(new Settled(signs.cached(), vertex.name, "cached", Paint.QUIET));
    } else {
      settled.add(new Settled(signs.done(), vertex.name, seconds(took), Paint.GOOD));
      if (explain && !vertex.reason.isEmpty()) {
        settled.add(new Settled(" ", "  because: " + vertex.reason, "", Paint.QUIET));
      }
    }
  }

  private void failed(Vertex vertex, Event.Failed e) {
    Duration took = Duration.between(vertex.started, e.at());
    if (e.canceled()) {
      settled.add(new Settled(signs.canceled(), vertex.name, "canceled", Paint.QUIET));
      return;
    }
    settled.add(new Settled(signs.failed(), vertex.name, "failed " + seconds(took), Paint.BAD));
    vertex.say(vertex.output.rest());
    vertex.tail.forEach(l -> settled.add(new Settled(" ", signs.bar() + " " + l, "", Paint.NONE)));
  }

  /// The lines that are to stay and were not given yet.
  List<String> settled(int columns) {
    List<String> lines = settled.stream().map(s -> line(s, columns)).toList();
    settled.clear();
    return lines;
  }

  private String line(Settled s, int columns) {
    String text = between(" " + s.sign() + " " + s.text(), s.right(), columns);
    return switch (s.paint()) {
      case NONE -> text;
      case QUIET -> style.dim(text);
      case GOOD -> " " + style.green(s.sign()) + text.substring(1 + s.sign().length());
      case BAD -> style.red(text);
    };
  }

  /// How many steps there were.
  ///
  /// @param doing a word for it
  String summary(String doing, Instant now, int columns) {
    Instant first = begun == null ? now : begun;
    String counts = done + " done" + (cached == 0 ? "" : ", " + cached + " of them cached");
    return style.bold(between(" " + doing + ": " + counts, seconds(first, now), columns));
  }

  /// The lines that are drawn again.
  ///
  /// @param rows of the terminal; there are always fewer lines
  List<String> live(Instant now, int columns, int rows) {
    List<String> lines = new ArrayList<>();
    lines.add(summary("Building", now, columns));
    List<Vertex> running = List.copyOf(vertices.values());
    int room = Math.max(1, rows - 2);
    int shown = Math.min(running.size(), running.size() > room ? room - 1 : room);
    int tail = shown == 0 ? 0 : Math.min(TAIL, (room - shown) / shown);
    int frame = (int) (Math.max(0, now.toEpochMilli()) / 100 % signs.spinner().size());
    for (Vertex vertex : running.subList(0, Math.max(0, shown))) {
      String name = " " + signs.spinner().get(frame) + " " + vertex.name;
      lines.add(between(name, seconds(vertex.started, now), columns));
      for (String below : below(vertex, tail)) {
        lines.add(style.dim(Columns.cut("   " + signs.bar() + " " + below, columns - 1)));
      }
    }
    if (shown < running.size()) {
      lines.add(style.dim("   and " + (running.size() - shown) + " more"));
    }
    return lines;
  }

  private static List<String> below(Vertex vertex, int most) {
    List<String> all = new ArrayList<>();
    for (Event.Status s : vertex.statuses.values()) {
      if (!s.done()) {
        String amount = s.current() == 0 ? "" : " " + Human.size(s.current());
        all.add(s.name() + amount + (s.total() == 0 ? "" : " / " + Human.size(s.total())));
      }
    }
    all.addAll(vertex.tail);
    String rest = Columns.printable(vertex.output.rest());
    if (!rest.isBlank()) {
      all.add(rest);
    }
    return all.subList(Math.max(0, all.size() - most), all.size());
  }

  /// Text at both ends of a line; the one on the left gives way.
  private static String between(String left, String right, int columns) {
    int room = columns - 1 - Columns.of(right) - 1;
    if (right.isEmpty() || room < 1) {
      return Columns.cut(left, columns - 1);
    }
    String cut = Columns.cut(left, room);
    return cut + " ".repeat(room - Columns.of(cut) + 1) + right;
  }

  private static String seconds(Instant from, Instant to) {
    return seconds(Duration.between(from, to));
  }

  private static String seconds(Duration d) {
    long millis = Math.max(0, d.toMillis());
    return millis < 60_000
        ? String.format(Locale.ROOT, "%.1fs", millis / 1000.0)
        : d.toMinutes() + "m" + String.format(Locale.ROOT, "%02ds", d.toSecondsPart());
  }
}

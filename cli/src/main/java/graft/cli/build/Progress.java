package graft.cli.build;

import graft.cli.stream.Terminal;
import graft.cli.verb.Line;
import java.io.PrintStream;

/// How a build is shown while it goes on.
interface Progress extends AutoCloseable {
  void hear(Event event);

  /// Leaves the terminal as it was.
  @Override
  default void close() {}

  /// @param out not the one that results go to
  static Progress of(Line line, PrintStream out) {
    String form = line.text("--progress", System.getenv().getOrDefault("BUILDKIT_PROGRESS", ""));
    boolean explain = line.flag("--explain");
    if (line.flag("--quiet")) {
      return _ -> {};
    }
    return switch (form) {
      case "", "auto" ->
          Terminal.is(2) ? TerminalProgress.start(out, explain) : new PlainProgress(out, explain);
      case "plain" -> new PlainProgress(out, explain);
      case "tty" -> TerminalProgress.start(out, explain);
      case "rawjson" -> new RawProgress(out);
      case "quiet", "none" -> _ -> {};
      default -> throw line.refuse("--progress is auto, plain, tty, quiet or rawjson, not " + form);
    };
  }
}

package graft.cli.build;

import graft.cli.output.Style;
import graft.cli.stream.Signals;
import graft.cli.stream.Terminal;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/// Draws a [Board] on a terminal ten times a second. Whatever ends the program, the cursor is shown
/// again and what was drawn to be drawn over is gone.
final class TerminalProgress implements Progress {
  private static final Duration FRAME = Duration.ofMillis(100);
  private static final String HIDE_CURSOR = "\u001b[?25l";
  private static final String SHOW_CURSOR = "\u001b[?25h";
  private static final String CLEAR_LINE = "\u001b[2K";
  private static final String CLEAR_BELOW = "\u001b[J";

  private final PrintStream out;
  private final Board board;
  private final Thread restore = new Thread(() -> end("Interrupted"));
  private int columns = 80;
  private int rows = 24;
  private int drawn;
  private boolean ended;

  private TerminalProgress(PrintStream out, Board board) {
    this.out = out;
    this.board = board;
  }

  static TerminalProgress start(PrintStream out, boolean explain) {
    String locale =
        System.getenv()
            .getOrDefault(
                "LC_ALL",
                System.getenv().getOrDefault("LC_CTYPE", System.getenv().getOrDefault("LANG", "")));
    boolean unicode = locale.toLowerCase(Locale.ROOT).replace("-", "").contains("utf8");
    TerminalProgress progress =
        new TerminalProgress(out, new Board(Style.of(Terminal.is(2)), unicode, explain));
    progress.measure();
    Signals.handle("WINCH", _ -> progress.measure());
    Runtime.getRuntime().addShutdownHook(progress.restore);
    out.print(HIDE_CURSOR);
    Thread.ofPlatform().daemon().name("progress").start(progress::draw);
    return progress;
  }

  private void measure() {
    int[] size = {80, 24};
    try {
      size = Terminal.columnsAndRows();
    } catch (IOException e) {
      // No terminal that could be asked: docker's guess.
    }
    synchronized (this) {
      columns = size[0];
      rows = size[1];
    }
  }

  @Override
  public synchronized void hear(Event event) {
    board.hear(event);
  }

  private void draw() {
    while (frame()) {
      try {
        Thread.sleep(FRAME);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private synchronized boolean frame() {
    if (!ended) {
      show(board.live(Instant.now(), columns, rows));
    }
    return !ended;
  }

  /// In one write, so that nothing flickers.
  private void show(List<String> live) {
    StringBuilder text = new StringBuilder();
    if (drawn > 0) {
      text.append("\u001b[").append(drawn).append("A\r");
    }
    for (String line : board.settled(columns)) {
      text.append(CLEAR_LINE).append(line).append('\n');
    }
    for (String line : live) {
      text.append(CLEAR_LINE).append(line).append('\n');
    }
    out.print(text.append(CLEAR_BELOW));
    out.flush();
    drawn = live.size();
  }

  /// @param how a word for it
  private synchronized void end(String how) {
    if (!ended) {
      ended = true;
      show(List.of(board.summary(how, Instant.now(), columns)));
      out.print(SHOW_CURSOR);
      out.flush();
    }
  }

  @Override
  public void close() {
    end("Ended");
    try {
      Runtime.getRuntime().removeShutdownHook(restore);
    } catch (IllegalStateException e) {
      // It is running, and has nothing left to do.
      return;
    }
  }
}

package graft.cli.build;

import static org.assertj.core.api.Assertions.assertThat;

import graft.cli.output.Columns;
import graft.cli.output.Style;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoardTest {
  private static final int COLUMNS = 40;

  private final Board board = new Board(Style.PLAIN, false, true);

  private static Instant at(double seconds) {
    return Instant.ofEpochMilli((long) (seconds * 1000));
  }

  private void start(String id, double at, String name) {
    board.hear(new Event.Started(id, at(at), name, List.of()));
  }

  private void say(String id, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    board.hear(new Event.Output(id, at(1), bytes, false));
  }

  private List<String> live(double at, int rows) {
    return board.live(at(at), COLUMNS, rows);
  }

  @Test
  void whatRunsHasItsTimeAndItsLastLines() {
    start("a", 0, "[1/2] RUN make everything that there is to make");
    say("a", "one\ntwo\nthr");
    assertThat(live(3.2, 24))
        .containsExactly(
            " Building: 0 done                  3.2s",
            " | [1/2] RUN make everything that… 3.2s",
            "   | one",
            "   | two",
            "   | thr");
  }

  @Test
  void whatHasEndedStaysInOneLine() {
    start("a", 0, "[1/3] FROM x");
    board.hear(new Event.Completed("a", at(0), true));
    start("b", 0, "[2/3] RUN b");
    board.hear(new Event.Explained("b", at(0), "files: a.txt has changed"));
    board.hear(new Event.Completed("b", at(61.5), false));
    start("c", 0, "[3/3] RUN c");
    board.hear(new Event.Failed("c", at(1), "", true));
    assertThat(board.settled(COLUMNS))
        .containsExactly(
            " = [1/3] FROM x                  cached",
            " + [2/3] RUN b                    1m01s",
            "     because: files: a.txt has changed",
            " - [3/3] RUN c                 canceled");
    assertThat(board.settled(COLUMNS)).isEmpty();
    assertThat(live(62, 24)).containsExactly(" Building: 2 done, 1 of them cac… 1m02s");
  }

  @Test
  void whatFailedShowsWhatItSaid() {
    start("a", 0, "[1/1] RUN a");
    say("a", "bad\nworse");
    board.hear(new Event.Failed("a", at(1), "exit code: 1", false));
    assertThat(board.settled(COLUMNS))
        .containsExactly(" x [1/1] RUN a              failed 1.0s", "   | bad", "   | worse");
  }

  @Test
  void quickWorkOfTheEnginesOwnIsNotShown() {
    start("a", 0, "[internal] load .dockerignore");
    board.hear(new Event.Completed("a", at(0.1), false));
    start("b", 0, "[internal] load build context");
    board.hear(new Event.Status("b", at(1), "transferring context:", 3_000_000, 0, at(0), false));
    assertThat(live(2, 24)).contains("   | transferring context: 3MB");
    board.hear(new Event.Completed("b", at(2), false));
    assertThat(board.settled(COLUMNS)).containsExactly(" + [internal] load build context   2.0s");
  }

  /// The cursor cannot go up to what has scrolled away.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 9, 24})
  void neverFillsTheScreen(int rows) {
    for (int i = 0; i < 12; i++) {
      start("v" + i, 0, "[" + i + "] RUN something that is rather long for a terminal");
      say("v" + i, "a line that is much wider than the forty columns of this terminal\n".repeat(9));
    }
    List<String> lines = live(1, rows);
    assertThat(lines).hasSizeLessThanOrEqualTo(Math.max(rows - 1, 3));
    assertThat(lines).allMatch(l -> Columns.of(l) < COLUMNS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "abc ~ 5 ~ abc",
        "abcdef ~ 5 ~ abcd…",
        "日本語 ~ 6 ~ 日本語",
        "日本語 ~ 5 ~ 日本…",
        "日本語 ~ 4 ~ 日…",
        "abc ~ 0 ~ ''",
      })
  void textIsCutToColumns(String text, int columns, String expected) {
    assertThat(Columns.cut(text, columns)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "\\e[31mred\\e[0m ~ red",
        "10%\\r20%\\r ~ 20%",
        "a\\tb ~ 'a       b'",
        "x\\e]0;title\\ay ~ xy",
        "\\e[2J\\e[Hz ~ z",
      })
  void noOutputMovesTheCursor(String text, String expected) {
    String line =
        text.replace("\\e", "\u001b")
            .replace("\\r", "\r")
            .replace("\\t", "\t")
            .replace("\\a", "\u0007");
    assertThat(Columns.printable(line)).isEqualTo(expected);
  }

  @Test
  void linesAreWholeWhereverTheyWereCut() {
    OutputLines lines = new OutputLines();
    byte[] text = "ä\n日b\nc".getBytes(StandardCharsets.UTF_8);
    StringBuilder seen = new StringBuilder();
    for (byte b : text) {
      lines.add(new byte[] {b}).forEach(l -> seen.append(l).append('|'));
    }
    assertThat(seen + lines.rest()).isEqualTo("ä|日b|c");
  }
}

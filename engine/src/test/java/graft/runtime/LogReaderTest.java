package graft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogReaderTest {
  @TempDir Path directory;

  private Path log() {
    return directory.resolve("log");
  }

  private static String line(int second, String stream, String tag, String text) {
    return String.format(
        "2026-01-02T03:04:%02d.000000001+00:00 %s %s %s%n", second, stream, tag, text);
  }

  private static List<String> read(Path log, LogReader.Query query) throws Exception {
    List<String> texts = new ArrayList<>();
    try (LogReader reader = new LogReader(log, query, () -> true)) {
      for (Optional<LogReader.Entry> entry = reader.next();
          entry.isPresent();
          entry = reader.next()) {
        texts.add(new String(entry.get().text(), StandardCharsets.UTF_8));
      }
    }
    return texts;
  }

  private static LogReader.Query tail(long n) {
    return new LogReader.Query(n, Optional.empty(), Optional.empty(), false);
  }

  @ParameterizedTest
  @CsvSource({"-1, 5", "0, 0", "1, 1", "2, 2", "4, 4", "5, 5", "9, 5"})
  void theLastLinesOverSeveralFiles(long n, int expected) throws Exception {
    Files.writeString(directory.resolve("log.2"), line(1, "stdout", "F", "a"));
    Files.writeString(
        directory.resolve("log.1"), line(2, "stderr", "F", "b") + line(3, "stdout", "F", ""));
    Files.writeString(log(), line(4, "stdout", "F", "d") + line(5, "stdout", "F", "e"));
    List<String> all = List.of("a\n", "b\n", "\n", "d\n", "e\n");
    assertThat(read(log(), tail(n))).isEqualTo(all.subList(5 - expected, 5));
  }

  @Test
  void piecesBecomeLinesCutAtSixteenKilobytes() throws Exception {
    String piece = "x".repeat(8192);
    Files.writeString(
        log(),
        line(1, "stdout", "P", piece)
            + line(2, "stderr", "F", "between")
            + line(3, "stdout", "P", piece)
            + line(4, "stdout", "F", "tail")
            + line(5, "stdout", "P", "prompt"));
    assertThat(read(log(), LogReader.Query.ALL))
        .containsExactly("between\n", piece + piece, "tail\n", "prompt");
    assertThat(read(log(), tail(2))).containsExactly("tail\n", "prompt");
  }

  @Test
  void sinceAndUntilAreInclusive() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      text.append(line(i, "stdout", "F", Integer.toString(i)));
    }
    Files.writeString(log(), text);
    Optional<Instant> from = Optional.of(Instant.parse("2026-01-02T03:04:03.000000001Z"));
    Optional<Instant> to = Optional.of(Instant.parse("2026-01-02T03:04:05.000000001Z"));
    assertThat(read(log(), new LogReader.Query(-1, from, to, false)))
        .containsExactly("3\n", "4\n", "5\n");
  }

  @Test
  void damagedLinesAreLeftOut() throws Exception {
    Files.writeString(
        log(),
        "\n \nnonsense\n2026-01-02T03:04:05Z\n2026-01-02T03:04:05Z stdout\n"
            + "2026-01-02T03:04:05Z stdout F\n2026-01-02T03:04:05Z stdout F ok\nhalf");
    assertThat(read(log(), LogReader.Query.ALL)).contains("ok\n").doesNotContain("nonsense\n");
  }

  @Test
  void aFollowerReadsAcrossRotationWithoutLossOrRepetition() throws Exception {
    Files.writeString(log(), line(0, "stdout", "F", "0"));
    AtomicBoolean ended = new AtomicBoolean();
    LogReader.Query query = new LogReader.Query(-1, Optional.empty(), Optional.empty(), true);
    SynchronousQueue<String> seen = new SynchronousQueue<>();
    LogFiles files = new LogFiles(log());
    try (LogReader reader = new LogReader(log(), query, ended::get)) {
      Thread follower =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (Optional<LogReader.Entry> entry = reader.next();
                      entry.isPresent();
                      entry = reader.next()) {
                    seen.put(new String(entry.get().text(), StandardCharsets.UTF_8).strip());
                  }
                  seen.put("end");
                } catch (IOException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(seen.take()).isEqualTo("0");
      for (int i = 1; i < 20; i++) {
        if (i % 5 == 0) {
          assertThat(files.rotate(1, 3)).isTrue();
          // The monitor goes on with the old file until it hears of it.
          append(directory.resolve("log.1"), line(i, "stdout", "F", i + "a"));
          assertThat(seen.take()).isEqualTo(i + "a");
        }
        append(log(), line(i, "stdout", "F", Integer.toString(i)));
        assertThat(seen.take()).isEqualTo(Integer.toString(i));
      }
      append(log(), line(30, "stdout", "P", "last"));
      ended.set(true);
      reader.wake();
      assertThat(seen.take()).isEqualTo("last");
      assertThat(seen.take()).isEqualTo("end");
      follower.join();
    }
    assertThat(directory.resolve("log.2")).exists();
    assertThat(directory.resolve("log.3")).doesNotExist();
  }

  private static void append(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}

package graft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The start of a container by its fifo, with the first process played by whoever is asked whether
/// it lives: so it does what it does between a wait that was in vain and the answer.
@Timeout(180)
final class RuncStateTest {
  @TempDir Path directory;
  private RuncState state;
  private Path fifo;

  @BeforeEach
  void create() throws Exception {
    state = new RuncState(directory);
    fifo = directory.resolve("exec.fifo");
    Files.writeString(directory.resolve("state.json"), "{}");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
  }

  /// Opens the other end and writes so many bytes.
  private void process(int bytes) {
    try {
      Files.write(fifo, new byte[bytes]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BooleanSupplier alive(Runnable work, boolean answer) {
    return () -> {
      work.run();
      return answer;
    };
  }

  @Test
  void aProcessThatWaitsIsStarted() throws Exception {
    Thread.ofVirtual().start(() -> process(1));
    assertThat(state.start(() -> true)).isTrue();
    assertThat(fifo).doesNotExist();
  }

  @Test
  void oneThatTakesItsTimeIsWaitedFor() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Runnable third =
        () -> {
          if (asked.incrementAndGet() == 3) {
            process(1);
          }
        };
    assertThat(state.start(alive(third, true))).isTrue();
    assertThat(asked.get()).isGreaterThanOrEqualTo(3);
  }

  /// It was taken for one that had died before its start, and runc then said "cannot start a
  /// container that has stopped".
  @Test
  void oneThatStartsAndEndsAtOnceWasStarted() throws Exception {
    assertThat(state.start(alive(() -> process(1), false))).isTrue();
    assertThat(fifo).doesNotExist();
  }

  @Test
  void oneThatDiedBeforeItsStartIsLeftToTheRuntime() throws Exception {
    assertThat(state.start(() -> false)).isFalse();
    assertThat(state.start(alive(() -> process(0), false))).isFalse();
    assertThat(fifo).exists();
  }

  @Test
  void whatIsNotAsRuncLeavesItIsLeftToTheRuntime() throws Exception {
    Files.delete(directory.resolve("state.json"));
    assertThat(state.start(() -> true)).isFalse();
    Files.delete(fifo);
    assertThat(state.start(() -> true)).isFalse();
  }
}

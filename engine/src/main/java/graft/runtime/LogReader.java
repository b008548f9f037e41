package graft.runtime;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Reads the log a monitor writes (`TIME stream P|F text`, F for whole lines), across rotations and
/// while it grows. Pieces are put together into what Docker calls entries: a line with its newline,
/// cut after 16 KiB; the rest of a line without an end comes when the container has ended.
public final class LogReader implements Closeable {
  /// @param text with the newline, if it ends a line
  @SuppressWarnings("ArrayRecordComponent") // a line of output: handed on once, never compared
  public record Entry(Instant at, Runtime.Streams.Source source, byte[] text) {}

  /// @param tail how many of the last entries; below zero for all
  /// @param follow go on until the container has ended
  public record Query(long tail, Optional<Instant> since, Optional<Instant> until, boolean follow) {
    public static final Query ALL = new Query(-1, Optional.empty(), Optional.empty(), false);
  }

  private static final int LARGEST = 16 * 1024;
  private static final int BUFFER = 64 * 1024;

  private final LogFiles files;
  private final Query query;
  private final BooleanSupplier ended;
  private final @Nullable LogWatch watch;
  private final Deque<LogFiles.Open> rest = new ArrayDeque<>();
  private final Deque<Entry> ready = new ArrayDeque<>();
  private final Map<Runtime.Streams.Source, Line> lines =
      new EnumMap<>(Runtime.Streams.Source.class);
  private LogFiles.@Nullable Open current;
  private byte[] buffer = new byte[BUFFER];
  private int start;
  private int end;
  private boolean finished;
  private Runnable onClose = () -> {};

  private static final class Line {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Instant at = Instant.EPOCH;
  }

  /// @param ended tells, when following, whether the container has ended (its log is whole then)
  public LogReader(Path log, Query query, BooleanSupplier ended) throws IOException {
    this.files = new LogFiles(log);
    this.query = query;
    this.ended = ended;
    this.watch = query.follow() ? LogWatch.on(log.toAbsolutePath().getParent()) : null;
    List<LogFiles.Open> all = files.open();
    if (query.tail() >= 0) {
      all = LogTail.seek(all, query.tail());
    }
    rest.addAll(all);
    advance();
    if (query.tail() >= 0) {
      fillTail();
    }
  }

  /// Wakes a follower, because the container has ended.
  public void wake() {
    if (watch != null) {
      watch.wake();
    }
  }

  void onClose(Runnable action) {
    onClose = action;
  }

  /// The next entry; empty at the end.
  public Optional<Entry> next() throws IOException, InterruptedException {
    while (true) {
      Entry entry = ready.poll();
      if (entry == null) {
        if (finished) {
          return Optional.empty();
        }
        // Asked before reading: what was written before the end is then surely read.
        boolean over = !query.follow() || ended.getAsBoolean();
        if (!readLine() && !nextFile()) {
          if (over) {
            flush();
            finished = true;
          } else if (!await()) {
            return Optional.empty();
          }
        }
      } else if (query.until().isPresent() && entry.at().isAfter(query.until().get())) {
        finished = true;
        ready.clear();
        return Optional.empty();
      } else if (query.since().isEmpty() || !entry.at().isBefore(query.since().get())) {
        return Optional.of(entry);
      }
    }
  }

  private boolean await() throws InterruptedException {
    LogWatch sleeping = watch;
    if (sleeping == null) {
      return false;
    }
    if (query.until().isEmpty()) {
      sleeping.await();
      return true;
    }
    Duration left = Duration.between(Instant.now(), query.until().get());
    if (left.isNegative()) {
      return false;
    }
    boolean changed = sleeping.await(left.toMillis() + 1);
    return changed || !Instant.now().isAfter(query.until().get());
  }

  private void fillTail() throws IOException {
    Deque<Entry> last = new ArrayDeque<>();
    while (readLine() || nextFile()) {
      while (!ready.isEmpty()) {
        last.add(ready.remove());
        if (last.size() > query.tail()) {
          last.remove();
        }
      }
    }
    if (!query.follow() || ended.getAsBoolean()) {
      flush();
      while (!ready.isEmpty()) {
        last.add(ready.remove());
      }
      while (last.size() > query.tail()) {
        last.remove();
      }
    }
    ready.addAll(last);
  }

  /// Goes on to the file after this one, if this one is whole and read. One more look at this one
  /// is needed: it may have grown between our reading its end and the next one's appearing.
  private boolean nextFile() throws IOException {
    if (rest.isEmpty()) {
      LogFiles.Open after = files.after(current == null ? null : current.key());
      if (after == null) {
        return false;
      }
      rest.add(after);
      return true;
    }
    if (!readLine()) {
      advance();
    }
    return true;
  }

  private void advance() throws IOException {
    LogFiles.Open next = rest.poll();
    if (next != null) {
      if (current != null) {
        current.channel().close();
      }
      current = next;
      start = 0;
      end = 0;
    }
  }

  /// Takes one line of the current file; false at its present end.
  private boolean readLine() throws IOException {
    LogFiles.Open file = current;
    if (file == null) {
      return false;
    }
    int looked = start;
    while (true) {
      for (int i = looked; i < end; i++) {
        if (buffer[i] == '\n') {
          take(start, i);
          start = i + 1;
          return true;
        }
      }
      if (start > 0) {
        System.arraycopy(buffer, start, buffer, 0, end - start);
        end -= start;
        start = 0;
      }
      if (end == buffer.length) {
        buffer = java.util.Arrays.copyOf(buffer, buffer.length * 2);
      }
      looked = end;
      int n = file.channel().read(ByteBuffer.wrap(buffer, end, buffer.length - end));
      if (n <= 0) {
        return false;
      }
      end += n;
    }
  }

  private void take(int from, int to) {
    int first = space(from, to);
    int second = space(first + 1, to);
    int third = second + 2;
    if (first < 0 || second < 0 || third >= to + 1) {
      return; // a line the monitor did not finish, when the disk was full
    }
    Instant at;
    try {
      at =
          OffsetDateTime.parse(new String(buffer, from, first - from, StandardCharsets.ISO_8859_1))
              .toInstant();
    } catch (DateTimeParseException e) {
      return;
    }
    boolean error = second - first == 7 && buffer[first + 4] == 'e';
    Runtime.Streams.Source source =
        error ? Runtime.Streams.Source.STDERR : Runtime.Streams.Source.STDOUT;
    Line line = lines.computeIfAbsent(source, s -> new Line());
    if (line.bytes.size() == 0) {
      line.at = at;
    }
    int text = Math.min(third + 1, to);
    line.bytes.write(buffer, text, to - text);
    boolean whole = buffer[second + 1] == 'F';
    if (whole) {
      line.bytes.write('\n');
    }
    emit(source, line, whole);
  }

  private int space(int from, int to) {
    for (int i = Math.max(from, 0); i < to; i++) {
      if (buffer[i] == ' ') {
        return i;
      }
    }
    return -1;
  }

  private void emit(Runtime.Streams.Source source, Line line, boolean all) {
    if (!all && line.bytes.size() < LARGEST) {
      return;
    }
    byte[] bytes = line.bytes.toByteArray();
    line.bytes.reset();
    int done = 0;
    while (bytes.length - done >= LARGEST) {
      ready.add(
          new Entry(line.at, source, java.util.Arrays.copyOfRange(bytes, done, done + LARGEST)));
      done += LARGEST;
    }
    if (all && done < bytes.length) {
      ready.add(
          new Entry(line.at, source, java.util.Arrays.copyOfRange(bytes, done, bytes.length)));
    } else {
      line.bytes.write(bytes, done, bytes.length - done);
    }
  }

  private void flush() {
    lines.forEach((source, line) -> emit(source, line, true));
  }

  @Override
  public void close() throws IOException {
    onClose.run();
    if (watch != null) {
      watch.close();
    }
    List<LogFiles.Open> open = new ArrayList<>(rest);
    if (current != null) {
      open.add(current);
    }
    for (LogFiles.Open file : open) {
      file.channel().close();
    }
  }
}

package graft.container;

import graft.db.Db;
import graft.error.GraftException;
import graft.log.JournalSink;
import graft.log.LogInfo;
import graft.log.LogSink;
import graft.log.SyslogSink;
import graft.runtime.LogReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Brings the output of containers to syslog or the journal. The monitor writes each log to a file,
/// whatever the driver; from there one virtual thread for each such container sends it on. So
/// `logs` works with every driver, a slow or absent receiver never holds a container up, and what a
/// container wrote while no engine was there is sent when one comes back.
///
/// How far it came is noted about once a second: an engine that was killed sends the entries of the
/// last second again, rather than none.
final class LogForwarding {
  private static final String KIND = "log-sent";
  private static final Duration NOTE = Duration.ofSeconds(1);
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /// Opens the log of a container to read.
  interface Logs {
    LogReader open(Container c, LogReader.Query query) throws IOException;
  }

  private final Db db;
  private final Logs logs;
  private final Map<String, Thread> running = new ConcurrentHashMap<>();
  private final Map<String, Sent> sent = new ConcurrentHashMap<>();

  LogForwarding(Db db, Logs logs) {
    this.db = db;
    this.logs = logs;
    db.all(KIND).forEach((id, text) -> sent.put(id, Sent.parse(text)));
  }

  static LogInfo info(Container c) {
    return new LogInfo(
        c.id(),
        c.name(),
        c.image().toString(),
        c.imageName(),
        c.spec().run().process().args(),
        HostName.get(),
        c.spec().log().options(),
        c.spec().labels(),
        c.spec().env());
  }

  /// Connects to the receiver, so that a start without one fails as it does in Docker; empty for
  /// drivers that only write the file.
  Optional<LogSink> open(Container c) throws IOException {
    try {
      return switch (c.spec().log().driver()) {
        case "syslog" -> Optional.of(SyslogSink.open(info(c)));
        case "journald" -> Optional.of(JournalSink.open(info(c), JournalSink.SOCKET));
        default -> Optional.empty();
      };
    } catch (IOException e) {
      throw GraftException.internal("failed to create task for container: " + e.getMessage(), e);
    }
  }

  /// Begins with a run that starts, or goes on with one that an earlier engine had.
  ///
  /// @param sink what [#open] made; empty if it is to be connected to when there is something
  void follow(Container c, Optional<LogSink> sink) {
    String driver = c.spec().log().driver();
    if (driver.equals("syslog") || driver.equals("journald")) {
      running.compute(
          c.id(),
          (_, before) ->
              Thread.ofVirtual()
                  .name("log-" + c.shortId())
                  .start(() -> run(c, sink, Optional.ofNullable(before))));
    }
  }

  /// @param before one that still sends the tail of the run before, and goes first
  private void run(Container c, Optional<LogSink> given, Optional<Thread> before) {
    Optional<LogSink> sink = given;
    Duration pause = Duration.ofMillis(250);
    try {
      if (before.isPresent()) {
        before.get().join();
      }
      while (true) {
        try {
          LogSink open = sink.isPresent() ? sink.get() : reopen(c);
          sink = Optional.of(open);
          copy(c, open);
          return;
        } catch (IOException | RuntimeException e) {
          sink.ifPresent(LogSink::close);
          sink = Optional.empty();
          // The receiver is away. What it misses stays in the file until it is back.
          Thread.sleep(pause);
          pause =
              pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                  ? pause.multipliedBy(2)
                  : LONGEST_PAUSE;
        }
      }
    } catch (InterruptedException e) {
      before.ifPresent(Thread::interrupt);
      Thread.currentThread().interrupt();
    } finally {
      sink.ifPresent(LogSink::close);
      running.remove(c.id(), Thread.currentThread());
    }
  }

  private LogSink reopen(Container c) throws IOException {
    return open(c).orElseThrow(() -> new IOException("no driver"));
  }

  private void copy(Container c, LogSink sink) throws IOException, InterruptedException {
    Sent from = sent.getOrDefault(c.id(), Sent.NOTHING);
    Sent now = from;
    int again = from.count();
    Instant noted = Instant.now();
    LogReader.Query query = new LogReader.Query(-1, Optional.of(from.at()), Optional.empty(), true);
    try (LogReader reader = logs.open(c, query)) {
      for (Optional<LogReader.Entry> e = reader.next(); e.isPresent(); e = reader.next()) {
        Instant at = e.get().at();
        if (at.equals(from.at()) && again > 0) {
          again--;
          continue;
        }
        sink.send(e.get());
        now = now.and(at);
        sent.put(c.id(), now);
        if (Instant.now().isAfter(noted.plus(NOTE))) {
          noted = Instant.now();
          note(c.id());
        }
      }
    } finally {
      note(c.id());
    }
  }

  /// How far a log was sent: the time of the last entry, and how many of that time were sent, for
  /// pieces of a long line have one time.
  private record Sent(Instant at, int count) {
    static final Sent NOTHING = new Sent(Instant.EPOCH, 0);

    static Sent parse(String text) {
      String[] parts = text.split(" ", 2);
      return new Sent(Instant.parse(parts[0]), Integer.parseInt(parts[1]));
    }

    Sent and(Instant next) {
      return new Sent(next, next.equals(at) ? count + 1 : 1);
    }

    @Override
    public String toString() {
      return at + " " + count;
    }
  }

  private void note(String id) {
    Sent now = sent.get(id);
    if (now != null) {
      db.write(List.of(new Db.Change.Put(KIND, id, now.toString())), Db.Durable.WRITTEN);
    }
  }

  /// The container goes away, having ended. What it said last is sent, if that is soon done.
  void forget(String id) {
    Thread thread = running.remove(id);
    if (thread != null) {
      try {
        thread.join(LAST_WORDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      thread.interrupt();
    }
    if (sent.remove(id) != null) {
      db.write(List.of(new Db.Change.Delete(KIND, id)), Db.Durable.WRITTEN);
    }
  }

  void close() {
    running.values().forEach(Thread::interrupt);
  }
}

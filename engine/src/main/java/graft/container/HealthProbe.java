package graft.container;

import graft.error.GraftException;
import graft.oci.ImageConfig.Healthcheck;
import graft.runtime.Runtime.Streams;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// Runs a health check as an exec of the container, with the container's user, variables and
/// working directory. A check that takes too long is killed; its children are not, as in Docker.
final class HealthProbe implements Healths.Prober {
  private static final int LONGEST = 4096;

  private final Execs execs;

  HealthProbe(Execs execs) {
    this.execs = execs;
  }

  @Override
  public Health.Probe probe(Container c, Healthcheck check) throws InterruptedException {
    Instant start = Instant.now();
    try {
      return run(c, check, start);
    } catch (GraftException e) {
      return new Health.Probe(start, Instant.now(), -1, e.text());
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return new Health.Probe(start, Instant.now(), -1, String.valueOf(e.getMessage()));
    }
  }

  private Health.Probe run(Container c, Healthcheck check, Instant start)
      throws IOException, InterruptedException {
    String id =
        execs.create(
            c,
            new Execs.ExecRequest(
                Health.command(check, c.spec().shell()),
                List.of(),
                "",
                "",
                false,
                false,
                false,
                true,
                true,
                ""));
    Duration limit = Health.timeout(check);
    AtomicBoolean late = new AtomicBoolean();
    Output output = new Output();
    try (Streams streams = execs.start(id, Optional.empty())) {
      Thread guard =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  Thread.sleep(limit);
                  late.set(true);
                  execs.kill(id, Signals.KILL);
                } catch (InterruptedException e) {
                  // It came to its end in time.
                  Thread.currentThread().interrupt();
                } catch (IOException | GraftException e) {
                  // It ended by itself just now.
                  return;
                }
              });
      try {
        for (Optional<Streams.Chunk> chunk = streams.next();
            chunk.isPresent();
            chunk = streams.next()) {
          output.add(chunk.get().bytes());
        }
        int code = execs.await(id);
        return late.get()
            ? new Health.Probe(start, Instant.now(), -1, tooLate(limit, output.text()))
            : new Health.Probe(start, Instant.now(), code, output.text());
      } catch (IOException | InterruptedException e) {
        killQuietly(id, e);
        throw e;
      } finally {
        guard.interrupt();
      }
    } finally {
      execs.forget(id);
    }
  }

  private void killQuietly(String id, Exception cause) {
    try {
      execs.kill(id, Signals.KILL);
    } catch (IOException | GraftException e) {
      cause.addSuppressed(e);
    }
  }

  private static String tooLate(Duration limit, String output) {
    String text = "Health check exceeded timeout (" + goDuration(limit) + ")";
    return output.isEmpty() ? text : text + ": " + output;
  }

  /// As Go prints a duration: `300ms`, `1.5s`, `1m30s`, `1h0m0s`.
  static String goDuration(Duration d) {
    long nanos = d.toNanos();
    if (nanos < 1_000_000_000L) {
      return nanos < 1_000_000 ? decimal(nanos, 1_000) + "µs" : decimal(nanos, 1_000_000) + "ms";
    }
    String seconds = decimal(nanos % 60_000_000_000L, 1_000_000_000) + "s";
    long minutes = d.toMinutes();
    if (minutes == 0) {
      return seconds;
    }
    return minutes < 60
        ? minutes + "m" + seconds
        : String.format(Locale.ROOT, "%dh%dm%s", minutes / 60, minutes % 60, seconds);
  }

  private static String decimal(long nanos, long unit) {
    return new java.math.BigDecimal(nanos)
        .divide(new java.math.BigDecimal(unit))
        .stripTrailingZeros()
        .toPlainString();
  }

  /// The first bytes of what a check wrote; the rest is read and dropped, so that it does not
  /// block.
  private static final class Output {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean cut;

    void add(ByteBuffer piece) {
      int keep = Math.min(LONGEST - bytes.size(), piece.remaining());
      byte[] some = new byte[keep];
      piece.get(some);
      bytes.writeBytes(some);
      cut |= piece.hasRemaining();
    }

    String text() {
      return bytes.toString(StandardCharsets.UTF_8) + (cut ? "..." : "");
    }
  }
}

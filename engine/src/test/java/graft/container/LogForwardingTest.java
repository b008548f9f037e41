package graft.container;

import static org.assertj.core.api.Assertions.assertThat;

import graft.db.Db;
import graft.log.LogSink;
import graft.oci.Digest;
import graft.runtime.LogReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LogForwardingTest {
  private static final String ID = "0123456789abcdef".repeat(4);

  @TempDir Path dir;

  private static Container container() {
    ContainerSpec d = ContainerSpec.DEFAULT;
    ContainerSpec spec =
        new ContainerSpec(
            d.run(),
            d.entrypoint(),
            d.cmd(),
            d.env(),
            d.modes(),
            d.net(),
            d.mounts(),
            d.volumes(),
            d.exposedPorts(),
            d.labels(),
            d.restart(),
            d.autoRemove(),
            new ContainerSpec.LogConfig("syslog", 0, 1, Map.of()),
            d.stopSignal(),
            d.stopTimeout(),
            d.health(),
            d.shell(),
            d.deviceRequests(),
            d.document());
    return new Container(
        ID,
        "c",
        Instant.now(),
        Digest.of(new byte[] {1}),
        "i",
        List.of(),
        spec,
        List.of(),
        new State.Running(1, Instant.now(), Optional.empty()),
        0,
        false,
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  private record Sink(CountDownLatch closed) implements LogSink {
    @Override
    public void send(LogReader.Entry entry) {}

    @Override
    public void close() {
      closed.countDown();
    }
  }

  /// The tail of a run is still being sent when the next run begins, and then the container goes.
  @Test
  void aContainerGoesWhileASecondRunWaitsForTheTailOfTheFirst() throws Exception {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(2);
    try (Db db = Db.open(dir.resolve("db"))) {
      LogForwarding forwarding =
          new LogForwarding(
              db,
              (_, _) -> {
                reading.countDown();
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                throw new IOException("there is no log");
              });
      forwarding.follow(container(), Optional.of(new Sink(closed)));
      reading.await();
      forwarding.follow(container(), Optional.of(new Sink(closed)));
      forwarding.forget(ID);
      // Both end, and let go of their connections.
      closed.await();
      assertThat(db.all("log-sent")).isEmpty();
    }
  }
}

package graft.docker;

import static org.assertj.core.api.Assertions.assertThat;

import graft.linux.LinuxFiles;
import graft.linux.LinuxFiles.Stat;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import jdk.management.VirtualThreadSchedulerMXBean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CarriersTest {
  @TempDir Path dir;

  /// A fifo is opened when somebody opens its other end, and the JDK has nothing for that but
  /// open(2) on a carrier: as with a disk that is stuck, only that this one can be had everywhere.
  @Test
  void thereAreMoreWhileAllAreHeld() throws Exception {
    // As in a process in which some ran before: there are as few carriers as processors.
    Thread.ofVirtual().start(() -> {}).join();
    Carriers.provide();
    VirtualThreadSchedulerMXBean scheduler =
        ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
    int before = scheduler.getParallelism();
    Path fifo = dir.resolve("fifo");
    byte[] name = fifo.toString().getBytes(StandardCharsets.UTF_8);
    LinuxFiles.mknodat(LinuxFiles.AT_FDCWD, name, Stat.FIFO | 0600, 0, 0);

    List<Thread> held = new ArrayList<>();
    for (int i = 0; i < before + 40; i++) {
      held.add(Thread.ofVirtual().start(() -> open(fifo)));
    }
    while (scheduler.getMountedVirtualThreadCount() < held.size()) {
      Thread.sleep(20);
    }
    CountDownLatch runs = new CountDownLatch(1);
    Thread.ofVirtual().start(runs::countDown);
    runs.await();
    assertThat(held).allMatch(Thread::isAlive);

    try (RandomAccessFile both = new RandomAccessFile(fifo.toFile(), "rw")) {
      both.write(new byte[held.size()]);
      for (Thread one : held) {
        one.join();
      }
    }
    while (scheduler.getParallelism() != before) {
      Thread.sleep(20);
    }
  }

  private static void open(Path fifo) {
    try (InputStream in = Files.newInputStream(fifo)) {
      assertThat(in.read()).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

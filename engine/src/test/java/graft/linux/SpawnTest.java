package graft.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SpawnTest {
  private static Spawn.Child shell(String command) throws IOException {
    return Spawn.start(List.of("/bin/sh", "-c", command), Map.of(), Path.of("/"), Map.of());
  }

  @Test
  void anEndIsKnownToWhoeverAsks() throws Exception {
    Spawn.Child child = shell("exit 7");
    assertThat(child.await()).isEqualTo(7);
    assertThat(child.await()).isEqualTo(7);
    assertThatThrownBy(() -> child.kill(9))
        .isInstanceOfSatisfying(
            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESRCH));
    Spawn.Child killed = shell("exec sleep 1000");
    killed.kill(9);
    assertThat(killed.await()).isEqualTo(137);
  }

  /// A zombie has its directory in /proc until somebody has waited for it.
  @Test
  void nobodyStaysAsAZombie() throws Exception {
    Spawn.Child unasked = shell("exit 0");
    Spawn.Child child = shell("exec sleep 1000");
    CountDownLatch interrupted = new CountDownLatch(1);
    Thread waiting =
        Thread.ofVirtual()
            .start(() -> {
              try {
                child.await();
              } catch (IOException | InterruptedException e) {
                interrupted.countDown();
              }
            });
    waiting.interrupt();
    interrupted.await();
    child.kill(15);
    for (Spawn.Child one : List.of(unasked, child)) {
      while (Files.exists(Path.of("/proc/" + one.pid()))) {
        Thread.sleep(10);
      }
    }
    assertThat(child.await()).isEqualTo(143);
  }
}

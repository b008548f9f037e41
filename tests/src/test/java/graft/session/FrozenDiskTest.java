package graft.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An engine whose disk takes its time: here one of its own that is frozen, as a snapshot of it
/// does, and for some moments any disk under load.
@Tag("root")
@Timeout(600)
class FrozenDiskTest {
  private static final String BRIDGE = "graft-z0";

  /// More than there are threads to carry virtual ones, as long as nobody adds some.
  private static final int WRITERS = 4 * Runtime.getRuntime().availableProcessors() + 40;

  @TempDir Path dir;
  private Session session;
  private DaemonProcess daemon;

  @BeforeEach
  void start() throws Exception {
    for (String command : new String[] {"docker", "mkfs.ext4", "fsfreeze"}) {
      assumeTrue(Session.has(command), "there is no " + command);
    }
    Files.createDirectory(dir.resolve("data"));
    boolean mounted =
        bash("truncate -s 64M image && mkfs.ext4 -q image && mount -o loop image data") == 0;
    assumeTrue(mounted, "no loop device can be mounted here");
    daemon = DaemonProcess.start(dir, BRIDGE);
    session = new Session(daemon.host(), Files.createDirectory(dir.resolve("scratch")));
  }

  @AfterEach
  void stop() throws Exception {
    var _ = bash("fsfreeze -u data");
    if (daemon != null) {
      daemon.close();
    }
    var _ = bash("umount data; ip link del " + BRIDGE);
  }

  private int bash(String script) throws IOException, InterruptedException {
    return new ProcessBuilder("bash", "-c", script)
        .directory(dir.toFile())
        .redirectErrorStream(true)
        .redirectOutput(dir.resolve("bash.log").toFile())
        .start()
        .waitFor();
  }

  private String docker(String command) throws IOException, InterruptedException {
    Session.Answer answer = session.run(new Session.Step(command, true));
    assertThat(answer.exit()).as(answer.text()).isZero();
    return answer.out().strip();
  }

  /// How many threads of the engine sit in the kernel and cannot be interrupted.
  private long stuck() throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + daemon.pid() + "/task"))) {
      return tasks.filter(FrozenDiskTest::isStuck).count();
    }
  }

  private static boolean isStuck(Path task) {
    try {
      String stat = Files.readString(task.resolve("stat"));
      return stat.startsWith(" D ", stat.lastIndexOf(')') + 1);
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      return false; // it ended while it was read
    }
  }

  @Test
  void whoeverNeedsNothingOfTheDiskIsAnswered() throws Exception {
    assertThat(docker("docker volume create before")).isEqualTo("before");
    assertThat(docker("docker network create between")).isNotEmpty();
    assertThat(bash("fsfreeze -f data")).isZero();
    ProcessBuilder builder =
        new ProcessBuilder(
                "bash",
                "-c",
                "for i in $(seq "
                    + WRITERS
                    + "); do tar -c bash.log | docker import - w:$i & done;"
                    + " wait")
            .directory(dir.toFile())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("writers.log").toFile());
    builder.environment().put("DOCKER_HOST", daemon.host());
    Process writers = builder.start();
    while (stuck() < WRITERS) {
      Thread.sleep(20);
    }
    for (String answer :
        List.of(
            "curl -fsS -m 30 --unix-socket " + daemon.socket() + " http://d/_ping",
            "timeout 30 docker version",
            "timeout 30 docker ps -a",
            "timeout 30 docker images",
            "timeout 30 docker network inspect between",
            "timeout 30 docker events --since 10m --until 0s")) {
      assertThat(docker(answer)).as(answer).isNotEmpty();
    }
    assertThat(docker("timeout 30 docker volume ls -q")).isEqualTo("before");
    assertThat(writers.isAlive()).isTrue();
    assertThat(bash("fsfreeze -u data")).isZero();
    writers.waitFor();
    assertThat(docker("docker images -q w").lines()).hasSize(WRITERS);
  }
}

package graft.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The life of containers as the docker command sees it, over ends of the engine too.
@Tag("root")
class LifeTest {
  @TempDir private static Path dir;
  private static DaemonProcess daemon;
  private static Session session;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(Session.has("docker"), "there is no docker command");
    assumeTrue(Session.has("busybox"), "busybox-static is not installed");
    daemon = DaemonProcess.start(dir, "graft-l1");
    session = new Session(daemon.host(), Files.createDirectory(dir.resolve("scratch")));
    session.furnish();
    out("docker import -c 'CMD [\"sh\"]' $S/busybox.tar base:1");
  }

  @AfterEach
  void tidy() throws Exception {
    docker("docker rm -f $(docker ps -aq)");
    assertThat(out("docker ps -aq")).isEmpty();
  }

  @AfterAll
  static void stop() throws Exception {
    if (daemon != null) {
      daemon.close();
      session.run(new Session.Step("ip link del graft-l1", false));
    }
  }

  private static Session.Answer docker(String command) throws IOException, InterruptedException {
    return session.run(new Session.Step(command, true));
  }

  private static String out(String command) throws IOException, InterruptedException {
    Session.Answer answer = docker(command);
    assertThat(answer.exit()).as(answer.text()).isZero();
    return answer.out().strip();
  }

  /// Waits until a command prints this.
  private static void until(String wanted, String command)
      throws IOException, InterruptedException {
    String got = "";
    for (int i = 0; i < 600; i++) {
      got = docker(command).out().strip();
      if (got.equals(wanted)) {
        return;
      }
      Thread.sleep(100);
    }
    assertThat(got).as(command).isEqualTo(wanted);
  }

  private static final String HEALTH = "docker inspect -f '{{.State.Health.Status}}' c1";

  @Test
  void healthIsLookedAfterOverTheEndOfAnEngine() throws Exception {
    out(
        "docker create --name c1 --net none --health-cmd 'echo seen; test -e /ok'"
            + " --health-interval 200ms --health-retries 2 base:1 sleep 1000");
    assertThat(out("docker inspect -f '{{json .State.Health}}' c1")).isEqualTo("null");
    out("docker start c1");
    until("unhealthy", HEALTH);
    out("docker exec c1 touch /ok");
    until("healthy", HEALTH);
    assertThat(out("docker ps --filter health=healthy --format '{{.Status}}'"))
        .endsWith("(healthy)");
    assertThat(out("docker ps -q --filter health=unhealthy --filter health=none")).isEmpty();
    daemon.kill();
    daemon.startAgain();
    assertThat(out(HEALTH)).isEqualTo("healthy");
    assertThat(out("docker inspect -f '{{range .State.Health.Log}}{{.Output}}{{end}}' c1"))
        .contains("seen\nseen");
    out("docker exec c1 rm /ok");
    until("unhealthy", HEALTH);
    until(
        "health_status: unhealthy",
        "docker events --since 60s --until 0s --filter event=health_status --filter container=c1"
            + " --format '{{.Action}}' | tail -1");
    out("docker exec c1 touch /ok");
    until("healthy", HEALTH);
    out("docker pause c1");
    assertThat(out(HEALTH)).isEqualTo("unhealthy");
    assertThat(out("docker ps --format '{{.Status}}'")).endsWith("(Paused)");
    out("docker unpause c1");
    until("healthy", HEALTH);
    out("docker restart -t 0 c1");
    until("healthy", HEALTH);
    out("docker stop -t 0 c1");
    assertThat(out(HEALTH)).isEqualTo("unhealthy");
  }

  @Test
  void aCheckThatHangsIsKilled() throws Exception {
    out(
        "docker run -d --name hangs --net none --health-cmd 'echo said; exec sleep 987'"
            + " --health-interval 100ms --health-timeout 300ms --health-retries 1 base:1 sleep 1000");
    until("unhealthy", "docker inspect -f '{{.State.Health.Status}}' hangs");
    // On a busy machine one may be killed before it has said anything.
    until(
        "-1 Health check exceeded timeout (300ms): said",
        "docker inspect -f '{{range .State.Health.Log}}{{.ExitCode}} {{.Output}}{{println}}{{end}}' hangs"
            + " | grep -m 1 said");
    out("docker stop -t 0 hangs && docker start hangs");
    out("docker run -d --name none --net none --no-healthcheck base:1 sleep 1000");
    assertThat(out("docker inspect -f '{{json .State.Health}}' none")).isEqualTo("null");
  }

  @Test
  void theCheckOfAnImageIsMergedFieldByField() throws Exception {
    out(
        "docker create --name made base:1 && docker commit"
            + " -c 'HEALTHCHECK --interval=3s --retries=7 CMD true' made checked:1");
    out("docker create --name c1 --health-retries 2 --net none checked:1 sleep 5");
    assertThat(out("docker inspect -f '{{json .Config.Healthcheck}}' c1"))
        .isEqualTo("{\"Test\":[\"CMD-SHELL\",\"true\"],\"Interval\":3000000000,\"Retries\":2}");
  }

  @Test
  void policiesHoldOverTheEndOfAnEngine() throws Exception {
    out("docker run -d --name always --restart always --net none base:1 sleep 1000");
    out("docker run -d --name unless --restart unless-stopped --net none base:1 sleep 1000");
    out("docker run -d --name never --net none base:1 sleep 1000");
    out("docker run -d --name thrice --restart on-failure:3 --net none base:1 sh -c 'exit 4'");
    until(
        "exited 4 3",
        "docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}' thrice");
    out("docker stop -t 0 always unless never");
    daemon.kill();
    daemon.startAgain();
    until("running", "docker inspect -f '{{.State.Status}}' always");
    assertThat(out("docker inspect -f '{{.State.Status}}' unless never thrice"))
        .isEqualTo("exited\nexited\nexited");
    out("docker run -d --name loops --restart always --net none base:1 sh -c 'exit 3'");
    daemon.kill();
    daemon.startAgain();
    Session.Answer exec = docker("docker inspect -f '{{.RestartCount}}' loops");
    int before = Integer.parseInt(exec.out().strip());
    for (int i = 0;
        i < 600 && Integer.parseInt(out("docker inspect -f '{{.RestartCount}}' loops")) <= before;
        i++) {
      Thread.sleep(100);
    }
    assertThat(Integer.parseInt(out("docker inspect -f '{{.RestartCount}}' loops")))
        .isGreaterThan(before);
    out("docker stop -t 0 loops");
    assertThat(out("docker inspect -f '{{.State.Status}} {{.State.Restarting}}' loops"))
        .isEqualTo("exited false");
  }

  @Test
  void whatMemoryEndsIsToldApart() throws Exception {
    Session.Answer run =
        docker(
            "docker run --name c1 --net none -m 16m --memory-swap 16m base:1"
                + " sh -c 'head -c 200m /dev/zero | tail > /dev/null; exit $?'");
    assertThat(run.exit()).isEqualTo(137);
    assertThat(out("docker inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' c1"))
        .isEqualTo("true 137");
    until("oom", "docker events --since 60s --until 0s --filter event=oom --format '{{.Action}}'");
  }

  @Test
  void memoryIsSharedWithWhomItIsFor() throws Exception {
    out(
        "docker run -d --name donor --net none --ipc shareable --shm-size 1m base:1"
            + " sh -c 'echo word > /dev/shm/w; sleep 1000'");
    until("word", "docker run --rm --net none --ipc container:donor base:1 cat /dev/shm/w");
    daemon.kill();
    daemon.startAgain();
    assertThat(out("docker run --rm --net none --ipc container:donor base:1 cat /dev/shm/w"))
        .isEqualTo("word");
    assertThat(out("docker run --rm --net none --ipc none base:1 ls /dev")).doesNotContain("shm");
    out("docker run -d --name closed --net none base:1 sleep 1000");
    Session.Answer refused =
        docker("docker run --name j1 --net none --ipc container:closed base:1");
    assertThat(refused.exit()).isEqualTo(125);
    assertThat(refused.out()).contains("non-shareable IPC");
    out("docker rm -f donor closed j1");
    assertThat(Files.readAllLines(Path.of("/proc/self/mounts")))
        .noneMatch(line -> line.contains(dir.toString()));
  }

  /// A start that fails after one that did not: it has exited still, and says why.
  @Test
  void aStartThatFailsSaysSo() throws Exception {
    out("docker run -d --name c1 --net none -v $S/bind:/b base:1 true");
    until("exited", "docker inspect -f '{{.State.Status}}' c1");
    assertThat(
            docker("docker create --name d1 --net none --device /dev/null-such base:1 true").exit())
        .isZero();
    Session.Answer failed = docker("docker start d1");
    assertThat(failed.out()).contains("no such file or directory");
    assertThat(out("docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' d1"))
        .isEqualTo("created 128");
  }

  /// What a container says gets to a syslog in order and once, and is there for `logs` too; an
  /// engine that was away sends what was said meanwhile.
  @Test
  void syslogGetsWhatIsSaid() throws Exception {
    List<String> heard = new CopyOnWriteArrayList<>();
    try (ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Thread.ofVirtual()
          .start(() -> {
            while (!server.isClosed()) {
              try (Socket client = server.accept()) {
                new BufferedReader(
                        new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))
                    .lines()
                    .forEach(heard::add);
              } catch (IOException e) {
                return;
              }
            }
          });
      String driver =
          " --net none --log-driver syslog --log-opt tag='{{.Name}}' --log-opt syslog-address=tcp://127.0.0.1:"
              + server.getLocalPort()
              + " ";
      out(
          "docker run -d --name talks"
              + driver
              + "base:1 sh -c"
              + " 'for i in $(seq 40); do echo line $i; sleep 0.1; done; head -c 40000 /dev/zero | tr \"\\\\0\" x'");
      Thread.sleep(500);
      daemon.kill();
      Thread.sleep(500);
      daemon.startAgain();
      out("docker wait talks");
      assertThat(out("docker logs talks").lines().filter(l -> l.startsWith("line"))).hasSize(40);
      out("docker run --rm --name brief" + driver + "base:1 echo last words");
      for (int i = 0; i < 1200 && heard.stream().noneMatch(l -> l.endsWith("last words")); i++) {
        Thread.sleep(100);
      }
    }
    assertThat(heard).last().asString().matches("<30>.* brief\\[\\d+]: last words");
    List<String> lines = heard.stream().filter(l -> l.contains(": line ")).distinct().toList();
    List<String> numbers =
        lines.stream().map(l -> l.substring(l.indexOf(": line ") + 7)).distinct().toList();
    assertThat(numbers)
        .isEqualTo(IntStream.rangeClosed(1, 40).mapToObj(Integer::toString).toList());
    assertThat(
            heard.stream()
                .filter(l -> l.endsWith("xxx"))
                .mapToInt(l -> l.length() - l.indexOf(": x") - 2)
                .sum())
        .isEqualTo(40000);
    Session.Answer refused =
        docker(
            "docker run --rm --net none --log-driver syslog --log-opt syslog-address=tcp://127.0.0.1:1 base:1");
    assertThat(refused.out())
        .contains(
            "failed to initialize logging driver: dial tcp 127.0.0.1:1: connect: connection refused");
  }
}

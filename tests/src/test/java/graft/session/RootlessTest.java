package graft.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The engine of a normal user, used with the docker command. The tests are root's, to make the
/// user.
@Tag("root")
class RootlessTest {
  private static final String USER = "graftrl";

  @TempDir private static Path dir;
  private static OtherUser user;
  private static Process daemon;
  private static Session session;

  @BeforeAll
  static void start() throws Exception {
    for (String program : new String[] {"docker", "newuidmap", "pasta", "setpriv", "useradd"}) {
      assumeTrue(Session.has(program), program + " is not installed");
    }
    assumeTrue(Session.has("busybox"), "busybox-static is not installed");
    assumeTrue(Files.exists(Path.of("/dev/net/tun")), "there is no /dev/net/tun");
    user = OtherUser.make(USER);
    daemon = launch();
    session =
        new Session(
            "unix://" + user.runtime().resolve("graft.sock"),
            Files.createDirectory(dir.resolve("scratch")));
    session.furnish();
    out("docker import -c 'CMD [\"sh\"]' $S/busybox.tar base:1");
  }

  @BeforeEach
  void running() throws Exception {
    if (!daemon.isAlive()) {
      daemon = launch();
    }
  }

  @AfterEach
  void tidy() throws Exception {
    if (daemon.isAlive()) {
      docker("docker rm -f $(docker ps -aq)");
      out("docker volume prune -af && docker network prune -f");
    }
  }

  @AfterAll
  static void stop() throws Exception {
    if (user != null) {
      user.close();
    }
  }

  private static Process launch() throws Exception {
    Path log = dir.resolve("daemon.log");
    Process started = user.daemon(log);
    for (int i = 0; i < 600; i++) {
      try (SocketChannel _ =
          SocketChannel.open(UnixDomainSocketAddress.of(user.runtime().resolve("graft.sock")))) {
        return started;
      } catch (IOException e) {
        if (started.waitFor(100, TimeUnit.MILLISECONDS)) {
          break;
        }
      }
    }
    throw new IOException("the daemon did not start: " + Files.readString(log));
  }

  private static Session.Answer docker(String command) throws IOException, InterruptedException {
    return session.run(new Session.Step(command, true));
  }

  private static String out(String command) throws IOException, InterruptedException {
    Session.Answer answer = docker(command);
    assertThat(answer.exit()).as(answer.text()).isZero();
    return answer.out().strip();
  }

  /// What a server at a port answers, asked ten times a second; empty if it does not.
  private static String ask(String address, int port, int tries)
      throws IOException, InterruptedException {
    for (int i = 0; i < tries; i++) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), 2000);
        socket.setSoTimeout(2000);
        String said = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!said.isEmpty()) {
          return said.strip();
        }
      } catch (IOException e) {
        // Not yet, or not at all.
      }
      Thread.sleep(100);
    }
    return "";
  }

  @Test
  void rootInAContainerIsTheUserOutside() throws Exception {
    assertThat(out("docker run --rm base:1 echo hello")).isEqualTo("hello");
    assertThat(out("docker info -f '{{.SecurityOptions}}'")).contains("name=rootless");
    out("docker run -d --name c1 base:1 sleep 1000");
    String pid = out("docker inspect -f '{{.State.Pid}}' c1");
    assertThat(OtherUser.sh("stat -c %U /proc/" + pid).strip()).isEqualTo(USER);
    assertThat(out("docker exec c1 id -u")).isEqualTo("0");
    assertThat(out("docker exec -u 1000 c1 id -u")).isEqualTo("1000");
    assertThat(out("docker top c1")).contains("sleep 1000").doesNotContain("java");
    // The first subordinate id is 1 inside.
    long first =
        Long.parseLong(OtherUser.sh("grep ^" + USER + ": /etc/subuid").strip().split(":")[1]);
    out("docker run --rm -v v1:/v base:1 sh -c 'echo kept > /v/f; chown 1000:1000 /v/f'");
    Path volume = user.home().resolve(".local/share/graft/volumes/v1/_data/f");
    assertThat(OtherUser.sh("stat -c %u " + volume).strip()).isEqualTo(Long.toString(first + 999));
    assertThat(out("docker run --rm -v v1:/v base:1 cat /v/f")).isEqualTo("kept");
    // Nobody else gets at set-user-id programs of images.
    assertThat(OtherUser.sh("stat -c %a " + user.home().resolve(".local/share/graft")).strip())
        .isEqualTo("700");
  }

  @Test
  void writableLayersBecomeImages() throws Exception {
    out("docker run --name c1 base:1 sh -c 'rm -rf /var /bin/vi; mkdir /var; echo new > /var/n'");
    out("docker commit c1 made:1");
    assertThat(out("docker run --rm made:1 ls /var")).isEqualTo("n");
    assertThat(docker("docker run --rm made:1 ls /bin/vi").exit()).isNotZero();
    // Over another layer that hid what is below, and by way of a tar.
    out("docker run --name c2 made:1 sh -c 'rm -rf /var; mkdir /var; touch /var/newer'");
    out("docker commit c2 made:2");
    out("docker save -o $S/made.tar made:2 && docker rm c1 c2 && docker rmi made:1 made:2");
    out("docker load -i $S/made.tar");
    assertThat(out("docker run --rm made:2 ls /var")).isEqualTo("newer");
    assertThat(out("docker run --rm made:2 stat -c %a /tmp")).isEqualTo("1777");
    out("echo brought > $S/f && docker create --name c3 base:1 && docker cp $S/f c3:/f");
    assertThat(out("docker cp c3:/f - | tar -xO")).isEqualTo("brought");
  }

  @Test
  void imagesAreBuilt() throws Exception {
    Path context = Files.createDirectory(dir.resolve("scratch/context"));
    Files.writeString(context.resolve("f"), "brought");
    Files.writeString(
        context.resolve("Dockerfile"),
        """
        FROM base:1 AS made
        COPY --chown=1000:1000 f /f
        RUN --mount=type=cache,target=/c echo x >> /c/n && wc -l < /c/n > /n && id -u > /who
        RUN rm -rf /var && mkdir /var && chown 7:8 /var && touch /var/new
        FROM base:1
        COPY --from=made /f /n /who /
        COPY --from=made /var /var2
        """);
    for (String builder : new String[] {"DOCKER_BUILDKIT=0 docker", "docker"}) {
      out(builder + " build --no-cache -t built:1 $S/context");
      assertThat(
              out(
                  "docker run --rm built:1 sh -c 'cat /f; stat -c \" %u:%g\" /f /var2/new; cat /who'"))
          .isEqualTo("brought 1000:1000\n 0:0\n0");
    }
    assertThat(out("docker run --rm built:1 cat /n")).isEqualTo("2");
  }

  @Test
  void whatAUserMayNotDoIsSaidOrLeftOut() throws Exception {
    assertThat(docker("docker run --rm -p 7:80 base:1 true").out())
        .contains("a rootless engine may not listen on ports as low as 7; publish a higher one");
    Session.Answer limited = docker("docker run --rm -m 50m base:1 echo ran");
    assertThat(limited.out()).contains("ran").contains("Limitation discarded");
    out("docker run -d --name c1 base:1 sleep 1000");
    assertThat(docker("docker pause c1").out()).contains("no control groups");
    out(
        "docker run --rm --privileged base:1 sh -c 'mount -t tmpfs none /mnt && test -e /dev/null'");
    out("docker run --rm --network host base:1 ip link show graft0");
  }

  @Test
  void containersReachOutAndAreReached() throws Exception {
    String address = "198.51.100.77";
    OtherUser.sh("ip addr add " + address + "/32 dev lo");
    try (ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
      Thread.ofVirtual().start(() -> serve(server));
      // pasta of 2023 keeps a connection of which nc has closed its direction until the timeout.
      assertThat(
              out(
                  "docker run --rm base:1 sh -c 'timeout 5 nc "
                      + address
                      + " "
                      + server.getLocalPort()
                      + " | head -n 1' 2>/dev/null"))
          .isEqualTo("served");
    } finally {
      OtherUser.sh("ip addr del " + address + "/32 dev lo");
    }
    String listen = "sh -c 'while true; do echo answer | nc -l -p 80; done'";
    out("docker run -d --name c1 -p 127.0.0.1:18077:80 base:1 " + listen);
    assertThat(ask("127.0.0.1", 18077, 600)).isEqualTo("answer");
    assertThat(ask("127.0.0.2", 18077, 50)).isEmpty();
    out("docker network create n1 && docker run -d --name c2 --net n1 base:1 " + listen);
    assertThat(out("docker run --rm --net n1 base:1 sh -c 'timeout 5 nc c2 80 | head -n 1'"))
        .isEqualTo("answer");
  }

  private static void serve(ServerSocket server) {
    try {
      while (true) {
        try (Socket client = server.accept();
            OutputStream out = client.getOutputStream()) {
          out.write("served\n".getBytes(StandardCharsets.UTF_8));
        }
      }
    } catch (IOException closed) {
      return;
    }
  }

  @Test
  void theNextEngineFindsTheContainersOfAKilledOne() throws Exception {
    String listen = "sh -c 'while true; do echo answer | nc -l -p 80; done'";
    out("docker run -d --name c1 -p 127.0.0.1:18078:80 base:1 " + listen);
    out("docker exec c1 sh -c 'echo before > /f'");
    String pid = out("docker inspect -f '{{.State.Pid}}' c1");
    daemon.destroyForcibly().waitFor();
    assertThat(OtherUser.sh("ps -o comm= -u " + USER)).contains("sleep").contains("conmon");
    daemon = launch();
    assertThat(out("docker inspect -f '{{.State.Pid}}' c1")).isEqualTo(pid);
    assertThat(out("docker exec c1 cat /f")).isEqualTo("before");
    assertThat(ask("127.0.0.1", 18078, 600)).isEqualTo("answer");
    // A stop leaves the containers too, and what they live in.
    daemon.destroy();
    assertThat(daemon.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(OtherUser.sh("ps -o comm= -u " + USER)).contains("conmon", "sleep", "pass");
    daemon = launch();
    out("docker restart -t 0 c1");
    assertThat(out("docker exec c1 cat /f")).isEqualTo("before");
    // With the last container all goes.
    out("docker rm -f c1");
    daemon.destroy();
    assertThat(daemon.waitFor(120, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 1200 && !user.processes().isEmpty(); i++) {
      Thread.sleep(100);
    }
    assertThat(user.processes()).isEmpty();
    assertThat(user.runtime().resolve("graft/holder")).doesNotExist();
    assertThat(OtherUser.sh("grep " + user.home() + " /proc/self/mountinfo")).isEmpty();
  }
}

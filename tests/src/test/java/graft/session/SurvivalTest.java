package graft.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.registry.RegistryProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The daemon is killed, as by SIGKILL, in the midst of work: what was promised is there
/// afterwards, and nothing half made can be seen. `-Dgraft.kills=500` makes a long one of it.
@Tag("root")
class SurvivalTest {
  private static final int KILLS = Integer.getInteger("graft.kills", 40);

  @TempDir Path dir;
  private DaemonProcess daemon;
  private Session session;
  private RegistryProcess registry;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/busybox")), "busybox-static is not installed");
    assumeTrue(
        sh("command -v docker", "") == 0 && RegistryProcess.installed(),
        "docker or docker-registry is not installed");
    daemon = DaemonProcess.start(dir, "graft-s3");
    registry = RegistryProcess.start(dir, "", "");
    Path scratch = Files.createDirectory(dir.resolve("scratch"));
    session = new Session(daemon.host(), scratch);
    session.furnish();
    assertThat(docker("docker import -c 'CMD [\"sh\"]' $S/busybox.tar base:1").exit()).isZero();
  }

  @AfterEach
  void stop() throws Exception {
    if (daemon != null) {
      docker("docker rm -f $(docker ps -aq)");
      daemon.close();
      sh("ip link del graft-s3", "");
    }
    if (registry != null) {
      registry.close();
    }
  }

  /// No monitor and no state of the runtime outlives its container's removal.
  private void nothingIsLeft() throws Exception {
    docker("docker rm -f $(docker ps -aq)");
    assertThat(out("docker ps -aq")).isEmpty();
    List<String> processes =
        ProcessHandle.allProcesses()
            .flatMap(p -> p.info().commandLine().stream())
            .filter(line -> line.contains("conmon") && line.contains(dir.toString()))
            .toList();
    assertThat(processes).isEmpty();
    try (Stream<Path> left = Files.walk(dir.resolve("run"))) {
      assertThat(left.filter(p -> p.getFileName().toString().equals("state.json"))).isEmpty();
    }
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      assertThat(mounts.filter(line -> line.contains(dir.toString()))).isEmpty();
    }
  }

  private static int sh(String script, String host) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", script);
    builder.environment().put("DOCKER_HOST", host);
    builder
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    if (!process.waitFor(300, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      return -1;
    }
    return process.exitValue();
  }

  private Session.Answer docker(String command) throws IOException, InterruptedException {
    return session.run(new Session.Step(command, true));
  }

  private String out(String command) throws IOException, InterruptedException {
    Session.Answer answer = docker(command);
    assertThat(answer.exit()).as(answer.text()).isZero();
    return answer.out().strip();
  }

  @Test
  void whatRunsGoesOnAndWhatEndedIsKnown() throws Exception {
    out(
        "docker run -d --name runs base:1 sh -c 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.1; done'");
    out("docker run -d --name ends base:1 sh -c 'sleep 1; echo last words; exit 7'");
    out("docker run -d --name again --restart always base:1 sh -c 'sleep 300'");
    long pid = Long.parseLong(out("docker inspect -f '{{.State.Pid}}' ends"));
    daemon.kill();
    // The container ends while nobody watches it.
    ProcessHandle.of(pid).ifPresent(p -> p.onExit().join());
    daemon.startAgain();
    assertThat(out("docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' ends"))
        .isEqualTo("exited 7");
    assertThat(out("docker logs ends")).isEqualTo("last words");
    assertThat(out("docker wait ends")).isEqualTo("7");
    assertThat(out("docker inspect -f '{{.State.Status}}' runs again"))
        .isEqualTo("running\nrunning");
    assertThat(out("docker exec runs echo in")).isEqualTo("in");
    List<String> log = out("docker logs runs").lines().toList();
    assertThat(log.size()).isGreaterThan(10);
    for (int i = 0; i < log.size(); i++) {
      assertThat(log.get(i)).isEqualTo(Integer.toString(i));
    }
    assertThat(out("docker stop -t 0 runs")).isEqualTo("runs");
    assertThat(out("docker inspect -f '{{.State.ExitCode}}' runs")).isEqualTo("137");
  }

  /// Runs, commits, saves, loads and removals go on in a loop while the daemon is killed again and
  /// again at random moments.
  @Test
  void killsAtRandomMoments() throws Exception {
    String base = out("docker image inspect -f '{{.Id}}' base:1");
    String remote = registry.host() + "/pulled:1";
    out("docker run --name first base:1 sh -c 'head -c 20000000 /dev/urandom > /f'");
    out("docker commit first " + remote + " && docker push -q " + remote);
    out("docker rm first && docker rmi " + remote);
    long seed = System.nanoTime();
    Random random = new Random(seed);
    AtomicBoolean stop = new AtomicBoolean();
    Thread work =
        Thread.ofPlatform()
            .start(() -> {
              int i = 0;
              try {
                while (!stop.get()) {
                  i++;
                  sh(
                      "docker pull -q "
                          + remote
                          + "; docker run --name w"
                          + i
                          + " --network none base:1 sh -c 'head -c 300000 /dev/urandom > /f'"
                          + "; docker commit w"
                          + i
                          + " child:"
                          + i
                          + "; docker save child:"
                          + i
                          + " | docker load; docker rm -f w"
                          + i
                          + "; docker rmi child:"
                          + (i - 1)
                          + " "
                          + remote,
                      daemon.host());
                }
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    for (int kill = 0; kill < KILLS; kill++) {
      TimeUnit.MILLISECONDS.sleep(50 + random.nextInt(600));
      daemon.kill();
      daemon.startAgain();
      check("kill " + kill + " of seed " + seed, base);
    }
    stop.set(true);
    work.join();
    nothingIsLeft();
  }

  /// Everything that is listed is whole: each image runs, and no container is in an impossible
  /// state.
  private void check(String when, String base) throws Exception {
    Session.Answer id = docker("docker image inspect -f '{{.Id}}' base:1");
    assertThat(id.out().strip()).as(when).isEqualTo(base);
    String newest = out("docker images --format '{{.Repository}}:{{.Tag}}' child | head -1");
    if (!newest.isEmpty()) {
      Session.Answer run =
          docker("docker run --rm --pull never --network none " + newest + " sh -c 'wc -c < /f'");
      if (run.exit() == 0) {
        assertThat(run.out().strip()).as(when).isEqualTo("300000");
      } else {
        // It was removed by the loop in between.
        assertThat(run.out()).as(when).contains("No such image: " + newest);
      }
    }
    Session.Answer all = docker("docker ps -a --format '{{.State}}'");
    assertThat(all.exit()).as(when + all.text()).isZero();
    assertThat(all.out().lines().distinct().toList())
        .as(when)
        .isSubsetOf("created", "running", "exited", "removing");
  }
}

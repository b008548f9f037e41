package graft.client;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.BuildImageResultCallback;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.BuildResponseItem;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Network;
import com.github.dockerjava.api.model.Ports;
import com.github.dockerjava.api.model.RestartPolicy;
import com.github.dockerjava.api.model.Statistics;
import com.github.dockerjava.api.model.StreamType;
import com.github.dockerjava.api.model.Volume;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// docker-java, unmodified, by its own commands.
@Tag("root")
class DockerJavaTest {
  @TempDir private static Path dir;
  private static ClientEngine engine;
  private static DockerClient docker;

  @BeforeAll
  static void start() throws Exception {
    engine = ClientEngine.start(dir);
    DockerClientConfig config =
        DefaultDockerClientConfig.createDefaultConfigBuilder()
            .withDockerHost(engine.host())
            .withDockerTlsVerify(false)
            .build();
    docker =
        DockerClientImpl.getInstance(
            config,
            new ZerodepDockerHttpClient.Builder().dockerHost(config.getDockerHost()).build());
  }

  @AfterAll
  static void stop() throws IOException {
    if (docker != null) {
      docker.close();
    }
    if (engine != null) {
      engine.close();
    }
  }

  @AfterEach
  void tidy() {
    docker
        .listContainersCmd()
        .withShowAll(true)
        .exec()
        .forEach(c -> docker.removeContainerCmd(c.getId()).withForce(true).exec());
  }

  private static String start(String... command) {
    String id = docker.createContainerCmd("busybox").withCmd(command).exec().getId();
    docker.startContainerCmd(id).exec();
    return id;
  }

  /// Output by stream until its end.
  private static final class Heard extends ResultCallback.Adapter<Frame> {
    private final StringBuilder out = new StringBuilder();
    private final StringBuilder err = new StringBuilder();

    @Override
    public synchronized void onNext(Frame frame) {
      (frame.getStreamType() == StreamType.STDERR ? err : out)
          .append(new String(frame.getPayload(), StandardCharsets.UTF_8));
    }

    private synchronized String out() {
      return out.toString();
    }

    private synchronized String err() {
      return err.toString();
    }
  }

  private static Heard logs(String id) throws InterruptedException {
    Heard heard = new Heard();
    docker.logContainerCmd(id).withStdOut(true).withStdErr(true).withFollowStream(true).exec(heard);
    heard.awaitCompletion(Command.PATIENCE, TimeUnit.SECONDS);
    return heard;
  }

  @Test
  void theEngineTellsOfItself() {
    docker.pingCmd().exec();
    assertThat(docker.versionCmd().exec().getOperatingSystem()).isEqualTo("linux");
    assertThat(docker.infoCmd().exec().getDriver()).isEqualTo("overlay2");
  }

  @Test
  void aContainerRunsAndIsAwaited() throws Exception {
    String id = start("sh", "-c", "echo out; echo err >&2; exit 3");
    assertThat(
            docker.waitContainerCmd(id).start().awaitStatusCode(Command.PATIENCE, TimeUnit.SECONDS))
        .isEqualTo(3);
    Heard heard = logs(id);
    assertThat(heard.out()).isEqualTo("out\n");
    assertThat(heard.err()).isEqualTo("err\n");
    InspectContainerResponse.ContainerState state =
        docker.inspectContainerCmd(id).exec().getState();
    assertThat(state.getStatus()).isEqualTo("exited");
    assertThat(state.getExitCodeLong()).isEqualTo(3);
  }

  @Test
  void whatWasAskedForIsThere() throws Exception {
    Path shared = Files.createDirectory(dir.resolve("shared"));
    Files.writeString(shared.resolve("f"), "from the host\n");
    ExposedPort port = ExposedPort.tcp(8080);
    Ports ports = new Ports();
    ports.bind(port, Ports.Binding.bindIp("127.0.0.1"));
    String id =
        docker
            .createContainerCmd("busybox")
            .withName("whole")
            .withCmd("sh", "-c", "cat /shared/f; env; id -u; exec sleep 1000")
            .withEnv("A=1", "B=two words")
            .withUser("1000")
            .withLabels(Map.of("tier", "test"))
            .withExposedPorts(port)
            .withHostConfig(
                HostConfig.newHostConfig()
                    .withPortBindings(ports)
                    .withMemory(64L << 20)
                    .withPidsLimit(50L)
                    .withRestartPolicy(RestartPolicy.onFailureRestart(2))
                    .withBinds(Bind.parse(shared + ":/shared:ro")))
            .exec()
            .getId();
    docker.startContainerCmd(id).exec();
    InspectContainerResponse seen = docker.inspectContainerCmd("whole").exec();
    assertThat(seen.getHostConfig().getMemory()).isEqualTo(64L << 20);
    assertThat(seen.getHostConfig().getRestartPolicy().getMaximumRetryCount()).isEqualTo(2);
    assertThat(seen.getConfig().getLabels()).containsEntry("tier", "test");
    Ports.Binding[] bindings = seen.getNetworkSettings().getPorts().getBindings().get(port);
    assertThat(requireNonNull(bindings)[0].getHostPortSpec()).matches("[0-9]+");
    Await.until("its last line", () -> snapshot(id).contains("1000\n"));
    assertThat(snapshot(id)).contains("from the host", "A=1", "B=two words");
    assertThat(docker.listContainersCmd().withLabelFilter(List.of("tier=test")).exec())
        .extracting(c -> c.getNames()[0])
        .containsExactly("/whole");
    docker.updateContainerCmd(id).withMemory(32L << 20).withMemorySwap(64L << 20).exec();
    assertThat(docker.inspectContainerCmd(id).exec().getHostConfig().getMemory())
        .isEqualTo(32L << 20);
    docker.renameContainerCmd(id).withName("renamed").exec();
    docker.pauseContainerCmd(id).exec();
    assertThat(docker.inspectContainerCmd("renamed").exec().getState().getPaused()).isTrue();
    docker.unpauseContainerCmd(id).exec();
    assertThat(docker.topContainerCmd(id).exec().getProcesses()).isNotEmpty();
    docker.stopContainerCmd(id).withTimeout(0).exec();
    docker.restartContainerCmd(id).withTimeout(0).exec();
    docker.killContainerCmd(id).withSignal("KILL").exec();
  }

  private static String snapshot(String id) throws InterruptedException {
    Heard heard = new Heard();
    docker.logContainerCmd(id).withStdOut(true).withStdErr(true).exec(heard).awaitCompletion();
    return heard.out();
  }

  /// The end of what is sent does not reach the engine: docker-java closes no half of a connection.
  @Test
  void execsHaveStreamsAndACode() throws Exception {
    String id = start("sleep", "1000");
    String exec =
        docker
            .execCreateCmd(id)
            .withCmd("sh", "-c", "head -n 1; echo err >&2; exit 7")
            .withAttachStdin(true)
            .withAttachStdout(true)
            .withAttachStderr(true)
            .exec()
            .getId();
    Heard heard = new Heard();
    docker
        .execStartCmd(exec)
        .withStdIn(new ByteArrayInputStream("through\n".getBytes(StandardCharsets.UTF_8)))
        .exec(heard)
        .awaitCompletion(Command.PATIENCE, TimeUnit.SECONDS);
    assertThat(heard.out()).isEqualTo("through\n");
    assertThat(heard.err()).isEqualTo("err\n");
    assertThat(docker.inspectExecCmd(exec).exec().getExitCodeLong()).isEqualTo(7);
  }

  @Test
  void attachIsThereBeforeTheFirstByte() throws Exception {
    String id =
        docker.createContainerCmd("busybox").withCmd("sh", "-c", "seq 1 5000").exec().getId();
    Heard heard = new Heard();
    docker
        .attachContainerCmd(id)
        .withStdOut(true)
        .withStdErr(true)
        .withFollowStream(true)
        .exec(heard)
        .awaitStarted();
    docker.startContainerCmd(id).exec();
    heard.awaitCompletion(Command.PATIENCE, TimeUnit.SECONDS);
    assertThat(heard.out().lines()).hasSize(5000);
  }

  @Test
  void filesGoInAndOut() throws Exception {
    String id = start("sleep", "1000");
    Path file = Files.writeString(dir.resolve("given"), "given\n");
    docker
        .copyArchiveToContainerCmd(id)
        .withHostResource(file.toString())
        .withRemotePath("/tmp")
        .exec();
    try (InputStream tar = docker.copyArchiveFromContainerCmd(id, "/tmp/given").exec()) {
      assertThat(new String(tar.readAllBytes(), StandardCharsets.UTF_8)).contains("given\n");
    }
    assertThat(docker.containerDiffCmd(id).exec())
        .extracting(change -> change.getPath())
        .contains("/tmp/given");
    assertThatThrownBy(() -> docker.copyArchiveFromContainerCmd(id, "/none").exec())
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void imagesAreCommittedTaggedSavedAndRemoved() throws Exception {
    String id = start("sh", "-c", "echo new > /new");
    docker.waitContainerCmd(id).start().awaitStatusCode(Command.PATIENCE, TimeUnit.SECONDS);
    String image = docker.commitCmd(id).withRepository("made").withTag("1").exec();
    docker.tagImageCmd(image, "made", "2").exec();
    assertThat(docker.inspectImageCmd("made:2").exec().getRepoTags())
        .containsExactlyInAnyOrder("made:1", "made:2");
    assertThat(docker.listImagesCmd().withFilter("reference", List.of("made")).exec()).hasSize(1);
    Path tar = dir.resolve("made.tar");
    try (InputStream saved = docker.saveImageCmd("made:1").exec()) {
      Files.copy(saved, tar);
    }
    docker.removeImageCmd("made:2").exec();
    docker.removeImageCmd("made:1").exec();
    assertThatThrownBy(() -> docker.inspectImageCmd("made:1").exec())
        .isInstanceOf(NotFoundException.class);
    try (InputStream saved = Files.newInputStream(tar)) {
      docker.loadImageCmd(saved).exec();
    }
    assertThat(docker.inspectImageCmd("made:1").exec().getId()).isEqualTo(image);
    docker.removeImageCmd("made:1").withForce(true).exec();
  }

  @Test
  void networksAndVolumes() {
    String network =
        docker
            .createNetworkCmd()
            .withName("dj")
            .withIpam(
                new Network.Ipam()
                    .withConfig(new Network.Ipam.Config().withSubnet("10.214.31.0/24")))
            .exec()
            .getId();
    docker.createVolumeCmd().withName("dj").withLabels(Map.of("a", "b")).exec();
    String id =
        docker
            .createContainerCmd("busybox")
            .withCmd("sleep", "1000")
            .withHostConfig(
                HostConfig.newHostConfig()
                    .withNetworkMode("dj")
                    .withBinds(new Bind("dj", new Volume("/v"))))
            .exec()
            .getId();
    docker.startContainerCmd(id).exec();
    ContainerNetwork joined =
        docker.inspectContainerCmd(id).exec().getNetworkSettings().getNetworks().get("dj");
    assertThat(requireNonNull(joined).getIpAddress()).startsWith("10.214.31.");
    docker.disconnectFromNetworkCmd().withNetworkId(network).withContainerId(id).exec();
    docker.connectToNetworkCmd().withNetworkId(network).withContainerId(id).exec();
    assertThat(docker.inspectNetworkCmd().withNetworkId("dj").exec().getContainers())
        .containsOnlyKeys(id);
    assertThat(docker.listVolumesCmd().exec().getVolumes())
        .extracting(volume -> volume.getName())
        .containsExactly("dj");
    assertThatThrownBy(() -> docker.removeVolumeCmd("dj").exec())
        .isInstanceOf(ConflictException.class);
    docker.removeContainerCmd(id).withForce(true).exec();
    docker.removeVolumeCmd("dj").exec();
    docker.removeNetworkCmd("dj").exec();
  }

  @Test
  void eventsAndStatisticsCome() throws Exception {
    List<String> actions = new ArrayList<>();
    CountDownLatch died = new CountDownLatch(1);
    LinkedBlockingQueue<Statistics> numbers = new LinkedBlockingQueue<>();
    try (ResultCallback.Adapter<Event> events =
        docker
            .eventsCmd()
            .withEventTypeFilter("container")
            .exec(
                new ResultCallback.Adapter<>() {
                  @Override
                  public void onNext(Event event) {
                    synchronized (actions) {
                      actions.add(event.getAction());
                    }
                    if ("die".equals(event.getAction())) {
                      died.countDown();
                    }
                  }
                })) {
      events.awaitStarted();
      String id = start("sleep", "1000");
      try (ResultCallback.Adapter<Statistics> statistics =
          docker
              .statsCmd(id)
              .exec(
                  new ResultCallback.Adapter<>() {
                    @Override
                    public void onNext(Statistics one) {
                      numbers.add(one);
                    }
                  })) {
        assertThat(statistics).isNotNull();
        assertThat(numbers.poll(Command.PATIENCE, TimeUnit.SECONDS)).isNotNull();
      }
      docker.killContainerCmd(id).exec();
      assertThat(died.await(Command.PATIENCE, TimeUnit.SECONDS)).isTrue();
    }
    synchronized (actions) {
      assertThat(actions).containsSubsequence("create", "start", "kill", "die");
    }
  }

  @Test
  void errorsHaveTheirKinds() {
    assertThatThrownBy(() -> docker.inspectContainerCmd("none").exec())
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("No such container: none");
    assertThatThrownBy(() -> docker.createContainerCmd("none:1").exec())
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("No such image: none:1");
    docker.createContainerCmd("busybox").withName("taken").exec();
    assertThatThrownBy(() -> docker.createContainerCmd("busybox").withName("taken").exec())
        .isInstanceOf(ConflictException.class);
  }

  private static Path project(String... namesAndTexts) throws IOException {
    Path project = Files.createTempDirectory(dir, "build");
    for (int i = 0; i < namesAndTexts.length; i += 2) {
      Files.writeString(project.resolve(namesAndTexts[i]), namesAndTexts[i + 1]);
    }
    return project;
  }

  @Test
  void imagesAreBuilt() throws Exception {
    Path project =
        project(
            "Dockerfile",
            "FROM busybox AS one\nARG A\nCOPY . /all\nRUN echo $A >/a && ls /all >>/a\n"
                + "FROM one\nRUN echo last >>/a\n",
            ".dockerignore",
            "*.log\n",
            "b.log",
            "not wanted",
            "c.txt",
            "wanted");
    List<String> said = new ArrayList<>();
    String id =
        docker
            .buildImageCmd(project.toFile())
            .withTags(Set.of("built/by-java:1", "built/by-java:2"))
            .withBuildArg("A", "argument")
            .withLabels(Map.of("made", "here"))
            .withNoCache(true)
            .exec(
                new BuildImageResultCallback() {
                  @Override
                  public void onNext(BuildResponseItem item) {
                    if (item.getStream() != null) {
                      said.add(item.getStream());
                    }
                    super.onNext(item);
                  }
                })
            .awaitImageId();
    assertThat(String.join("", said))
        .contains("Step 1/6 : FROM busybox AS one", "Successfully tagged built/by-java:2");
    InspectImageResponse image = docker.inspectImageCmd(id).exec();
    assertThat(image.getRepoTags()).containsExactlyInAnyOrder("built/by-java:1", "built/by-java:2");
    assertThat(requireNonNull(image.getConfig()).getLabels()).containsEntry("made", "here");
    assertThat(outputOf("built/by-java:1", "cat", "/a"))
        .isEqualTo("argument\nDockerfile\nc.txt\nlast\n");
  }

  @Test
  void aStageIsBuiltFromAnotherDockerfile() throws Exception {
    Path project = project("D", "FROM busybox AS one\nRUN echo one >/a\nFROM one\nRUN exit 1\n");
    String id =
        docker
            .buildImageCmd()
            .withBaseDirectory(project.toFile())
            .withDockerfile(project.resolve("D").toFile())
            .withTarget("one")
            .withNetworkMode("none")
            .withExtraHosts(Set.of("h:1.2.3.4"))
            .exec(new BuildImageResultCallback())
            .awaitImageId();
    assertThat(outputOf(id, "cat", "/a")).isEqualTo("one\n");
  }

  @Test
  void aBuildThatFailsSaysWhy() throws Exception {
    for (String[] row :
        new String[][] {
          {"FROM busybox\nRUN exit 5\n", "returned a non-zero code: 5"},
          {"FROM busybox\nCOPY nope /\n", "file not found in build context"},
          {"FROM busybox\nRUNN x\n", "unknown instruction: RUNN"},
        }) {
      Path project = project("Dockerfile", row[0]);
      assertThatThrownBy(() ->
              docker
                  .buildImageCmd(project.toFile())
                  .exec(new BuildImageResultCallback())
                  .awaitImageId())
          .hasMessageContaining(row[1]);
    }
  }

  private static String outputOf(String image, String... command) throws Exception {
    String id = docker.createContainerCmd(image).withCmd(command).exec().getId();
    docker.startContainerCmd(id).exec();
    docker.waitContainerCmd(id).start().awaitStatusCode(Command.PATIENCE, TimeUnit.SECONDS);
    Heard heard = new Heard();
    docker.logContainerCmd(id).withStdOut(true).withFollowStream(true).exec(heard);
    assertThat(heard.awaitCompletion(Command.PATIENCE, TimeUnit.SECONDS)).isTrue();
    return heard.out.toString();
  }
}

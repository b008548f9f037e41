package graft.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.model.HealthCheck;
import graft.cli.json.Json;
import graft.testcontainers.GraftStrategy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.ExecConfig;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.output.ToStringConsumer;
import org.testcontainers.containers.startupcheck.OneShotStartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.containers.wait.strategy.WaitStrategy;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.MountableFile;

/// Testcontainers with `graft-testcontainers` on the class path and nothing configured but where
/// the engine of this test is. Its reaper is the one that Graft brings.
@Tag("root")
class TestcontainersTest {
  private static final String SESSION = "org.testcontainers.sessionId";

  @TempDir private static Path dir;
  private static ClientEngine engine;

  @BeforeAll
  static void start() throws Exception {
    engine = ClientEngine.start(dir);
    // With it Testcontainers tries whether binds work, before the first of them.
    engine.graft("tag", "busybox", "alpine:3.17").output();
    System.setProperty("graft.host", engine.host());
  }

  @AfterAll
  static void stop() throws IOException {
    System.clearProperty("graft.host");
    if (engine != null) {
      engine.close();
    }
  }

  private static GenericContainer<?> server(WaitStrategy strategy) {
    return new GenericContainer<>("busybox")
        .withCopyToContainer(Transferable.of("served\n", 0644), "/www/index.html")
        .withCommand("sh", "-c", "echo ready to serve; exec httpd -f -v -p 8080 -h /www")
        .withExposedPorts(8080)
        .waitingFor(strategy.withStartupTimeout(Duration.ofMinutes(2)));
  }

  /// What it answers; empty while it does not.
  private static String page(GenericContainer<?> server) throws InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://" + server.getHost() + ":" + server.getMappedPort(8080) + "/");
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return "";
    }
  }

  private static Command program(String mode) {
    return engine
        .command(
            dir,
            ProcessHandle.current().info().command().orElse("java"),
            "-Dgraft.host=" + engine.host(),
            "-cp",
            System.getProperty("java.class.path"),
            TestcontainersProgram.class.getName(),
            mode)
        .without("DOCKER_HOST");
  }

  @Test
  void theEngineIsFoundWithoutConfiguration() {
    assertThat(DockerClientFactory.instance().isDockerAvailable()).isTrue();
    assertThat(DockerClientFactory.instance().isUsing(GraftStrategy.class)).isTrue();
    assertThat(DockerClientFactory.instance().getTransportConfig().getDockerHost())
        .hasToString(engine.host());
  }

  @Test
  void everyWayToWait() throws Exception {
    for (WaitStrategy strategy :
        List.of(
            Wait.forListeningPort(),
            Wait.forHttp("/")
                .forStatusCode(200)
                .forResponsePredicate(body -> body.startsWith("served")),
            Wait.forLogMessage(".*ready to serve.*", 1),
            Wait.forSuccessfulCommand("test -f /www/index.html"))) {
      try (GenericContainer<?> server = server(strategy)) {
        server.start();
        Await.until("it serves", () -> page(server).equals("served\n"));
      }
    }
  }

  @Test
  void healthIsWaitedFor() throws Exception {
    HealthCheck check =
        new HealthCheck()
            .withTest(List.of("CMD", "test", "-f", "/tmp/healthy"))
            .withInterval(Duration.ofMillis(200).toNanos());
    try (GenericContainer<?> container =
        new GenericContainer<>("busybox")
            .withCommand("sh", "-c", "touch /tmp/healthy; sleep 1000")
            .withCreateContainerCmdModifier(create -> create.withHealthcheck(check))
            .waitingFor(Wait.forHealthcheck())) {
      container.start();
      assertThat(container.isHealthy()).isTrue();
    }
  }

  @Test
  void whatIsStoppedIsGone() throws Exception {
    GenericContainer<?> container = new GenericContainer<>("busybox").withCommand("sleep", "1000");
    container.start();
    String id = container.getContainerId();
    assertThat(engine.list("/containers/json", "Id")).contains(id);
    container.stop();
    assertThat(engine.list("/containers/json", "Id")).doesNotContain(id);
  }

  @Test
  void containersOfANetworkFindEachOther() throws Exception {
    try (Network network = Network.newNetwork();
        GenericContainer<?> server =
            server(Wait.forListeningPort()).withNetwork(network).withNetworkAliases("shop");
        GenericContainer<?> client =
            new GenericContainer<>("busybox")
                .withNetwork(network)
                .withCommand("sleep", "1000")
                .dependsOn(server)) {
      client.start();
      ExecResult answer = client.execInContainer("wget", "-qO-", "http://shop:8080/");
      assertThat(answer.getStdout()).isEqualTo("served\n");
      assertThat(engine.list("/networks", "Id")).contains(network.getId());
    }
    assertThat(engine.list("/networks", "Name"))
        .containsExactlyInAnyOrder("bridge", "host", "none");
  }

  @Test
  void commandsHaveTheirOutputErrorsAndCode() throws Exception {
    try (GenericContainer<?> container =
        new GenericContainer<>("busybox")
            .withEnv("NAME", "value")
            .withWorkingDirectory("/tmp")
            .withCommand("sleep", "1000")) {
      container.start();
      ExecResult result =
          container.execInContainer("sh", "-c", "echo $NAME; pwd; echo no >&2; exit 5");
      assertThat(result.getStdout()).isEqualTo("value\n/tmp\n");
      assertThat(result.getStderr()).isEqualTo("no\n");
      assertThat(result.getExitCode()).isEqualTo(5);
      ExecConfig asNobody =
          ExecConfig.builder().user("65534").command(new String[] {"id", "-u"}).build();
      assertThat(container.execInContainer(asNobody).getStdout()).isEqualTo("65534\n");
    }
  }

  @Test
  void filesGoInAndOut() throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "of the host\n");
    try (GenericContainer<?> container =
        new GenericContainer<>("busybox")
            .withCopyFileToContainer(MountableFile.forHostPath(file, 0600), "/before")
            .withFileSystemBind(file.toString(), "/bound", BindMode.READ_ONLY)
            .withCommand("sleep", "1000")) {
      container.start();
      container.copyFileToContainer(MountableFile.forHostPath(file), "/made/here/after");
      assertThat(
              container.execInContainer("cat", "/before", "/made/here/after", "/bound").getStdout())
          .isEqualTo("of the host\n".repeat(3));
      assertThat(container.execInContainer("stat", "-c", "%a", "/before").getStdout())
          .isEqualTo("600\n");
      container.copyFileFromContainer("/before", dir.resolve("back").toString());
      assertThat(dir.resolve("back")).hasContent("of the host\n");
      String passwd =
          container.copyFileFromContainer(
              "/etc/passwd", in -> new String(in.readAllBytes(), StandardCharsets.UTF_8));
      assertThat(passwd).startsWith("root:");
    }
  }

  @Test
  void outputIsFollowed() throws Exception {
    ToStringConsumer output = new ToStringConsumer();
    try (GenericContainer<?> container =
        new GenericContainer<>("busybox")
            .withLogConsumer(output)
            .withStartupCheckStrategy(new OneShotStartupCheckStrategy())
            .withCommand("sh", "-c", "echo first; echo second >&2; printf unended")) {
      container.start();
      Await.until("everything was read", () -> output.toUtf8String().contains("unended"));
      assertThat(output.toUtf8String()).contains("first\n", "second\n");
      assertThat(container.getLogs()).contains("first\n", "second\n", "unended");
    }
  }

  @Test
  void anotherRunReusesAContainer() throws Exception {
    Command reuse = program("reuse").with(Map.of("TESTCONTAINERS_REUSE_ENABLE", "true"));
    String first = reuse.run().output().strip();
    assertThat(reuse.run().output().strip()).isEqualTo(first);
    assertThat(engine.get("/containers/" + first + "/json").at("State", "Running").truth())
        .isTrue();
  }

  /// Nobody is left to tidy up, but the reaper's connection has ended.
  @Test
  void whatAKilledRunLeftIsRemoved() throws Exception {
    try (Command.Running run = program("hang").start()) {
      Await.until("its container runs", () -> run.output().contains("started "));
      String id = run.output().replaceAll("(?s).*started (\\w+).*", "$1");
      Json labels = engine.get("/containers/" + id + "/json").at("Config", "Labels");
      String session = SESSION + "=" + labels.at(SESSION).text();
      assertThat(engine.list("/networks", "Id", session)).hasSize(1);
      run.signal("KILL");
      Await.until(
          "containers and networks are gone",
          () ->
              engine.list("/containers/json", "Id", session).isEmpty()
                  && engine.list("/networks", "Id", session).isEmpty());
      Await.until(
          "the reaper itself is gone",
          () ->
              engine.list("/containers/json", "Names").stream()
                  .noneMatch(names -> names.contains(labels.at(SESSION).text())));
    }
  }

  /// Built by the classic builder, with files of the test's and instructions of Testcontainers'
  /// own.
  @Test
  void imagesAreBuiltFromInstructions() throws Exception {
    Path file = Files.writeString(dir.resolve("of-the-host"), "of the host\n");
    ImageFromDockerfile image =
        new ImageFromDockerfile("built/by-testcontainers:1", false)
            .withFileFromPath("file", file)
            .withFileFromString("text", "of a string\n")
            .withFileFromTransferable("sub/bytes", Transferable.of("of bytes\n", 0600))
            .withBuildArg("A", "argument")
            .withDockerfileFromBuilder(builder ->
                builder
                    .from("busybox")
                    .env("B", "variable")
                    .copy("file", "/all/file")
                    .copy("text", "/all/text")
                    .copy("sub", "/all/sub")
                    .run("echo $B >/all/variable && chmod 700 /all/text")
                    .label("made", "here")
                    .workDir("/all")
                    .cmd("sh", "-c", "cat file text sub/bytes variable; stat -c %a text sub/bytes")
                    .build());
    try (GenericContainer<?> container =
        new GenericContainer<>(image).withStartupCheckStrategy(new OneShotStartupCheckStrategy())) {
      container.start();
      assertThat(container.getLogs())
          .isEqualTo("of the host\nof a string\nof bytes\nvariable\n700\n600\n");
    }
    assertThat(
            engine
                .get("/images/built/by-testcontainers:1/json")
                .at("Config", "Labels")
                .at("made")
                .text())
        .isEqualTo("here");
  }

  @Test
  void imagesAreBuiltFromFiles() throws Exception {
    Path project = Files.createDirectories(dir.resolve("project"));
    Files.writeString(
        project.resolve("Dockerfile"),
        "FROM busybox AS one\nARG A=none\nCOPY . /all\nRUN echo $A >/arg && ls /all >>/arg\n"
            + "CMD [\"cat\", \"/arg\"]\nFROM busybox\nRUN exit 1\n");
    Files.writeString(project.resolve(".dockerignore"), "*.log\n");
    Files.writeString(project.resolve("b.log"), "");
    ImageFromDockerfile image =
        new ImageFromDockerfile()
            .withDockerfile(project.resolve("Dockerfile"))
            .withBuildArg("A", "argument")
            .withTarget("one");
    try (GenericContainer<?> container =
        new GenericContainer<>(image).withStartupCheckStrategy(new OneShotStartupCheckStrategy())) {
      container.start();
      assertThat(container.getLogs()).startsWith("argument\n").doesNotContain("b.log");
    }
    ImageFromDockerfile bad =
        new ImageFromDockerfile().withDockerfile(project.resolve("Dockerfile"));
    assertThatThrownBy(bad::get).hasStackTraceContaining("returned a non-zero code: 1");
  }
}

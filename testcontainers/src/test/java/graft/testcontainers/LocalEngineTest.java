package graft.testcontainers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.dockerclient.DockerClientProviderStrategy;
import org.testcontainers.dockerclient.InvalidConfigurationException;
import org.testcontainers.utility.ImageNameSubstitutor;

class LocalEngineTest {
  @TempDir Path dir;

  private LocalEngine engine(Map<String, String> environment, Map<String, String> properties) {
    Properties given = new Properties();
    given.putAll(properties);
    return LocalEngine.of(environment, given, "unix://" + dir + "/usual.sock");
  }

  private static ServerSocketChannel listen(Path socket) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    return server.bind(UnixDomainSocketAddress.of(socket));
  }

  /// A `graft` that does what the script says.
  private Path launcher(String script) throws IOException {
    Path bin = Files.createDirectories(dir.resolve("bin"));
    Path launcher = Files.writeString(bin.resolve("graft"), "#!/bin/sh\n" + script + "\n");
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
    return launcher;
  }

  @Test
  void theServiceLoaderFindsBoth() {
    assertThat(ServiceLoader.load(DockerClientProviderStrategy.class))
        .hasAtLeastOneElementOfType(GraftStrategy.class);
    assertThat(ServiceLoader.load(ImageNameSubstitutor.class))
        .hasAtLeastOneElementOfType(ReaperName.class);
  }

  @Test
  void thePropertyGoesBeforeTheVariableBeforeTheUsual() {
    Map<String, String> variable = Map.of("GRAFT_HOST", "unix:///v");
    assertThat(engine(Map.of(), Map.of()).host()).isEqualTo("unix://" + dir + "/usual.sock");
    assertThat(engine(variable, Map.of()).host()).isEqualTo("unix:///v");
    assertThat(engine(variable, Map.of("graft.host", "unix:///p")).host()).isEqualTo("unix:///p");
  }

  @Test
  void anEngineThatAnswersIsTaken() throws Exception {
    try (ServerSocketChannel server = listen(dir.resolve("usual.sock"))) {
      assertThat(server.isOpen()).isTrue();
      engine(Map.of(), Map.of()).ensureRunning();
    }
  }

  @Test
  void oneThatDoesNotRunIsStartedByTheCommand() throws Exception {
    Path socket = dir.resolve("usual.sock");
    Path asked = dir.resolve("asked");
    launcher("echo \"$@\" >" + asked + "; while [ ! -S " + socket + " ]; do sleep 0.02; done");
    CompletableFuture<ServerSocketChannel> daemon =
        CompletableFuture.supplyAsync(() -> {
          try {
            while (!Files.exists(asked)) {
              Thread.sleep(10);
            }
            return listen(socket);
          } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    engine(Map.of("PATH", "/nowhere::" + dir + "/bin"), Map.of()).ensureRunning();
    daemon.join().close();
    assertThat(asked).hasContent("info");
  }

  @Test
  void whyThereIsNone() throws Exception {
    String silence = "no engine answers at " + dir + "/usual.sock (No such file or directory)";
    refuses(
        engine(Map.of(), Map.of()),
        silence
            + ", and there is no graft command on the PATH to start one; put it there, name it by"
            + " -Dgraft.launcher=/path/to/graft, or run: graft daemon");
    String launcher = launcher("echo building; echo 'graft: no runc here' >&2; exit 1").toString();
    refuses(
        engine(Map.of(), Map.of("graft.launcher", launcher)),
        silence + ", and none could be started: graft: no runc here");
    launcher("exit 0");
    refuses(
        engine(Map.of(), Map.of("graft.launcher", launcher)),
        silence + ", and " + launcher + " did not start one; run: graft daemon");
    String other = dir + "/other";
    refuses(
        engine(Map.of("GRAFT_HOST", "unix://" + other), Map.of()),
        "no engine answers at "
            + other
            + " (No such file or directory), which GRAFT_HOST names; start one: graft daemon"
            + " --host unix://"
            + other);
    refuses(
        engine(Map.of("GRAFT_HOST", "tcp://build:2376"), Map.of()),
        "GRAFT_HOST is tcp://build:2376, and only unix sockets can be used without configuration;"
            + " for an engine on another machine set DOCKER_HOST, DOCKER_TLS_VERIFY=1 and"
            + " DOCKER_CERT_PATH");
  }

  private static void refuses(LocalEngine engine, String message) {
    assertThatThrownBy(engine::ensureRunning).hasMessage(message);
    assertThatThrownBy(() -> new GraftStrategy(engine).test())
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessage(message);
  }
}

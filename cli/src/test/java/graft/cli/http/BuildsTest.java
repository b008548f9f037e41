package graft.cli.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.docker.http.Access;
import graft.docker.http.HttpServer;
import graft.docker.http.Router;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A command and an engine of different builds, over the real server.
class BuildsTest {
  @TempDir private Path dir;
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    System.setProperty("graft.build", "e0e0");
    Router router = new Router();
    router.get(
        "/known", x -> x.text(200, x.header(HttpServer.BUILD_HEADER).orElse("no build was said")));
    server = HttpServer.start(dir.resolve("s"), new Access.Owner(), router, _ -> {});
  }

  @AfterEach
  void stop() throws IOException {
    System.clearProperty("graft.build");
    server.close();
  }

  private Engine command(String build) {
    return new Engine(
        new UnixEndpoint(dir.resolve("s")),
        e -> {
          throw e;
        },
        build);
  }

  @Test
  void theFirstAnswerTellsAlsoARefusal() {
    Engine other = command("c0c0");
    assertThat(other.builds().difference("unix:///s", true)).as("nobody was asked").isEmpty();
    assertThatThrownBy(() -> other.get("/newer")).hasMessage("page not found");
    assertThat(other.builds().difference("unix:///s", true))
        .contains(
            "the engine at unix:///s is another build of Graft than this command (e0e0, this is"
                + " c0c0); if that is why: 'systemctl restart graft', or 'kill "
                + ProcessHandle.current().pid()
                + "' where no unit runs it: containers go on, and the next command starts the new"
                + " one");
    assertThat(other.builds().difference("tcp://far:2376", false).orElseThrow())
        .endsWith("; if that is why: restart it there");

    Engine same = command("e0e0");
    assertThatThrownBy(() -> same.get("/newer")).isInstanceOf(ApiException.class);
    assertThat(same.builds().difference("unix:///s", true)).isEmpty();
  }

  @Test
  void whoSaysNothingOfBuildsHearsNothingOfThem() throws IOException {
    Engine plain = command("");
    try (Reply reply = plain.send("GET", "/known", Body.NONE)) {
      assertThat(reply.headers()).doesNotContainKey("x-graft-build");
      assertThat(new String(reply.body().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
          .isEqualTo("no build was said");
    }
    assertThat(plain.builds().difference("unix:///s", true)).isEmpty();
    // An engine of before there were builds.
    assertThat(new Builds("c0c0", true, "").difference("unix:///s", true).orElseThrow())
        .contains("does not say which build of Graft it is", "end it with SIGTERM");
    // Nothing that an engine says becomes a command.
    assertThat(new Builds("c0c0", true, "x 1; rm -rf /").difference("h", true).orElseThrow())
        .doesNotContain("rm");
  }
}

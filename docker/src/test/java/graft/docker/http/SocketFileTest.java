package graft.docker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SocketFileTest {
  @TempDir Path dir;

  private HttpServer start(Path socket, Access access) throws IOException {
    return HttpServer.start(socket, access, new Router().get("/x", x -> x.text(200, "x")), _ -> {});
  }

  private boolean answers(Path socket) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket));
    }
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void aSocketIsForRootAndAGroup() throws IOException {
    Path socket = dir.resolve("deep/er/s");
    try (HttpServer server = start(socket, new Access.Usual())) {
      assertThat(server).isNotNull();
      assertThat(mode(socket)).isEqualTo("rw-rw----");
      assertThat(answers(socket)).isTrue();
      assertThat(Files.exists(dir.resolve("deep/er/s~"))).isFalse();
    }
    assertThat(Files.exists(socket)).isFalse();
    try (HttpServer server = start(socket, new Access.Owner())) {
      assertThat(server).isNotNull();
      assertThat(mode(socket)).isEqualTo("rw-------");
    }
  }

  @Test
  @Tag("root")
  void aGroupMustExist() throws IOException {
    Path socket = dir.resolve("s");
    try (HttpServer server = start(socket, new Access.Group("daemon"))) {
      assertThat(server).isNotNull();
      assertThat(Files.getAttribute(socket, "posix:group")).hasToString("daemon");
    }
    assertThatThrownBy(() -> start(socket, new Access.Group("no-such-group")))
        .isInstanceOf(GraftException.class)
        .hasMessage(
            "cannot listen on unix://"
                + socket
                + ": there is no group \"no-such-group\" to give it to (--group); make it with"
                + " 'groupadd no-such-group', or name another");
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void aLeftoverIsReplaced() throws IOException {
    Path socket = dir.resolve("s");
    // Java leaves the file behind, as a killed engine does.
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(socket))
        .close();
    assertThat(Files.exists(socket)).isTrue();
    try (HttpServer server = start(socket, new Access.Usual())) {
      assertThat(server).isNotNull();
      assertThat(answers(socket)).isTrue();
    }
  }

  @Test
  void whatLivesOrIsNoSocketIsLeftAlone() throws IOException {
    Path socket = dir.resolve("s");
    try (HttpServer server = start(socket, new Access.Usual())) {
      assertThat(server).isNotNull();
      assertThatThrownBy(() -> start(socket, new Access.Usual()))
          .isInstanceOf(GraftException.class)
          .hasMessage(
              "cannot listen on unix://"
                  + socket
                  + ": another engine is listening there; stop it, or give this one another"
                  + " --host");
      assertThat(answers(socket)).isTrue();
    }
    Path file = Files.writeString(dir.resolve("precious"), "data");
    assertThatThrownBy(() -> start(file, new Access.Usual()))
        .hasMessageContaining("something that is no socket is there");
    assertThat(file).hasContent("data");
    assertThatThrownBy(() -> start(dir.resolve("x".repeat(107)), new Access.Usual()))
        .hasMessageContaining("the path of a socket has at most 106 bytes");
  }

  /// Somebody removed the file and started another engine there.
  @Test
  void whatHasBecomeAnothersIsNotRemoved() throws IOException {
    Path socket = dir.resolve("s");
    HttpServer first = start(socket, new Access.Usual());
    Files.delete(socket);
    try (HttpServer second = start(socket, new Access.Usual())) {
      assertThat(second).isNotNull();
      first.close();
      assertThat(answers(socket)).isTrue();
    }
  }
}

package graft.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What the start-up cache is made from: verbs that people type most, against a socket that answers
/// from memory. Classes and call sites that are used here are ready when a real command needs them.
final class Training {
  private static final String CONTAINER =
      """
      {"Id":"0123456789abcdef","Names":["/web"],"Image":"busybox","Command":"sh","Created":1,
      "State":"running","Status":"Up 2 hours","Labels":{"a":"b"},"Mounts":[],"SizeRw":1,
      "Ports":[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}],
      "NetworkSettings":{"Networks":{"bridge":{}}},"RepoTags":["busybox:latest"],"Size":4261550,
      "Config":{"Tty":false},"StatusCode":0}
      """;

  /// The answer to a build.
  private static final String BUILD =
      """
      {"build":"1"}
      {"vertex":"sha256:1","at":"2026-01-02T03:04:05.6Z","event":"started","name":"[1/2] FROM a","inputs":[]}
      {"vertex":"sha256:1","at":"2026-01-02T03:04:05.6Z","event":"completed","cached":true}
      {"vertex":"sha256:2","at":"2026-01-02T03:04:05.6Z","event":"started","name":"[2/2] RUN a","inputs":[]}
      {"vertex":"sha256:2","at":"2026-01-02T03:04:05.6Z","event":"output","bytes":"YQo=","error":false}
      {"vertex":"sha256:2","at":"2026-01-02T03:04:05.6Z","event":"status","name":"a","current":1,"total":2,"started":"2026-01-02T03:04:05.6Z","done":true}
      {"vertex":"sha256:2","at":"2026-01-02T03:04:06.6Z","event":"completed","cached":false}
      {"result":{"image":"sha256:0123456789abcdef"}}
      """;

  private Training() {}

  static void run() throws IOException, InterruptedException {
    PrintStream out = System.out;
    Path dir = Files.createTempDirectory("graft-training");
    Path socket = dir.resolve("s");
    Path context = Files.createDirectory(dir.resolve("context"));
    Files.writeString(context.resolve("Dockerfile"), "FROM a\nRUN a\nCOPY . /b\n");
    Files.writeString(context.resolve(".dockerignore"), "*.log\n");
    PrintStream err = System.err;
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    System.setOut(nowhere);
    System.setErr(nowhere); // where progress goes
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread.ofPlatform().daemon().start(() -> serve(server));
      for (String line :
          List.of(
              "ps -a",
              "ps --format {{.Names}}",
              "images -q",
              "images",
              "inspect web -f {{json.State}}{{.Id}}",
              "create --name x -p 80:80 -v a:/b -e A=b --memory 1m busybox sh",
              "rm -f web",
              "stop -t 1 web",
              "run --rm busybox true",
              "exec web true",
              "logs web",
              "version",
              "build -q " + context,
              "build -t a --progress plain " + context,
              "ps --help")) {
        Main.run(
            new Target(Map.of("GRAFT_HOST", "unix://" + socket)),
            List.of(line.replace("json.", "json .").split(" (?!\\.)")));
      }
    } finally {
      System.setOut(out);
      System.setErr(err);
      for (Path file :
          List.of(
              socket,
              context.resolve("Dockerfile"),
              context.resolve(".dockerignore"),
              context,
              dir)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void serve(ServerSocketChannel server) {
    while (true) {
      try (SocketChannel client = server.accept()) {
        ByteBuffer request = ByteBuffer.allocate(64 * 1024);
        client.read(request);
        boolean build = text(request).startsWith("POST /graft/v1/build");
        while (build && !text(request).endsWith("\r\n0\r\n\r\n") && client.read(request) > 0) {
          // until all of the context is here
        }
        String head = text(request);
        boolean list = head.contains("s/json");
        boolean stream = head.contains("/logs") || head.contains("Upgrade");
        String body = build ? BUILD : stream ? "" : list ? "[" + CONTAINER + "]" : CONTAINER;
        String answer =
            head.contains("Upgrade")
                ? "HTTP/1.1 101 UPGRADED\r\n\r\n"
                : "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes.duplicate().flip()).toString();
  }
}

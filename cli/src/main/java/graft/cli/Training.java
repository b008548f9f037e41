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

  private Training() {}

  static void run() throws IOException, InterruptedException {
    PrintStream out = System.out;
    Path dir = Files.createTempDirectory("graft-training");
    Path socket = dir.resolve("s");
    System.setOut(new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
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
              "ps --help")) {
        Main.run(
            new Target(Map.of("GRAFT_HOST", "unix://" + socket)),
            List.of(line.replace("json.", "json .").split(" (?!\\.)")));
      }
    } finally {
      System.setOut(out);
      Files.deleteIfExists(socket);
      Files.deleteIfExists(dir);
    }
  }

  private static void serve(ServerSocketChannel server) {
    while (true) {
      try (SocketChannel client = server.accept()) {
        ByteBuffer request = ByteBuffer.allocate(64 * 1024);
        client.read(request);
        String head = new String(request.array(), 0, request.position(), StandardCharsets.UTF_8);
        boolean list = head.contains("s/json");
        boolean stream = head.contains("/logs") || head.contains("Upgrade");
        String body = stream ? "" : list ? "[" + CONTAINER + "]" : CONTAINER;
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
}

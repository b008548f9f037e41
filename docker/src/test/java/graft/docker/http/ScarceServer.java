package graft.docker.http;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/// A server that has few file descriptors left, in a process of its own: it prints `ready`, and
/// then what keeps clients out. Ends with its input.
final class ScarceServer {
  private ScarceServer() {}

  public static void main(String[] args) throws Exception {
    Path socket = Path.of(args[0]);
    int left = Integer.parseInt(args[1]);
    Router routes =
        new Router()
            .get("/plain", x -> x.text(200, "hello"))
            .get(
                "/watch",
                x -> {
                  CountDownLatch gone = new CountDownLatch(1);
                  x.stream("application/json").whenGone(gone::countDown);
                  gone.await();
                });
    try (HttpServer _ = HttpServer.start(socket, new Access.Owner(), routes, ScarceServer::say)) {
      loadClasses(
          Path.of(HttpServer.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
      String warm = HttpServerTest.get(socket, "/plain") + HttpServerTest.get(socket, "/none");
      Deque<InputStream> held = takeAll();
      for (int i = 0; i < left; i++) {
        held.pop().close();
      }
      say(warm.contains("hello") ? "ready" : warm);
      while (System.in.read() >= 0) {
        // until the test has ended
      }
      for (InputStream one : held) {
        one.close();
      }
    }
  }

  private static void say(String line) {
    System.out.println(line);
  }

  /// Those of a directory take a descriptor each time; a jar is open already.
  private static void loadClasses(Path root) throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.list(root.resolve("graft/docker/http"))) {
      files = all.filter(f -> f.toString().endsWith(".class")).toList();
    }
    for (Path file : files) {
      String name = root.relativize(file).toString().replace('/', '.');
      Class.forName(name.substring(0, name.length() - ".class".length()));
    }
  }

  private static Deque<InputStream> takeAll() {
    Deque<InputStream> held = new ArrayDeque<>();
    try {
      while (true) {
        held.push(new FileInputStream("/dev/null"));
      }
    } catch (IOException e) {
      return held;
    }
  }
}

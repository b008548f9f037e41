package graft.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two hundred clients at once: all see all of it, whatever it is and however slowly they read.
@Tag("root")
@Timeout(500)
class StreamsTest {
  private static final int ATTACHED = 60;
  private static final int FOLLOWING = 60;
  private static final int SOCKETS = 20;
  private static final int EXECS = 40;
  private static final int STATS = 20;

  @TempDir Path dir;
  private DaemonProcess daemon;
  private Session session;
  private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeEach
  void start() throws Exception {
    assumeTrue(Session.has("docker"), "there is no docker command");
    assumeTrue(Session.has("busybox"), "busybox-static is not installed");
    daemon = DaemonProcess.start(dir, "graft-t1");
    session = new Session(daemon.host(), Files.createDirectory(dir.resolve("scratch")));
    session.furnish();
    out("docker import -c 'CMD [\"sh\"]' $S/busybox.tar base:1");
  }

  @AfterEach
  void stop() throws Exception {
    clients.shutdownNow();
    if (daemon != null) {
      session.run(new Session.Step("docker rm -f $(docker ps -aq)", false));
      daemon.close();
      session.run(new Session.Step("ip link del graft-t1", false));
    }
  }

  private String out(String command) throws IOException, InterruptedException {
    Session.Answer answer = session.run(new Session.Step(command, true));
    assertThat(answer.exit()).as(answer.text()).isZero();
    return answer.out().strip();
  }

  // ---- a client

  /// A request whose head was answered; what comes is the body.
  private record Client(SocketChannel channel, InputStream in, OutputStream out, String head)
      implements AutoCloseable {
    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private Client request(String method, String path, String headers, String body)
      throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(daemon.socket()));
    OutputStream out = Channels.newOutputStream(channel);
    out.write(
        (method
                + " "
                + path
                + " HTTP/1.1\r\nHost: d\r\n"
                + headers
                + "Content-Type: application/json\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body)
            .getBytes(StandardCharsets.UTF_8));
    InputStream in = Channels.newInputStream(channel);
    StringBuilder head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("no answer to " + path + ": " + head);
      }
      head.append((char) b);
    }
    return new Client(channel, in, out, head.toString());
  }

  private Client upgrade(String path, String body) throws IOException {
    Client client = request("POST", path, "Connection: Upgrade\r\nUpgrade: tcp\r\n", body);
    assertThat(client.head()).startsWith("HTTP/1.1 101 ");
    return client;
  }

  private Client webSocket(String path) throws IOException {
    Client client =
        request(
            "GET",
            path,
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            "");
    assertThat(client.head()).contains("101 ", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    return client;
  }

  /// Removes the chunks of a body.
  private static InputStream chunks(InputStream in) {
    return new InputStream() {
      private int left;
      private boolean ended;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        if (left == 0 && !ended) {
          String size = line();
          left = Integer.parseInt(size.isEmpty() ? line() : size, 16);
          ended = left == 0;
        }
        if (ended) {
          return -1;
        }
        int n = in.read(bytes, offset, Math.min(left, length));
        if (n < 0) {
          throw new EOFException("the body ends early");
        }
        left -= n;
        return n;
      }

      private String line() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
          if (b < 0) {
            throw new EOFException("the body ends early");
          }
          text.append((char) b);
        }
        return text.toString().strip();
      }
    };
  }

  /// What came on the two streams, out and err.
  private static byte[][] frames(InputStream in, boolean slow)
      throws IOException, InterruptedException {
    ByteArrayOutputStream[] streams = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
    DataInputStream data = new DataInputStream(in);
    int count = 0;
    while (true) {
      int first = data.read();
      if (first < 0) {
        return new byte[][] {streams[0].toByteArray(), streams[1].toByteArray()};
      }
      assertThat(first).isBetween(1, 2);
      data.skipNBytes(3);
      byte[] payload = new byte[data.readInt()];
      data.readFully(payload);
      streams[first - 1].writeBytes(payload);
      if (slow && ++count % 16 == 0) {
        Thread.sleep(3);
      }
    }
  }

  /// What came in the messages of a WebSocket, up to its Close.
  private static byte[] messages(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    DataInputStream data = new DataInputStream(in);
    while (true) {
      int first = data.readUnsignedByte();
      int length = data.readUnsignedByte();
      if (first == 0x88) {
        assertThat(data.readNBytes(length)).containsExactly(0x03, 0xe8);
        return all.toByteArray();
      }
      assertThat(first).isEqualTo(0x82);
      long size =
          length < 126 ? length : length == 126 ? data.readUnsignedShort() : data.readLong();
      all.writeBytes(data.readNBytes((int) size));
    }
  }

  // ---- the tests

  /// Short lines, one far longer than any buffer, and bytes that are no text; the last without an
  /// end.
  private static byte[] content() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Random random = new Random(7);
    for (int i = 0; i < 2000; i++) {
      all.writeBytes(
          ("line " + i + " " + "x".repeat(random.nextInt(300)) + "\n")
              .getBytes(StandardCharsets.UTF_8));
    }
    all.writeBytes("y".repeat(300_000).getBytes(StandardCharsets.UTF_8));
    byte[] binary = new byte[200_000];
    random.nextBytes(binary);
    all.writeBytes(binary);
    all.writeBytes("the tail".getBytes(StandardCharsets.UTF_8));
    return all.toByteArray();
  }

  @Test
  void allSeeAll() throws Exception {
    byte[] content = content();
    Files.write(dir.resolve("scratch/bind/data"), content);
    out(
        "docker create -i --name all --net none -v $S/bind:/b base:1"
            + " sh -c 'read go; cat /b/data; echo error >&2; exit 5'");
    out("docker run -d --name other --net none base:1 sleep 1000");
    CountDownLatch joined = new CountDownLatch(ATTACHED + SOCKETS);
    List<Future<byte[]>> seen = new ArrayList<>();
    byte[] errors = "error\n".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < ATTACHED; i++) {
      boolean slow = i % 4 == 0;
      seen.add(
          clients.submit(() -> {
            try (Client client =
                upgrade("/v1.51/containers/all/attach?stream=1&stdout=1&stderr=1", "")) {
              joined.countDown();
              byte[][] got = frames(client.in(), slow);
              assertThat(got[1]).isEqualTo(errors);
              return got[0];
            }
          }));
    }
    for (int i = 0; i < SOCKETS; i++) {
      seen.add(
          clients.submit(() -> {
            try (Client client = webSocket("/v1.51/containers/all/attach/ws?stream=1&stdout=1")) {
              joined.countDown();
              return messages(client.in());
            }
          }));
    }
    joined.await();
    out("docker start all");
    for (int i = 0; i < FOLLOWING; i++) {
      boolean slow = i % 4 == 0;
      seen.add(
          clients.submit(() -> {
            try (Client client =
                request("GET", "/v1.51/containers/all/logs?follow=1&stdout=1&stderr=1", "", "")) {
              byte[][] got = frames(chunks(client.in()), slow);
              assertThat(got[1]).isEqualTo(errors);
              return got[0];
            }
          }));
    }
    List<Future<String>> execs = new ArrayList<>();
    for (int i = 0; i < EXECS; i++) {
      int number = i;
      execs.add(clients.submit(() -> exec(number)));
    }
    List<Future<Integer>> stats = new ArrayList<>();
    for (int i = 0; i < STATS; i++) {
      stats.add(
          clients.submit(
              (Callable<Integer>)
                  () -> {
                    try (Client client = request("GET", "/v1.51/containers/other/stats", "", "")) {
                      InputStream in = chunks(client.in());
                      int lines = 0;
                      while (lines < 2) {
                        lines += in.read() == '\n' ? 1 : 0;
                      }
                      return lines;
                    }
                  }));
    }
    try (Client go = upgrade("/v1.51/containers/all/attach?stream=1&stdin=1", "")) {
      go.out().write("go\n".getBytes(StandardCharsets.UTF_8));
      assertThat(out("docker wait all")).isEqualTo("5");
    }
    for (int i = 0; i < seen.size(); i++) {
      byte[] got = seen.get(i).get();
      assertThat(Arrays.equals(got, content))
          .as("client %d of %d saw %d of %d bytes", i, seen.size(), got.length, content.length)
          .isTrue();
    }
    for (Future<String> one : execs) {
      assertThat(one.get()).isEqualTo("100000 and the tail, 3");
    }
    for (Future<Integer> one : stats) {
      assertThat(one.get()).isEqualTo(2);
    }
  }

  /// Input, output and the exit code of an exec.
  private String exec(int number) throws IOException, InterruptedException {
    String id;
    try (Client made =
        request(
            "POST",
            "/v1.51/containers/other/exec",
            "Connection: close\r\n",
            "{\"AttachStdin\":true,\"AttachStdout\":true,\"Cmd\":[\"sh\",\"-c\","
                + "\"cat; echo -n the tail; exit 3\"]}")) {
      assertThat(made.head()).startsWith("HTTP/1.1 201");
      String json = new String(made.in().readAllBytes(), StandardCharsets.UTF_8);
      id = json.replaceAll("(?s).*\"Id\":\"([0-9a-f]+)\".*", "$1");
    }
    byte[] given = new byte[100_000];
    new Random(number).nextBytes(given);
    byte[] got;
    try (Client client = upgrade("/v1.51/exec/" + id + "/start", "{\"Detach\":false}")) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              client.out().write(given);
              client.channel().shutdownOutput();
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
      got = frames(client.in(), number % 4 == 0)[0];
    }
    String json;
    try (Client asked =
        request("GET", "/v1.51/exec/" + id + "/json", "Connection: close\r\n", "")) {
      json = new String(asked.in().readAllBytes(), StandardCharsets.UTF_8);
    }
    boolean same = Arrays.equals(Arrays.copyOf(got, given.length), given);
    return (same ? given.length : -1)
        + " and "
        + new String(
            got, given.length, Math.max(0, got.length - given.length), StandardCharsets.UTF_8)
        + ", "
        + json.replaceAll("(?s).*\"ExitCode\":([0-9a-z]+).*", "$1");
  }

  /// A terminal with several clients: its size changes for all, and who types the keys leaves
  /// alone.
  @Test
  void terminalsAreResizedAndLeft() throws Exception {
    out(
        "docker run -dit --name term --net none base:1"
            + " sh -c 'while read line; do echo \"<$line $(stty size)>\"; done'");
    List<Client> all = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        all.add(
            upgrade(
                "/v1.51/containers/term/attach?stream=1&stdin=1&stdout=1&detachKeys=ctrl-x", ""));
      }
      for (int size = 20; size < 40; size++) {
        try (Client resize =
            request(
                "POST",
                "/v1.51/containers/term/resize?h=" + size + "&w=100",
                "Connection: close\r\n",
                "")) {
          assertThat(resize.head()).startsWith("HTTP/1.1 200");
        }
      }
      Client typist = all.getFirst();
      // The size is set by the monitor, some time after the answer.
      String answer = "";
      for (int i = 0; i < 100 && !answer.contains(" 39 100>"); i++) {
        typist.out().write(("word" + i + "\n").getBytes(StandardCharsets.UTF_8));
        answer = upTo(typist.in(), '>');
      }
      assertThat(answer).endsWith(" 39 100>");
      typist.out().write(0x18);
      assertThat(typist.in().readAllBytes()).isNotNull();
      all.get(1).out().write("end\n".getBytes(StandardCharsets.UTF_8));
      for (Client client : all.subList(1, all.size())) {
        String text = "";
        while (!text.endsWith("<end 39 100>")) {
          text = upTo(client.in(), '>');
        }
      }
      assertThat(out("docker inspect -f '{{.State.Status}}' term")).isEqualTo("running");
      assertThat(
              out(
                  "docker events --since 100s --until 0s --filter event=detach --format '{{.Action}}'"))
          .isIn("detach", "");
    } finally {
      for (Client client : all) {
        client.close();
      }
    }
  }

  private static String upTo(InputStream in, char end) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int b = in.read(); b >= 0; b = in.read()) {
      text.append((char) b);
      if (b == end) {
        return text.toString();
      }
    }
    throw new EOFException("the stream ends after " + text);
  }

  /// What a WebSocket says goes in, what comes out comes back, and the end is a Close.
  @Test
  void aWebSocketInBothDirections() throws Exception {
    out("docker create -i --name echo --net none base:1 sh -c 'head -n 2; exit 0'");
    try (Client client = webSocket("/v1.51/containers/echo/attach/ws?stream=1&stdin=1&stdout=1")) {
      out("docker start echo");
      for (String line : List.of("one\n", "two\n")) {
        byte[] text = line.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes(new byte[] {(byte) 0x82, (byte) (0x80 | text.length), 0, 0, 0, 0});
        frame.writeBytes(text);
        client.out().write(frame.toByteArray());
      }
      assertThat(new String(messages(client.in()), StandardCharsets.UTF_8)).isEqualTo("one\ntwo\n");
    }
    try (Client client =
        request("GET", "/containers/nope/attach/ws?stream=1", "Connection: close\r\n", "")) {
      assertThat(client.head()).startsWith("HTTP/1.1 404");
    }
    try (Client client =
        request("GET", "/containers/echo/attach/ws?stream=1", "Connection: close\r\n", "")) {
      assertThat(client.head()).startsWith("HTTP/1.1 400");
    }
  }
}

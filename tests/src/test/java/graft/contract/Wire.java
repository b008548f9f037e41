package graft.contract;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// HTTP/1.1 on a unix socket, one request a connection, with nothing that a client library would
/// smooth over.
final class Wire {
  private static final int PATIENCE = 120;

  private final Path socket;
  private final Path files;

  Wire(Path socket, Path files) {
    this.socket = socket;
    this.files = files;
  }

  /// @param headers by name in small letters
  record Reply(int status, Map<String, String> headers, byte[] body) {
    String header(String name) {
      return headers.getOrDefault(name, "");
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  Reply send(Row row) throws IOException {
    byte[] body =
        row.body().startsWith("@")
            ? Files.readAllBytes(files.resolve(row.body().substring(1)))
            : row.body().getBytes(StandardCharsets.UTF_8);
    StringBuilder head = new StringBuilder();
    head.append(row.method()).append(' ').append(row.target()).append(" HTTP/1.1\r\n");
    head.append("Host: docker\r\n");
    if (!row.says("Connection")) {
      head.append(row.says("Upgrade") ? "Connection: Upgrade\r\n" : "Connection: close\r\n");
    }
    if (body.length > 0 && !row.says("Content-Type")) {
      String type = row.body().startsWith("@") ? "application/x-tar" : "application/json";
      head.append("Content-Type: ").append(type).append("\r\n");
    }
    for (String header : row.headers()) {
      if (!header.endsWith(":")) {
        head.append(header).append("\r\n");
      }
    }
    if (body.length > 0 || row.method().equals("POST") || row.method().equals("PUT")) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    head.append("\r\n");
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      CountDownLatch done = new CountDownLatch(1);
      Thread.ofVirtual().start(() -> giveUp(channel, done));
      try {
        write(channel, head.toString().getBytes(StandardCharsets.UTF_8));
        write(channel, body);
        if (row.says("Upgrade")) {
          channel.shutdownOutput();
        }
        return parse(read(channel), row.method().equals("HEAD"));
      } finally {
        done.countDown();
      }
    }
  }

  private static void giveUp(SocketChannel channel, CountDownLatch done) {
    try {
      if (!done.await(PATIENCE, TimeUnit.SECONDS)) {
        channel.close();
      }
    } catch (IOException e) {
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      if (channel.isOpen()) {
        // A server may answer and close before it has read all: the answer counts.
        return;
      }
      throw e;
    }
  }

  private static byte[] read(SocketChannel channel) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
    try {
      while (channel.read(buffer) >= 0) {
        all.write(buffer.array(), 0, buffer.position());
        buffer.clear();
      }
    } catch (IOException e) {
      if (all.size() == 0) {
        throw e;
      }
      // Reset after the answer, since the request was not read to its end.
      return all.toByteArray();
    }
    return all.toByteArray();
  }

  private static Reply parse(byte[] bytes, boolean bare) throws IOException {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      throw new IOException("no answer: " + text);
    }
    List<String> lines = text.substring(0, end).lines().toList();
    Map<String, String> headers = new TreeMap<>();
    for (String line : lines.subList(1, lines.size())) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    byte[] body = Arrays.copyOfRange(bytes, end + 4, bytes.length);
    if (!bare && "chunked".equals(headers.get("transfer-encoding"))) {
      body = joined(body);
    }
    return new Reply(Integer.parseInt(lines.getFirst().split(" ", -1)[1]), headers, body);
  }

  private static byte[] joined(byte[] chunked) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int at = 0;
    while (at < chunked.length) {
      int eol = at;
      while (eol < chunked.length && chunked[eol] != '\r') {
        eol++;
      }
      int size = Integer.parseInt(new String(chunked, at, eol - at, StandardCharsets.US_ASCII), 16);
      at = eol + 2;
      int there = Math.min(size, chunked.length - at);
      if (there <= 0) {
        break;
      }
      out.write(chunked, at, there);
      at += size + 2;
    }
    return out.toByteArray();
  }
}

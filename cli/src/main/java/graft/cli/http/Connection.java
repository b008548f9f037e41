package graft.cli.http;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// One connection to the engine, good for one request. After a 101 it is a two-way stream.
public final class Connection implements AutoCloseable {
  private static final int LONGEST_HEAD = 64 * 1024;

  private final Duplex duplex;
  private final InputStream in;
  private final OutputStream out;

  Connection(Duplex duplex) {
    this.duplex = duplex;
    this.in = new BufferedInputStream(duplex.in(), 32 * 1024);
    this.out = duplex.out();
  }

  /// Sends the request and reads the head of the answer.
  public Reply send(String method, String path, Map<String, String> headers, Body body)
      throws IOException {
    StringBuilder head = new StringBuilder(256);
    head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: graft\r\n");
    for (Map.Entry<String, String> header : headers.entrySet()) {
      head.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n");
    }
    if (!headers.containsKey("Upgrade")) {
      head.append("Connection: close\r\n");
    }
    if (!body.type().isEmpty()) {
      head.append("Content-Type: ").append(body.type()).append("\r\n");
    }
    if (body.length() < 0) {
      head.append("Transfer-Encoding: chunked\r\n");
    } else if (!"GET".equals(method) && !"HEAD".equals(method)) {
      head.append("Content-Length: ").append(body.length()).append("\r\n");
    }
    try {
      out.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
      if (body.length() < 0) {
        ChunkedOutput chunks = new ChunkedOutput(out);
        body.source().writeTo(chunks);
        chunks.finish();
      } else {
        body.source().writeTo(out);
      }
    } catch (IOException e) {
      // The engine may have refused early: then its answer says more than "broken pipe".
      try {
        return readHead("HEAD".equals(method));
      } catch (IOException none) {
        e.addSuppressed(none);
        throw e;
      }
    }
    return readHead("HEAD".equals(method));
  }

  private Reply readHead(boolean bodyless) throws IOException {
    String first = line();
    if (!first.startsWith("HTTP/1.") || first.length() < 12) {
      throw new IOException("the engine's socket does not speak HTTP: it sent \"" + first + "\"");
    }
    int status = Integer.parseInt(first, 9, 12, 10);
    Map<String, String> headers = new HashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
    }
    if (status == 100) {
      return readHead(bodyless);
    }
    InputStream body = in;
    String length = headers.get("content-length");
    if (bodyless || status == 204 || status == 304) {
      body = InputStream.nullInputStream();
    } else if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
      body = new ChunkedInput(in);
    } else if (length != null && status != 101) {
      body = new FixedInput(in, Long.parseLong(length));
    }
    return new Reply(status, headers, body, this);
  }

  private String line() throws IOException {
    return line(in);
  }

  static String line(InputStream in) throws IOException {
    StringBuilder text = new StringBuilder(64);
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the engine closed the connection in the middle of its answer");
      }
      if (c != '\r') {
        text.append((char) c);
      }
      if (text.length() > LONGEST_HEAD) {
        throw new IOException("the engine sent a header line of more than 64 KiB");
      }
    }
    return text.toString();
  }

  public OutputStream output() {
    return out;
  }

  /// Says that nothing more will be sent; the other direction stays open.
  public void closeOutput() throws IOException {
    duplex.closeOutput();
  }

  @Override
  public void close() throws IOException {
    duplex.close();
  }
}

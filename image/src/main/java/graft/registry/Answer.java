package graft.registry;

import graft.error.GraftException;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The head of a response and its body, still on the wire. Whoever gets it closes it.
final class Answer implements Closeable {
  private static final int MAX_ERROR = 64 * 1024;
  private final String method;
  private final URI uri;
  private final int status;
  private final HttpHeaders headers;
  private final InputStream body;

  Answer(String method, URI uri, int status, HttpHeaders headers, InputStream body) {
    this.method = method;
    this.uri = uri;
    this.status = status;
    this.headers = headers;
    this.body = new Watched(body);
  }

  int status() {
    return status;
  }

  URI uri() {
    return uri;
  }

  HttpHeaders headers() {
    return headers;
  }

  Optional<String> header(String name) {
    return headers.firstValue(name);
  }

  /// The body; a broken connection shows as [RequestFailed].
  InputStream body() {
    return body;
  }

  /// The whole body, which must not be larger than `limit`.
  byte[] bytes(int limit) throws IOException {
    byte[] bytes = body.readNBytes(limit + 1);
    if (bytes.length > limit) {
      throw RequestFailed.forGood(
          0, RequestFailed.head(method, uri) + "the answer is larger than " + limit + " bytes");
    }
    return bytes;
  }

  /// This answer as a failure.
  RequestFailed failure(Instant now) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      text.write(body.readNBytes(MAX_ERROR));
    } catch (IOException _) {
      // the status says enough
    }
    return RequestFailed.answered(method, uri, status, text.toByteArray(), retryAfter(now));
  }

  private @Nullable Duration retryAfter(Instant now) {
    String text = header("Retry-After").orElse("").strip();
    if (text.isEmpty()) {
      return null;
    }
    if (text.matches("[0-9]{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    try {
      Instant at = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return at.isBefore(now) ? Duration.ZERO : Duration.between(now, at);
    } catch (DateTimeParseException _) {
      return null;
    }
  }

  /// This answer as one that ended too early.
  RequestFailed cut() {
    return RequestFailed.cut(method, uri, new EOFException("unexpected EOF"));
  }

  /// Drops the connection.
  void abort() {
    try {
      body.close();
    } catch (IOException _) {
      // it is gone either way
    }
  }

  /// Reads what little is left, so that the connection can be used again.
  @Override
  public void close() {
    try (body) {
      if (headers.firstValueAsLong("Content-Length").orElse(MAX_ERROR) < MAX_ERROR
          && !method.equals("HEAD")) {
        body.readNBytes(MAX_ERROR);
      }
    } catch (IOException _) {
      // nobody wants it any more
    }
  }

  private final class Watched extends FilterInputStream {
    Watched(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      try {
        return in.read(into, offset, length);
      } catch (IOException e) {
        if (e.getCause() instanceof InterruptedException
            || Thread.currentThread().isInterrupted()) {
          Thread.currentThread().interrupt();
          throw new GraftException(
              GraftException.Kind.CANCELLED, "cancelled while reading from the registry", e);
        }
        throw RequestFailed.cut(method, uri, e);
      }
    }
  }
}

package graft.cli.http;

import graft.cli.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// An answer whose body is still to be read. Closing it closes its connection.
public record Reply(
    int status, Map<String, String> headers, InputStream body, Connection connection)
    implements AutoCloseable {

  public Json json() throws IOException {
    return Json.parse(new String(body.readAllBytes(), StandardCharsets.UTF_8));
  }

  /// This reply, or the engine's error as an exception.
  Reply successful() throws IOException {
    if (status < 400) {
      return this;
    }
    try (this) {
      String text = new String(body.readAllBytes(), StandardCharsets.UTF_8).strip();
      String message = text;
      if (text.startsWith("{")) {
        message = Json.parse(text).at("message").text();
      }
      throw new ApiException(status, message.isEmpty() ? "the engine answered " + status : message);
    }
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}

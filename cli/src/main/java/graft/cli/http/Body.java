package graft.cli.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// What a request carries. A length of -1 means that it is sent in chunks.
public record Body(String type, long length, Source source) {
  public static final Body NONE = new Body("", 0, out -> {});

  /// Writes the content once.
  public interface Source {
    void writeTo(OutputStream out) throws IOException;
  }

  public static Body json(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new Body("application/json", bytes.length, out -> out.write(bytes));
  }

  public static Body tar(InputStream in) {
    return new Body("application/x-tar", -1, in::transferTo);
  }
}

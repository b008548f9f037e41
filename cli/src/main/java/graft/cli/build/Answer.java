package graft.cli.build;

import graft.cli.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The engine's answer to a build: lines of JSON, some of them with data behind.
final class Answer {
  private static final int LONGEST = 64 << 20;

  private final InputStream in;
  private @Nullable Json next;

  Answer(InputStream in) {
    this.in = in;
  }

  /// The data of a line that has some has to be read before the next line is.
  Json next() throws IOException {
    Json line = next;
    next = null;
    return line == null ? read() : line;
  }

  private Json read() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the engine's answer was cut off");
      }
      line.write(b);
      if (line.size() > LONGEST) {
        throw new IOException("the engine sent a line of more than 64 MiB");
      }
    }
    return Json.parse(line.toString(StandardCharsets.UTF_8));
  }

  /// The data of a line and of all lines of the same export that follow.
  ///
  /// @param others hears the lines between
  InputStream export(Json first, Consumer<Json> others) {
    return new InputStream() {
      private long left = first.at("data").number();

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int from, int length) throws IOException {
        if (length == 0) {
          return 0;
        }
        while (left == 0) {
          if (!more()) {
            return -1;
          }
        }
        int n = in.read(bytes, from, (int) Math.min(left, length));
        if (n < 0) {
          throw new EOFException("the engine's answer was cut off");
        }
        left -= n;
        return n;
      }

      private boolean more() throws IOException {
        while (true) {
          Json line = Answer.this.next();
          if (line.has("export") && same(line)) {
            left = line.at("data").number();
            return true;
          }
          if (!line.has("event") && !line.has("ask")) {
            next = line;
            return false;
          }
          others.accept(line);
        }
      }

      private boolean same(Json line) {
        return line.at("export").number() == first.at("export").number()
            && line.at("platform").text().equals(first.at("platform").text());
      }
    };
  }
}

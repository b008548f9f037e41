package graft.advisory;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Lines of a stranger's file, each up to a length.
final class LineReader {
  private final BufferedInputStream in;
  private final int longest;
  private boolean tooLong;

  LineReader(BufferedInputStream in, int longest) {
    this.in = in;
    this.longest = longest;
  }

  /// Without its end; null after the last. Of one that is too long only the beginning is had, see
  /// [#wasTooLong].
  byte @Nullable [] next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(512);
    tooLong = false;
    int b = in.read();
    if (b < 0) {
      return null;
    }
    for (; b >= 0 && b != '\n'; b = in.read()) {
      if (line.size() < longest) {
        line.write(b);
      } else {
        tooLong = true;
      }
    }
    return line.toByteArray();
  }

  boolean wasTooLong() {
    return tooLong;
  }
}

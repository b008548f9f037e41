package graft.advisory;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/// Lines of a stranger's file, each up to a length. Reads ahead: what follows is had by [#rest].
final class LineReader {
  private final InputStream in;
  private final int longest;
  private final byte[] buffer = new byte[64 << 10];
  private int from;
  private int end;
  private boolean tooLong;

  LineReader(InputStream in, int longest) {
    this.in = in;
    this.longest = longest;
  }

  /// Without its end; null after the last. Of one that is too long only the beginning is had, see
  /// [#wasTooLong].
  byte @Nullable [] next() throws IOException {
    tooLong = false;
    if (from >= end && !fill()) {
      return null;
    }
    ByteArrayOutputStream line = new ByteArrayOutputStream(512);
    do {
      int stop = from;
      while (stop < end && buffer[stop] != '\n') {
        stop++;
      }
      int fits = Math.min(stop - from, longest - line.size());
      tooLong |= fits < stop - from;
      line.write(buffer, from, fits);
      boolean ended = stop < end;
      from = stop + (ended ? 1 : 0);
      if (ended) {
        break;
      }
    } while (fill());
    return line.toByteArray();
  }

  private boolean fill() throws IOException {
    from = 0;
    end = Math.max(0, in.read(buffer));
    return end > 0;
  }

  boolean wasTooLong() {
    return tooLong;
  }

  /// All that follows the last line, up to so many bytes and one more.
  byte[] rest(int most) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream(end - from + 512);
    all.write(buffer, from, end - from);
    from = end;
    all.write(in.readNBytes(Math.max(0, most + 1 - all.size())));
    return all.toByteArray();
  }
}

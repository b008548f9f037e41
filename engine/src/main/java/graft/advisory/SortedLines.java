package graft.advisory;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// Sorts more lines than memory holds: chunks are sorted and written down, and merged when they are
/// read. Equal lines become one.
final class SortedLines implements AutoCloseable {
  /// Bytes held in memory.
  private static final int CHUNK = 16 << 20;

  /// What an array costs beside its bytes.
  private static final int OVERHEAD = 24;

  /// Lines in order, one after the other; null at the end.
  interface Cursor {
    byte @Nullable [] next() throws IOException;
  }

  private final Path directory;
  private final List<Path> chunks = new ArrayList<>();
  private final List<InputStream> open = new ArrayList<>();
  private List<byte[]> held = new ArrayList<>();
  private int bytes;

  /// @param directory for files named `part-…`
  SortedLines(Path directory) {
    this.directory = directory;
  }

  void add(byte[] line) throws IOException {
    held.add(line);
    bytes += line.length + OVERHEAD;
    if (bytes >= CHUNK) {
      Path chunk = Files.createTempFile(directory, "part-", "");
      chunks.add(chunk);
      held.sort(Arrays::compareUnsigned);
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(chunk), 1 << 16)) {
        for (byte[] one : held) {
          out.write(one);
          out.write('\n');
        }
      }
      held = new ArrayList<>();
      bytes = 0;
    }
  }

  /// All of them. What was added is read once, and the files are open until [#close].
  Cursor sorted() throws IOException {
    held.sort(Arrays::compareUnsigned);
    var iterator = held.iterator();
    List<Cursor> parts = new ArrayList<>();
    parts.add(() -> iterator.hasNext() ? iterator.next() : null);
    for (Path chunk : chunks) {
      InputStream in = Files.newInputStream(chunk);
      open.add(in);
      LineReader lines = new LineReader(in, Integer.MAX_VALUE);
      parts.add(lines::next);
    }
    return merged(parts);
  }

  private static final class Part {
    private final Cursor cursor;
    private byte[] line;

    Part(Cursor cursor, byte[] line) {
      this.cursor = cursor;
      this.line = line;
    }
  }

  static Cursor merged(List<Cursor> cursors) throws IOException {
    PriorityQueue<Part> parts =
        new PriorityQueue<>((a, b) -> Arrays.compareUnsigned(a.line, b.line));
    for (Cursor cursor : cursors) {
      byte[] first = cursor.next();
      if (first != null) {
        parts.add(new Part(cursor, first));
      }
    }
    return new Cursor() {
      private byte @Nullable [] last;

      @Override
      public byte @Nullable [] next() throws IOException {
        while (true) {
          Part least = parts.poll();
          if (least == null) {
            return null;
          }
          byte[] line = least.line;
          byte[] following = least.cursor.next();
          if (following != null) {
            least.line = following;
            parts.add(least);
          }
          if (last == null || !Arrays.equals(last, line)) {
            last = line;
            return line;
          }
        }
      }
    };
  }

  @Override
  public void close() throws IOException {
    for (InputStream in : open) {
      in.close();
    }
    for (Path chunk : chunks) {
      Files.deleteIfExists(chunk);
    }
  }
}

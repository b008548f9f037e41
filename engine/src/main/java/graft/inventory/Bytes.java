package graft.inventory;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/// The bytes of a file that does not change, wherever they are.
public interface Bytes {
  long size();

  /// Reads as many as there are, at most `length`.
  int read(long at, byte[] into, int offset, int length) throws IOException;

  static Bytes of(byte[] bytes) {
    return new Bytes() {
      @Override
      public long size() {
        return bytes.length;
      }

      @Override
      public int read(long at, byte[] into, int offset, int length) {
        int n = (int) Math.max(0, Math.min(length, bytes.length - at));
        System.arraycopy(bytes, (int) Math.min(at, bytes.length), into, offset, n);
        return n;
      }
    };
  }

  static Bytes of(FileChannel file) throws IOException {
    long size = file.size();
    return new Bytes() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public int read(long at, byte[] into, int offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(into, offset, length);
        long from = at;
        while (buffer.hasRemaining()) {
          int n = file.read(buffer, from);
          if (n < 0) {
            break;
          }
          from += n;
        }
        return buffer.position() - offset;
      }
    };
  }

  /// A part of them; what it claims is checked.
  ///
  /// @throws Senseless if it is not inside
  default byte[] bytes(long at, long length) throws IOException {
    if (at < 0 || length < 0 || at > size() || length > size() - at || length > 1 << 30) {
      throw new Senseless("a part of it (" + length + " bytes at " + at + ") is outside of it");
    }
    byte[] part = new byte[(int) length];
    if (read(at, part, 0, part.length) < part.length) {
      throw new EOFException("the file is shorter than it was");
    }
    return part;
  }

  default Bytes slice(long from, long length) {
    if (from < 0 || length < 0 || from > size() || length > size() - from) {
      throw new Senseless("a part of it (" + length + " bytes at " + from + ") is outside of it");
    }
    Bytes whole = this;
    return new Bytes() {
      @Override
      public long size() {
        return length;
      }

      @Override
      public int read(long at, byte[] into, int offset, int n) throws IOException {
        return whole.read(from + at, into, offset, Math.clamp(length - at, 0, n));
      }
    };
  }

  default InputStream stream() {
    Bytes all = this;
    return new InputStream() {
      private long at;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        int n = all.read(at, into, offset, length);
        at += n;
        return n == 0 && length > 0 ? -1 : n;
      }
    };
  }
}

package graft.elf;

import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;

/// Parts of a file, all of which lie inside it and are not too much together.
final class Window {
  private final SeekableByteChannel file;
  private final long size;
  private long left;
  private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

  Window(SeekableByteChannel file, long most) throws IOException {
    this.file = file;
    this.size = file.size();
    this.left = most;
  }

  /// The file says what cannot be. Known inside this room only.
  static final class Senseless extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    Senseless(String reason) {
      super(reason, null, false, false);
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }

  void order(ByteOrder order) {
    this.order = order;
  }

  long size() {
    return size;
  }

  ByteBuffer buffer(long at, long length) throws IOException {
    if (length < 0 || at < 0 || at > size || length > size - at) {
      throw new Senseless("a part of it (" + length + " bytes at " + at + ") is outside of it");
    }
    left -= length;
    if (left < 0 || length > Integer.MAX_VALUE - 8) {
      throw new Senseless("its tables are too large");
    }
    ByteBuffer into = ByteBuffer.allocate((int) length).order(order);
    file.position(at);
    while (into.hasRemaining()) {
      if (file.read(into) < 0) {
        throw new Senseless("it ends early");
      }
    }
    return into.flip().order(order);
  }

  byte[] bytes(long at, int length) throws IOException {
    return buffer(at, length).array();
  }
}

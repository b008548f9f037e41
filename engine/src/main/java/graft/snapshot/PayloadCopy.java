package graft.snapshot;

import graft.layer.TarReader;
import graft.linux.Fd;
import graft.linux.LinuxFiles;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Copies the payload of tar entries into files. Belongs to one thread.
final class PayloadCopy implements Closeable {
  private static final int BUFFER = 256 * 1024;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment segment = arena.allocate(BUFFER);
  private final byte[] buffer = new byte[BUFFER];

  /// Long runs of zeros become holes; those that the archive does not even hold cost nothing.
  void copy(TarReader tar, Fd file) throws IOException {
    boolean holeAtEnd = false;
    long size = 0;
    while (true) {
      long hole = tar.hole();
      if (hole > 0) {
        tar.passHole();
        LinuxFiles.skip(file, hole);
        size += hole;
        holeAtEnd = true;
        continue;
      }
      int filled = fill(tar);
      if (filled == 0) {
        break;
      }
      size += filled;
      holeAtEnd = filled == buffer.length && isZero(buffer);
      if (holeAtEnd) {
        LinuxFiles.skip(file, filled);
      } else {
        MemorySegment.copy(buffer, 0, segment, ValueLayout.JAVA_BYTE, 0, filled);
        LinuxFiles.write(file, segment, filled);
      }
    }
    if (holeAtEnd) {
      LinuxFiles.ftruncate(file, size);
    }
  }

  /// As much as the buffer takes, up to the next hole or the end.
  private int fill(TarReader tar) throws IOException {
    int filled = 0;
    while (filled < buffer.length && tar.hole() == 0) {
      int n = tar.read(buffer, filled, buffer.length - filled);
      if (n < 0) {
        break;
      }
      filled += n;
    }
    return filled;
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    arena.close();
  }
}

package graft.db;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// A few megabytes that are given away when the disk is full. To remove something is to write that
/// it is gone: without a reserve, the very thing that a user does about a full disk fails on one.
/// The driver's native library, unpacked at each start, fits into it as well.
final class Reserve {
  private static final int SIZE = 4 << 20;

  /// Nobody is to be kept from writing by it.
  private static final long WORTHWHILE = 3L * SIZE;

  private final Path file;
  private boolean here;

  Reserve(Path file) {
    this.file = file;
    this.here = Files.exists(file);
  }

  /// Makes it, if there is room for that. Called after each write, so it looks at the disk only
  /// while there is none.
  void keep() {
    if (here || file.resolveSibling(".").toFile().getUsableSpace() < WORTHWHILE) {
      return;
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(new byte[SIZE]);
      here = true;
    } catch (IOException e) {
      // Somebody else was faster, and the disk is full. Half of it is of no use.
      release();
    }
  }

  /// Gives it away; false if there was none.
  boolean release() {
    here = false;
    try {
      return Files.deleteIfExists(file);
    } catch (IOException e) {
      return false;
    }
  }

  /// Before anything is written at a start.
  void releaseIfShort() {
    if (here && file.toFile().getUsableSpace() < SIZE) {
      release();
    }
  }
}

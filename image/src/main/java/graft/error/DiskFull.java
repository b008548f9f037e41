package graft.error;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A full disk, told from all else that may go wrong in writing: it is the one failure whose remedy
/// the user has, so it is named in one way wherever it happens.
public final class DiskFull {
  private DiskFull() {}

  /// Throws if the disk being full, or a quota, is behind this failure; else returns.
  ///
  /// @param tried what failed, as `cannot …`
  /// @param place something on that disk
  public static void check(String tried, Path place, Throwable failure) {
    if (isBehind(failure)) {
      throw GraftException.internal(
          tried
              + ": no space left on device: the disk at "
              + disk(place)
              + " is full; make room on it (docker image prune, docker container prune, docker"
              + " volume prune) and try again",
          failure);
    }
  }

  /// Whether it is, and has not been said so yet.
  public static boolean isBehind(Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof GraftException) {
        return false;
      }
      if (saysSo(e.getMessage())) {
        return true;
      }
    }
    return false;
  }

  /// The JDK has no errno; these are the words of the C library, of our own system calls and of
  /// SQLite.
  private static boolean saysSo(@Nullable String message) {
    if (message == null) {
      return false;
    }
    String text = message.toLowerCase(Locale.ROOT);
    return text.contains("no space left on device")
        || text.contains("disk quota exceeded")
        || text.contains("database or disk is full");
  }

  /// Its mount point, device and room; the place itself where those cannot be had.
  private static String disk(Path place) {
    Path there = place;
    while (!Files.exists(there)) {
      Path parent = there.getParent();
      if (parent == null) {
        return place.toString();
      }
      there = parent;
    }
    try {
      FileStore disk = Files.getFileStore(there);
      return String.format(
          Locale.ROOT,
          "%s (%d of %d MiB free)",
          disk,
          disk.getUsableSpace() >> 20,
          disk.getTotalSpace() >> 20);
    } catch (IOException e) {
      return place.toString();
    }
  }
}

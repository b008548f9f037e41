package graft.runtime;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A log and what it was before: `log` is being written, `log.1` was before it, and so on. Rotating
/// and opening exclude each other, so a reader always gets a row without a gap.
final class LogFiles {
  /// One file, open; `key` is its identity whatever its name is by now.
  record Open(FileChannel channel, @Nullable Object key) {}

  /// Renaming and opening only: no data moves under this lock.
  private static final Object LOCK = new Object();

  private static final int MOST = 1000;

  private final Path log;

  LogFiles(Path log) {
    this.log = log;
  }

  private Path numbered(int number) {
    return number == 0 ? log : log.resolveSibling(log.getFileName() + "." + number);
  }

  /// All there are, the oldest first.
  List<Open> open() throws IOException {
    synchronized (LOCK) {
      int count = 1;
      while (count < MOST && Files.exists(numbered(count))) {
        count++;
      }
      List<Open> files = new ArrayList<>();
      for (int number = count - 1; number >= 0; number--) {
        Open file = open(number);
        if (file != null) {
          files.add(file);
        }
      }
      return files;
    }
  }

  /// The file that came after one; null while there is none. A new file under the log's name is
  /// also the sign that nothing more will be written to the one before.
  @Nullable Open after(@Nullable Object key) throws IOException {
    synchronized (LOCK) {
      Object newest = key(0);
      if (newest == null || newest.equals(key)) {
        return null;
      }
      int number = 1;
      while (number < MOST && Files.exists(numbered(number))) {
        if (Objects.equals(key(number), key)) {
          return open(number - 1);
        }
        number++;
      }
      return open(number - 1); // ours was dropped meanwhile: go on with the oldest
    }
  }

  private @Nullable Open open(int number) throws IOException {
    try {
      FileChannel channel = FileChannel.open(numbered(number), StandardOpenOption.READ);
      return new Open(channel, key(number));
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private @Nullable Object key(int number) throws IOException {
    try {
      return Files.getAttribute(numbered(number), "unix:ino");
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /// Renames the log out of the way and drops the oldest, so that `most` files remain with the new
  /// one. The monitor must then be told to open its log anew. False if a former rotation is not
  /// finished (the log has no file) or there is nothing to rotate.
  boolean rotate(long largest, int most) throws IOException {
    synchronized (LOCK) {
      if (!Files.exists(log) || Files.size(log) < largest) {
        return false;
      }
      Files.deleteIfExists(numbered(Math.max(most - 1, 1)));
      for (int number = most - 2; number >= 0; number--) {
        if (Files.exists(numbered(number))) {
          Files.move(numbered(number), numbered(number + 1), StandardCopyOption.ATOMIC_MOVE);
        }
      }
      if (most == 1) {
        Files.deleteIfExists(log);
      }
      return true;
    }
  }
}

package graft.cli.build;

import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Optional;
import java.util.stream.Stream;

/// Files of a build, into a directory. They belong to who runs this; devices are left out.
final class Unpacking {
  private final Path base;
  private final TarReader tar;

  /// Directories and how they are to be in the end, which must not hinder what comes into them.
  private final Deque<TarEntry> directories = new ArrayDeque<>();

  private Unpacking(Path base, TarReader tar) {
    this.base = base;
    this.tar = tar;
  }

  static void unpack(InputStream in, Path directory) throws IOException {
    Files.createDirectories(directory);
    Unpacking unpacking =
        new Unpacking(
            directory.toRealPath(), new TarReader(in, Limits.DEFAULT, TarReader.Recorder.NONE));
    unpacking.run();
  }

  private void run() throws IOException {
    for (Optional<TarEntry> e = tar.next(); e.isPresent(); e = tar.next()) {
      if (!e.get().path().isEmpty()) {
        write(e.get());
      }
    }
    for (TarEntry directory : directories) {
      finish(base.resolve(directory.path().toString()), directory);
    }
  }

  private void write(TarEntry entry) throws IOException {
    Path place = place(entry.path().toString());
    boolean directory = entry.type() == TarEntry.Type.DIRECTORY;
    if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)
        && !(directory && Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS))) {
      remove(place);
    }
    switch (entry.type()) {
      case DIRECTORY -> {
        Files.createDirectories(place);
        directories.push(entry);
      }
      case FILE -> {
        try (OutputStream out = Files.newOutputStream(place)) {
          tar.payload().transferTo(out);
        }
        finish(place, entry);
      }
      case SYMLINK -> Files.createSymbolicLink(place, Path.of(entry.linkTarget().toString()));
      case HARDLINK -> Files.createLink(place, place(entry.linkTarget().toString()));
      case CHAR, BLOCK, FIFO -> {
        // Nothing that a directory of a user's should have.
      }
    }
  }

  /// A link that the same tar brought must not lead what follows elsewhere.
  private Path place(String path) throws IOException {
    Path place = base.resolve(path);
    Path parent = place.getParent();
    if (parent == null || !parent.toRealPath().startsWith(base)) {
      throw new IOException("refusing to write through a symbolic link: " + place);
    }
    return place;
  }

  private static void finish(Path place, TarEntry entry) throws IOException {
    Files.setAttribute(place, "unix:mode", entry.mode(), LinkOption.NOFOLLOW_LINKS);
    Files.setLastModifiedTime(place, FileTime.from(entry.mtime()));
  }

  private static void remove(Path place) throws IOException {
    try (Stream<Path> all = Files.walk(place)) {
      all.sorted(Comparator.reverseOrder())
          .forEach(path -> {
            try {
              Files.delete(path);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }
}

package graft.cli.container;

import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarReader;
import graft.layer.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Files of this side of `graft cp`, as a tar and from one. Both give back how many bytes of files
/// there were.
final class LocalFiles {
  private LocalFiles() {}

  /// The first element of each name is the source's own; it becomes the target, or goes below it if
  /// the target is a directory.
  static long unpack(InputStream in, Path target, boolean mustBeDirectory) throws IOException {
    long bytes = 0;
    boolean into = Files.isDirectory(target);
    if (mustBeDirectory && !into) {
      throw new IOException("there is no directory " + target);
    }
    TarReader tar = new TarReader(in, Limits.DEFAULT, TarReader.Recorder.NONE);
    boolean contents = false;
    for (Optional<TarEntry> e = tar.next(); e.isPresent(); e = tar.next()) {
      TarEntry entry = e.get();
      String name = entry.path().toString();
      // What is in a directory (`/dir/.`) begins with the directory, which has no name then.
      contents |= name.isEmpty();
      int slash = contents ? -1 : name.indexOf('/');
      String rest = contents ? name : slash < 0 ? "" : name.substring(slash + 1);
      Path place = into ? target.resolve(name) : rest.isEmpty() ? target : target.resolve(rest);
      bytes += entry.size();
      write(entry, tar, place, into ? target : target.toAbsolutePath().getParent());
    }
    return bytes;
  }

  private static void write(TarEntry entry, TarReader tar, Path place, @Nullable Path base)
      throws IOException {
    refuseBehindLinks(place, base);
    switch (entry.type()) {
      case DIRECTORY -> Files.createDirectories(place);
      case FILE -> {
        Files.deleteIfExists(place);
        try (OutputStream out = Files.newOutputStream(place)) {
          tar.payload().transferTo(out);
        }
      }
      case SYMLINK -> {
        Files.deleteIfExists(place);
        Files.createSymbolicLink(place, Path.of(entry.linkTarget().toString()));
        return;
      }
      case HARDLINK, CHAR, BLOCK, FIFO -> {
        // Means nothing without the rest of the file system it came from.
        return;
      }
    }
    Files.setAttribute(place, "unix:mode", entry.mode(), LinkOption.NOFOLLOW_LINKS);
    Files.setLastModifiedTime(place, FileTime.from(entry.mtime()));
  }

  /// A link that the same archive brought must not lead what follows elsewhere.
  private static void refuseBehindLinks(Path place, @Nullable Path base) throws IOException {
    Path up = place.toAbsolutePath().getParent();
    while (up != null && base != null && !up.equals(base.toAbsolutePath())) {
      if (Files.isSymbolicLink(up)) {
        throw new IOException("refusing to write through the symbolic link " + up);
      }
      up = up.getParent();
    }
  }

  static long pack(OutputStream out, Path root, String name) throws IOException {
    long[] bytes = new long[1];
    try (TarWriter tar = new TarWriter(out)) {
      pack(tar, root, name, bytes);
    }
    return bytes[0];
  }

  private static void pack(TarWriter tar, Path root, String name, long[] bytes) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes a)
              throws IOException {
            String at = place(dir);
            if (!at.isEmpty()) {
              tar.write(entry(dir, at, Type.DIRECTORY, 0, ""));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes a) throws IOException {
            if (a.isSymbolicLink()) {
              tar.write(
                  entry(
                      file, place(file), Type.SYMLINK, 0, Files.readSymbolicLink(file).toString()));
            } else if (a.isRegularFile()) {
              try (InputStream in = Files.newInputStream(file)) {
                tar.write(entry(file, place(file), Type.FILE, a.size(), ""), in);
                bytes[0] += a.size();
              }
            }
            return FileVisitResult.CONTINUE;
          }

          private String place(Path path) {
            String below = root.relativize(path).toString();
            return below.isEmpty() ? name : name.isEmpty() ? below : name + "/" + below;
          }
        });
  }

  private static TarEntry entry(Path file, String name, Type type, long size, String link)
      throws IOException {
    Map<String, Object> a =
        Files.readAttributes(file, "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
    FileTime time = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS);
    Instant mtime = time.toInstant();
    return new TarEntry(
        Name.of(name),
        type,
        number(a, "mode") & 07777,
        number(a, "uid"),
        number(a, "gid"),
        size,
        mtime,
        Name.of(link),
        0,
        0,
        Map.of());
  }

  private static int number(Map<String, Object> attributes, String key) {
    return attributes.get(key) instanceof Integer i ? i : 0;
  }
}

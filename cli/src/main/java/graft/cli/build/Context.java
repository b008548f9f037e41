package graft.cli.build;

import graft.build.dockerfile.Ignore;
import graft.layer.Compression;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarReader;
import graft.layer.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Writes directories into the tar that the engine builds from, without what is ignored.
final class Context {
  private final TarWriter tar;

  Context(TarWriter tar) {
    this.tar = tar;
  }

  /// @param name below which its files are
  /// @param keep paths that are sent although they are ignored: the engine needs them
  void directory(String name, Path directory, Ignore ignore, List<String> keep) throws IOException {
    tar.write(entry(name, directory, Type.DIRECTORY, 0, ""));
    walk(name, directory, "", ignore, keep);
  }

  private void walk(String name, Path directory, String path, Ignore ignore, List<String> keep)
      throws IOException {
    List<Path> children;
    try (Stream<Path> all = Files.list(directory)) {
      children = all.sorted().toList();
    }
    for (Path child : children) {
      String relative = path + child.getFileName();
      boolean out = ignore.excludes(relative) && !keep.contains(relative);
      if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
        boolean wanted = keep.stream().anyMatch(k -> k.startsWith(relative + "/"));
        if (!out || wanted || ignore.mayInclude(relative)) {
          tar.write(entry(name + "/" + relative, child, Type.DIRECTORY, 0, ""));
          walk(name, child, relative + "/", ignore, keep);
        }
      } else if (!out) {
        file(name + "/" + relative, child);
      }
    }
  }

  /// A file or a link; what else there is makes no part of an image.
  void file(String name, Path file) throws IOException {
    if (Files.isSymbolicLink(file)) {
      tar.write(entry(name, file, Type.SYMLINK, 0, Files.readSymbolicLink(file).toString()));
    } else if (Files.isRegularFile(file)) {
      try (InputStream in = Files.newInputStream(file)) {
        tar.write(entry(name, file, Type.FILE, Files.size(file), ""), in);
      }
    }
  }

  /// A directory that nothing is in.
  void empty(String name) throws IOException {
    tar.write(made(name, Type.DIRECTORY, 0755, 0));
  }

  void bytes(String name, byte[] content) throws IOException {
    tar.write(made(name, Type.FILE, 0644, content.length), new ByteArrayInputStream(content));
  }

  private static TarEntry made(String name, Type type, int mode, long size) {
    return new TarEntry(
        Name.of(name), type, mode, 0, 0, size, Instant.EPOCH, Name.EMPTY, 0, 0, Map.of());
  }

  /// All entries of a tar of any compression.
  void archive(String name, InputStream packed) throws IOException {
    empty(name);
    try (InputStream in = Compression.decompress(packed)) {
      TarReader reader = new TarReader(in, Limits.DEFAULT, TarReader.Recorder.NONE);
      for (Optional<TarEntry> e = reader.next(); e.isPresent(); e = reader.next()) {
        if (!e.get().path().isEmpty()) {
          tar.write(below(name, e.get()), reader.payload());
        }
      }
    }
  }

  private static TarEntry below(String name, TarEntry e) {
    return new TarEntry(
        join(name, e.path()),
        e.type(),
        e.mode(),
        e.uid(),
        e.gid(),
        e.size(),
        e.mtime(),
        e.type() == Type.HARDLINK ? join(name, e.linkTarget()) : e.linkTarget(),
        e.deviceMajor(),
        e.deviceMinor(),
        e.xattrs());
  }

  private static Name join(String name, Name path) {
    byte[] first = (name + "/").getBytes(StandardCharsets.UTF_8);
    return Name.of(
        ByteBuffer.allocate(first.length + path.length()).put(first).put(path.bytes()).array());
  }

  private static TarEntry entry(String name, Path file, Type type, long size, String link)
      throws IOException {
    int mode = (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
    Instant time = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
    return new TarEntry(Name.of(name), type, mode, 0, 0, size, time, Name.of(link), 0, 0, Map.of());
  }
}

package graft.cli.build;

import graft.build.dockerfile.Ignore;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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

  private static TarEntry entry(String name, Path file, Type type, long size, String link)
      throws IOException {
    int mode = (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
    Instant time = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
    return new TarEntry(Name.of(name), type, mode, 0, 0, size, time, Name.of(link), 0, 0, Map.of());
  }
}

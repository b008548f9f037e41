package graft.cli.command;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarReader;
import graft.layer.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
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

/// `graft cp CONTAINER:PATH HOST-PATH` and back; `-` is a tar on standard input or output. A source
/// of `IMAGE:PATH` works as well, if no container of that name is here.
public final class Copy implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, "Copy files between a container (or out of an image) and the host")
        .flag("Keep owners", "-a", "--archive")
        .flag("Follow a symbolic link in the source", "-L", "--follow-link")
        .flag("No progress", "-q", "--quiet")
        .arguments("SOURCE TARGET");
  }

  private record Side(String container, String path) {
    boolean local() {
      return container.isEmpty();
    }

    static Side of(String text) {
      int colon = text.indexOf(':');
      boolean local = colon <= 0 || text.startsWith("/") || text.startsWith(".");
      return local
          ? new Side("", text)
          : new Side(text.substring(0, colon), text.substring(colon + 1));
    }
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    line.arguments(2, 2);
    Side from = Side.of(line.argument(0));
    Side to = Side.of(line.argument(1));
    if (from.local() == to.local()) {
      throw new IOException(
          "one side must be a container (NAME:PATH) and the other a path of the host or -");
    }
    if (to.local()) {
      download(engine, line.argument(0), from, to.path());
    } else {
      upload(engine, from.path(), to);
    }
    return 0;
  }

  private static void download(Engine engine, String typed, Side from, String target)
      throws IOException {
    try (Reply reply = open(engine, typed, from)) {
      if (target.equals("-")) {
        reply.body().transferTo(System.out);
        System.out.flush();
        return;
      }
      unpack(reply.body(), Path.of(target), target.endsWith("/"));
    }
  }

  /// From a container, or, if there is none of that name, from an image.
  private static Reply open(Engine engine, String typed, Side from) throws IOException {
    try {
      return engine.send(
          "GET",
          "/containers/"
              + Engine.encode(from.container())
              + "/archive"
              + Engine.query("path", from.path()),
          Body.NONE);
    } catch (graft.cli.http.ApiException e) {
      int colon = typed.lastIndexOf(':');
      if (e.status() != 404 || !e.text().startsWith("No such container") || colon < 0) {
        throw e;
      }
      return engine.send(
          "GET",
          "/graft/v1/images/"
              + typed.substring(0, colon)
              + "/files"
              + Engine.query("path", typed.substring(colon + 1), "op", "tar"),
          Body.NONE);
    }
  }

  /// The first element of each name is the source's own; it becomes the target, or goes below it if
  /// the target is a directory.
  private static void unpack(InputStream in, Path target, boolean mustBeDirectory)
      throws IOException {
    boolean into = Files.isDirectory(target);
    if (mustBeDirectory && !into) {
      throw new IOException("there is no directory " + target);
    }
    TarReader tar = new TarReader(in, Limits.DEFAULT, TarReader.Recorder.NONE);
    for (Optional<TarEntry> e = tar.next(); e.isPresent(); e = tar.next()) {
      TarEntry entry = e.get();
      String name = entry.path().toString();
      int slash = name.indexOf('/');
      String rest = slash < 0 ? "" : name.substring(slash + 1);
      Path place = into ? target.resolve(name) : rest.isEmpty() ? target : target.resolve(rest);
      write(entry, tar, place, into ? target : target.toAbsolutePath().getParent());
    }
  }

  private static void write(
      TarEntry entry, TarReader tar, Path place, @org.jspecify.annotations.Nullable Path base)
      throws IOException {
    refuseBehindLinks(place, base);
    switch (entry.type()) {
      case DIRECTORY -> Files.createDirectories(place);
      case FILE -> {
        Files.deleteIfExists(place);
        try (OutputStream out = Files.newOutputStream(place)) {
          byte[] buffer = new byte[64 * 1024];
          for (int n = tar.read(buffer, 0, buffer.length);
              n >= 0;
              n = tar.read(buffer, 0, buffer.length)) {
            out.write(buffer, 0, n);
          }
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
  private static void refuseBehindLinks(Path place, @org.jspecify.annotations.Nullable Path base)
      throws IOException {
    Path up = place.toAbsolutePath().getParent();
    while (up != null && base != null && !up.equals(base.toAbsolutePath())) {
      if (Files.isSymbolicLink(up)) {
        throw new IOException("refusing to write through the symbolic link " + up);
      }
      up = up.getParent();
    }
  }

  private static void upload(Engine engine, String source, Side to) throws IOException {
    String container = Engine.encode(to.container());
    if (source.equals("-")) {
      put(engine, container, to.path(), System.in);
      return;
    }
    Path path = Path.of(source);
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("lstat " + source + ": no such file or directory");
    }
    boolean contents = source.endsWith("/.");
    boolean directory = isDirectory(engine, container, to.path());
    String name;
    String target;
    if (directory) {
      target = to.path();
      name = contents ? "" : String.valueOf(path.toRealPath().getFileName());
    } else {
      int slash = to.path().lastIndexOf('/');
      target = slash <= 0 ? "/" : to.path().substring(0, slash);
      name = to.path().substring(slash + 1);
    }
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(tar)) {
      pack(writer, path, name);
    }
    put(engine, container, target, new ByteArrayInputStream(tar.toByteArray()));
  }

  private static boolean isDirectory(Engine engine, String container, String path)
      throws IOException {
    try {
      engine
          .send(
              "GET",
              "/containers/" + container + "/archive" + Engine.query("path", path + "/."),
              Body.NONE)
          .close();
      return true;
    } catch (graft.cli.http.ApiException e) {
      if (e.status() == 404 && e.text().startsWith("No such container")) {
        throw e;
      }
      return false;
    }
  }

  private static void put(Engine engine, String container, String path, InputStream tar)
      throws IOException {
    engine
        .send(
            "PUT",
            "/containers/"
                + container
                + "/archive"
                + Engine.query("path", path, "noOverwriteDirNonDir", "true"),
            Body.tar(tar))
        .close();
  }

  private static void pack(TarWriter tar, Path root, String name) throws IOException {
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

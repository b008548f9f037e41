package graft.cli.container;

import graft.cli.http.ApiException;
import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.output.Human;
import graft.cli.stream.Terminal;
import graft.cli.verb.ImagePath;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/// `graft cp`: into and out of containers, and out of images.
final class Copy implements Verb {
  @Override
  public Options options() {
    return new Options("cp", "Copy files out of a container or an image, or into a container")
        .arguments(2, 2, "CONTAINER:PATH LOCAL|-", "LOCAL|- CONTAINER:PATH", "IMAGE:/PATH LOCAL|-")
        .flag("Keep owners", "-a", "--archive")
        .flag("Follow a symbolic link that is the source itself", "-L", "--follow-link")
        .flag("Do not say what was copied", "-q", "--quiet")
        .details(
            """
            The container need not run. A directory is copied with all that is in it: into the
            target if that is a directory, as the target if nothing is there yet; SOURCE/. copies
            only what is in it. - is a tar on standard input or output. If no container has the
            name, the image of that name is read, without making a container.\
            """)
        .example("graft cp web:/etc/motd .", "out of a container")
        .example("graft cp site/. web:/www", "all files of a directory, into a container")
        .example("graft cp busybox:/etc/passwd passwd", "out of an image");
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
    Side from = Side.of(line.argument(0));
    Side to = Side.of(line.argument(1));
    if (from.local() == to.local()) {
      throw new IOException(
          "one side must be a container (NAME:PATH) and the other a path of the host or -");
    }
    if (to.local()) {
      long bytes = download(engine, line.argument(0), from, to.path());
      if (!to.path().equals("-")) {
        tell(line, bytes, to.path());
      }
    } else {
      tell(line, upload(engine, from.path(), to, line.flag("--follow-link")), line.argument(1));
    }
    return 0;
  }

  private static void tell(Line line, long bytes, String where) {
    if (!line.flag("--quiet") && Terminal.is(2)) {
      System.err.println("Successfully copied " + Human.size(bytes) + " to " + where);
    }
  }

  private static long download(Engine engine, String typed, Side from, String target)
      throws IOException {
    try (Reply reply = open(engine, typed, from)) {
      if (target.equals("-")) {
        reply.body().transferTo(System.out);
        System.out.flush();
        return 0;
      }
      return LocalFiles.unpack(reply.body(), Path.of(target), target.endsWith("/"));
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
    } catch (ApiException e) {
      if (e.status() != 404 || !e.text().startsWith("No such container") || !typed.contains(":/")) {
        throw e;
      }
      ImagePath image = ImagePath.of(typed);
      try {
        return engine.send(
            "GET",
            image.route() + "/files" + Engine.query("path", image.path(), "op", "tar"),
            Body.NONE);
      } catch (ApiException none) {
        e.addSuppressed(none);
        throw none.text().startsWith("No such image") ? e : none;
      }
    }
  }

  private static long upload(Engine engine, String source, Side to, boolean follow)
      throws IOException {
    String container = Engine.encode(to.container());
    if (source.equals("-")) {
      put(engine, container, to.path(), Body.tar(System.in));
      return 0;
    }
    Path path = follow ? Path.of(source).toRealPath() : Path.of(source);
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("lstat " + source + ": no such file or directory");
    }
    boolean contents = source.endsWith("/.");
    boolean directory = isDirectory(engine, container, to.path());
    String name;
    String target;
    if (directory) {
      target = to.path();
      Path last = Path.of(source).toAbsolutePath().normalize().getFileName();
      name = contents || last == null ? "" : last.toString();
    } else {
      int slash = to.path().lastIndexOf('/');
      target = slash <= 0 ? "/" : to.path().substring(0, slash);
      name = to.path().substring(slash + 1);
    }
    long[] bytes = new long[1];
    put(
        engine,
        container,
        target,
        new Body("application/x-tar", -1, out -> bytes[0] = LocalFiles.pack(out, path, name)));
    return bytes[0];
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
    } catch (ApiException e) {
      if (e.status() == 404 && e.text().startsWith("No such container")) {
        throw e;
      }
      return false;
    }
  }

  private static void put(Engine engine, String container, String path, Body tar)
      throws IOException {
    engine
        .send(
            "PUT",
            "/containers/"
                + container
                + "/archive"
                + Engine.query("path", path, "noOverwriteDirNonDir", "true"),
            tar)
        .close();
  }
}

package graft.docker.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.ContainerArchive;
import graft.container.Containers;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.GoJson;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.layer.Compression;
import graft.snapshot.RootFiles.FileStat;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Base64;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/// `docker cp`: files of containers as tars.
public final class ArchiveRoutes {
  private final Containers containers;

  public ArchiveRoutes(Engine engine) {
    this.containers = engine.containers();
  }

  public void addTo(Router router) {
    router
        .head("/containers/{id}/archive", this::stat)
        .get("/containers/{id}/archive", this::read)
        .put("/containers/{id}/archive", this::write);
  }

  private static String path(Exchange x) {
    String path = x.query("path");
    if (path.isEmpty()) {
      throw GraftException.invalid("bad parameter: pathcannot be empty");
    }
    return path;
  }

  private ContainerArchive open(Exchange x) throws IOException {
    return containers.archive(containers.find(x.parameter("id")).id());
  }

  private void stat(Exchange x) throws IOException {
    String path = path(x);
    try (ContainerArchive files = open(x)) {
      x.withHeader("X-Docker-Container-Path-Stat", header(files.stat(path, x.parameter("id"))));
    }
    x.empty(200);
  }

  private void read(Exchange x) throws IOException {
    String path = path(x);
    try (ContainerArchive files = open(x)) {
      x.withHeader("X-Docker-Container-Path-Stat", header(files.stat(path, x.parameter("id"))));
      String accepted = x.header("Accept-Encoding").orElse("");
      boolean gzip = accepts(accepted, "gzip");
      boolean deflate = !gzip && accepts(accepted, "deflate");
      if (gzip || deflate) {
        x.withHeader("Content-Encoding", gzip ? "gzip" : "deflate");
      }
      OutputStream client = x.stream("application/x-tar").out();
      try (OutputStream out =
          gzip
              ? new GZIPOutputStream(client)
              : deflate ? new DeflaterOutputStream(client, new Deflater(-1, true)) : client) {
        files.write(path, x.parameter("id"), out);
      }
    }
    announce(x, "archive-path", path);
  }

  private static boolean accepts(String header, String encoding) {
    for (String one : header.split(",", -1)) {
      String[] parts = one.strip().split("\\s*;\\s*", 2);
      if (parts[0].equals(encoding)) {
        return parts.length == 1 || !parts[1].matches("q=0(\\.0*)?");
      }
    }
    return false;
  }

  private void write(Exchange x) throws IOException {
    String path = path(x);
    try (ContainerArchive files = open(x);
        InputStream tar = Compression.decompress(x.body())) {
      files.read(
          path, x.parameter("id"), tar, x.flag("noOverwriteDirNonDir"), x.flag("copyUIDGID"));
    }
    announce(x, "extract-to-dir", path);
    x.empty(200);
  }

  private void announce(Exchange x, String action, String path) {
    containers.announce(containers.find(x.parameter("id")), action, Map.of("path", path));
  }

  private static String header(FileStat s) {
    ObjectNode json = Nodes.object();
    json.put("name", s.name());
    json.put("size", s.size());
    json.put("mode", goMode(s.mode()));
    json.put("mtime", GoTime.of(s.mtime()));
    json.put("linkTarget", s.link());
    return Base64.getEncoder().encodeToString(GoJson.bytes(json, ""));
  }

  /// Permissions as they are, the kind and the special bits where Go's `os.FileMode` has them.
  static long goMode(int mode) {
    long go = mode & 0777;
    go |=
        switch (mode & 0170000) {
          case 0040000 -> 1L << 31;
          case 0120000 -> 1L << 27;
          case 0060000 -> 1L << 26;
          case 0020000 -> 1L << 26 | 1L << 21;
          case 0010000 -> 1L << 25;
          case 0140000 -> 1L << 24;
          default -> 0;
        };
    go |= (mode & 04000) != 0 ? 1L << 23 : 0;
    go |= (mode & 02000) != 0 ? 1L << 22 : 0;
    go |= (mode & 01000) != 0 ? 1L << 20 : 0;
    return go;
  }
}

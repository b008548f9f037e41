package graft.build.source;

import graft.build.source.FileSource.Kind;
import graft.build.source.FileSource.Node;
import graft.error.GraftException;
import graft.layer.Compression;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarReader;
import graft.oci.Digest;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Archives that ADD takes apart: a tar, plain or packed by gzip, bzip2, xz or zstd.
public final class Unpacked {
  private Unpacked() {}

  /// False if it is no archive, and then nothing was done.
  public static boolean into(
      Copier copier, FileSource from, String path, String destination, FileStore store)
      throws IOException {
    Optional<Node> node = from.stat(path).filter(n -> n.kind() == Kind.FILE);
    return node.isPresent() && into(copier, () -> from.open(path), destination, store);
  }

  public static boolean into(
      Copier copier, HttpSource.Download file, String destination, FileStore store)
      throws IOException {
    return into(copier, () -> Files.newInputStream(file.path(store)), destination, store);
  }

  private static boolean into(
      Copier copier, Copier.Opener archive, String destination, FileStore store)
      throws IOException {
    if (!isArchive(archive)) {
      return false;
    }
    copier.makeDirectories(destination);
    try (InputStream in = archive.open();
        InputStream tar = Compression.decompress(new BufferedInputStream(in))) {
      TarReader reader = new TarReader(tar, Limits.DEFAULT, TarReader.Recorder.NONE);
      Entries entries = new Entries(store);
      for (Optional<TarEntry> e = reader.next(); e.isPresent(); e = reader.next()) {
        entries.add(copier, destination, e.get(), reader);
      }
    }
    return true;
  }

  /// What reads as the beginning of a tar.
  static boolean isArchive(Copier.Opener archive) throws IOException {
    try (InputStream in = archive.open();
        InputStream tar = Compression.decompress(new BufferedInputStream(in))) {
      return new TarReader(tar, Limits.DEFAULT, TarReader.Recorder.NONE).next().isPresent();
    } catch (GraftException e) {
      return false;
    } catch (IOException e) {
      return false; // Not in the format that its first bytes promise.
    }
  }

  /// The files of an archive, as they go into the store.
  private record Entries(FileStore store, Map<String, Digest> contents, Map<String, Node> nodes) {
    Entries(FileStore store) {
      this(store, new HashMap<>(), new HashMap<>());
    }

    void add(Copier copier, String destination, TarEntry e, TarReader reader) throws IOException {
      String path = e.path().toString();
      if (path.isEmpty()) {
        return;
      }
      Node node =
          switch (e.type()) {
            case DIRECTORY -> node(e, Kind.DIRECTORY, 0);
            case SYMLINK -> node(e, Kind.SYMLINK, 0);
            case CHAR -> node(e, Kind.CHAR, 0);
            case BLOCK -> node(e, Kind.BLOCK, 0);
            case FIFO -> node(e, Kind.FIFO, 0);
            case FILE -> {
              contents.put(path, store.put(reader.payload(), Long.MAX_VALUE));
              yield node(e, Kind.FILE, e.size());
            }
            case HARDLINK -> {
              String to = e.linkTarget().toString();
              Node target = nodes.get(to);
              Digest content = contents.get(to);
              if (target == null || content == null) {
                throw GraftException.invalid(
                    "the archive has a hard link "
                        + path
                        + " to "
                        + to
                        + ", which is no file in it");
              }
              contents.put(path, content);
              yield target;
            }
          };
      nodes.put(path, node);
      Digest content = contents.get(path);
      Stored stored = new Stored(store, content == null ? Digest.of(new byte[0]) : content);
      copier.unpack(stored, path, node, destination, path, null);
    }

    private static Node node(TarEntry e, Kind kind, long size) {
      return new Node(
          kind,
          e.mode(),
          e.uid(),
          e.gid(),
          size,
          e.mtime(),
          e.linkTarget().toString(),
          e.xattrs(),
          e.deviceMajor(),
          e.deviceMinor(),
          "",
          "");
    }
  }

  /// One content of the store.
  private record Stored(FileStore store, Digest content) implements FileSource {
    @Override
    public Optional<Node> stat(String path) {
      return Optional.empty();
    }

    @Override
    public java.util.List<String> list(String directory) {
      return java.util.List.of();
    }

    @Override
    public InputStream open(String path) throws IOException {
      return Files.newInputStream(
          store
              .find(content)
              .orElseThrow(() ->
                  GraftException.internal(
                      "the content of " + path + " is not kept any more", null)));
    }

    @Override
    public void close() {}
  }
}

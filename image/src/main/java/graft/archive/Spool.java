package graft.archive;

import graft.error.GraftException;
import graft.layer.Compression;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarReader;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.MediaTypes;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipException;

/// An archive, read once from beginning to end, as its files by name: small documents in memory,
/// everything that may be a layer with the [ArchiveReader.Sink], the rest dropped.
final class Spool {
  private static final int SMALL = 4 << 20;
  private static final long ALL_SMALL = 64L << 20;
  private static final int MAX_LINKS = 16;

  private sealed interface File {}

  private record InMemory(byte[] bytes) implements File {}

  private record InSink(Descriptor blob) implements File {}

  private record Link(String target) implements File {}

  private final ArchiveReader.Sink sink;
  private final Map<String, File> files = new HashMap<>();
  private long inMemory;

  private Spool(ArchiveReader.Sink sink) {
    this.sink = sink;
  }

  static Spool read(InputStream archive, Limits limits, ArchiveReader.Sink sink)
      throws IOException {
    Spool spool = new Spool(sink);
    try {
      // The caller's stream, which the caller closes.
      TarReader tar =
          new TarReader(Compression.decompress(archive), limits, TarReader.Recorder.NONE);
      Optional<TarEntry> entry = tar.next();
      while (entry.isPresent()) {
        spool.add(entry.get(), tar);
        entry = tar.next();
      }
    } catch (EOFException e) {
      throw new GraftException(GraftException.Kind.CORRUPT, "unexpected EOF", e);
    } catch (ZipException e) {
      throw new GraftException(
          GraftException.Kind.CORRUPT, "the archive's data is damaged: " + e.getMessage(), e);
    }
    return spool;
  }

  private void add(TarEntry entry, TarReader tar) throws IOException {
    String path = entry.path().toString();
    switch (entry.type()) {
      case FILE -> file(path, entry.size(), tar);
      case SYMLINK -> files.put(path, new Link(target(path, entry.linkTarget().toString())));
      case HARDLINK -> files.put(path, new Link(entry.linkTarget().toString()));
      case DIRECTORY, CHAR, BLOCK, FIFO -> {}
    }
  }

  /// Where a symbolic link leads, inside the archive, whose root nothing leaves.
  private static String target(String path, String link) {
    int slash = path.lastIndexOf('/');
    String whole = link.startsWith("/") || slash < 0 ? link : path.substring(0, slash) + "/" + link;
    Deque<String> clean = new ArrayDeque<>();
    for (String part : whole.split("/")) {
      if (part.equals("..")) {
        clean.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        clean.addLast(part);
      }
    }
    return String.join("/", clean);
  }

  private void file(String path, long size, TarReader tar) throws IOException {
    boolean blob = path.startsWith("blobs/");
    if (size <= SMALL && inMemory + size <= ALL_SMALL && (blob || isDocument(path))) {
      byte[] bytes = tar.readAll(SMALL);
      if (!blob || looksLikeJson(bytes)) {
        inMemory += size;
        checkName(path, Digest.of(bytes));
        files.put(path, new InMemory(bytes));
        return;
      }
      files.put(path, new InSink(keep(path, new ByteArrayInputStream(bytes))));
    } else if (blob || isLayer(path)) {
      files.put(path, new InSink(keep(path, new Payload(tar))));
    }
  }

  /// The configs and lists of the layouts stand at the top, or in a directory of the old layout.
  private static boolean isDocument(String path) {
    return !isLayer(path) && path.indexOf('/') == path.lastIndexOf('/');
  }

  private static boolean isLayer(String path) {
    return path.endsWith(".tar") || path.endsWith(".tar.gz") || path.endsWith(".tgz");
  }

  private static boolean looksLikeJson(byte[] bytes) {
    for (byte b : bytes) {
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
        return b == '{' || b == '[';
      }
    }
    return false;
  }

  private Descriptor keep(String path, InputStream payload) throws IOException {
    BufferedInputStream packed = new BufferedInputStream(payload, 64 * 1024);
    Compression form = Compression.detect(packed);
    // Layers of these forms have no media type. Where the name is no digest, the layer is kept as
    // the tar that it is.
    boolean foreign = form == Compression.BZIP2 || form == Compression.XZ;
    boolean named = path.startsWith("blobs/");
    CountingInput counting =
        new CountingInput(foreign && !named ? Compression.decompress(packed) : packed);
    Digest digest = sink.keep(counting);
    checkName(path, digest);
    String type =
        switch (form) {
          case GZIP -> MediaTypes.OCI_LAYER_GZIP;
          case ZSTD -> MediaTypes.OCI_LAYER_ZSTD;
          case NONE, BZIP2, XZ -> MediaTypes.OCI_LAYER;
        };
    return new Descriptor(type, digest, counting.count);
  }

  private static void checkName(String path, Digest digest) {
    if (path.startsWith("blobs/sha256/") && !path.equals("blobs/sha256/" + digest.hex())) {
      throw GraftException.corrupt(
          "the archive's file " + path + " is damaged: its content is " + digest);
    }
  }

  private Optional<File> find(String path) {
    String name = target("", path);
    for (int i = 0; i < MAX_LINKS; i++) {
      File file = files.get(name);
      if (file instanceof Link link) {
        name = link.target();
      } else {
        return Optional.ofNullable(file);
      }
    }
    throw GraftException.corrupt("the archive has a loop of links at " + path);
  }

  boolean has(String path) {
    return find(path).isPresent();
  }

  /// The content of a small document.
  byte[] document(String path) {
    return switch (find(path).orElseThrow(() -> missing(path))) {
      case InMemory file -> file.bytes();
      case InSink file ->
          throw GraftException.corrupt(
              "the archive's file " + path + " of " + file.blob().size() + " bytes is no document");
      case Link link -> throw new IllegalStateException(link.toString());
    };
  }

  /// A layer, by now in the sink.
  Descriptor layer(String path) throws IOException {
    return switch (find(path).orElseThrow(() -> missing(path))) {
      case InSink file -> file.blob();
      // A very small tar may look like a document.
      case InMemory file -> keep(path, new ByteArrayInputStream(file.bytes()));
      case Link link -> throw new IllegalStateException(link.toString());
    };
  }

  static GraftException missing(String path) {
    return GraftException.corrupt("open " + path + ": no such file or directory");
  }

  /// The current entry's payload.
  private static final class Payload extends InputStream {
    private final TarReader tar;

    Payload(TarReader tar) {
      this.tar = tar;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      return length == 0 ? 0 : tar.read(buffer, offset, length);
    }
  }

  private static final class CountingInput extends java.io.FilterInputStream {
    private long count;

    CountingInput(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      if (b >= 0) {
        count++;
      }
      return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = super.read(buffer, offset, length);
      if (n > 0) {
        count += n;
      }
      return n;
    }
  }
}

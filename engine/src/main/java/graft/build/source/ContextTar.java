package graft.build.source;

import graft.build.source.FileTree.Attributes;
import graft.build.source.FileTree.Entry;
import graft.error.GraftException;
import graft.layer.Compression;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarReader;
import graft.oci.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/// A build context out of a tar of any compression, as the classic API gets one. The tar is a
/// stranger's: nothing of it is unpacked under its own name, so its `..` and links lead nowhere,
/// and what it may cost is limited.
///
/// Owners are root, whoever they were: a context has none.
public final class ContextTar {
  /// A million files and 64 GiB.
  private static final Limits LIMITS = new Limits(1_000_000, 4096, 1 << 20, 1L << 36);

  private final FileStore store;
  private final TreeMap<String, Entry> entries = new TreeMap<>();

  private ContextTar(FileStore store) {
    this.store = store;
  }

  /// @param progress hears the bytes of payload that came
  /// @throws GraftException INVALID or CORRUPT for what makes no context
  public static FileTree read(InputStream packed, FileStore store, LongConsumer progress)
      throws IOException {
    return read(packed, store, LIMITS, progress);
  }

  static FileTree read(InputStream packed, FileStore store, Limits limits, LongConsumer progress)
      throws IOException {
    ContextTar context = new ContextTar(store);
    try (InputStream tar = Compression.decompress(packed)) {
      TarReader reader = new TarReader(new Padded(tar), limits, TarReader.Recorder.NONE);
      long bytes = 0;
      for (Optional<TarEntry> e = reader.next(); e.isPresent(); e = reader.next()) {
        context.add(e.get(), reader);
        bytes += e.get().size();
        progress.accept(bytes);
      }
    }
    return new FileTree(context.entries);
  }

  private void add(TarEntry e, TarReader reader) throws IOException {
    String path = text(e.path());
    if (path.isEmpty()) {
      return;
    }
    makeParents(path);
    Entry before = entries.get(path);
    Entry now = entry(path, e, reader);
    if (before instanceof FileTree.Directory && !(now instanceof FileTree.Directory)) {
      entries.subMap(path + "/", path + "0").clear();
    }
    entries.put(path, now);
  }

  private Entry entry(String path, TarEntry e, TarReader reader) throws IOException {
    return switch (e.type()) {
      case DIRECTORY -> new FileTree.Directory(attributes(e));
      case SYMLINK -> new FileTree.Symlink(attributes(e), text(e.linkTarget()));
      case FILE -> {
        Digest content = store.put(reader.payload(), Long.MAX_VALUE);
        yield new FileTree.File(attributes(e), e.size(), content);
      }
      case HARDLINK -> {
        if (!(entries.get(text(e.linkTarget())) instanceof FileTree.File file)) {
          throw GraftException.invalid(
              "the context has a hard link "
                  + path
                  + " to "
                  + e.linkTarget()
                  + ", which is no file");
        }
        yield file;
      }
      case CHAR, BLOCK, FIFO ->
          throw GraftException.invalid(
              "the context has a device or fifo "
                  + path
                  + ", which cannot be copied into an image;"
                  + " exclude it by .dockerignore");
    };
  }

  /// A tar may name a file and not its directories.
  private void makeParents(String path) {
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      String parent = path.substring(0, slash);
      Entry there = entries.get(parent);
      if (there == null) {
        entries.put(
            parent, new FileTree.Directory(new Attributes(0755, 0, 0, Instant.EPOCH, Map.of())));
      } else if (!(there instanceof FileTree.Directory)) {
        throw GraftException.invalid(
            "the context has " + path + ", but " + parent + " is no directory");
      }
    }
  }

  private static Attributes attributes(TarEntry e) {
    Map<String, byte[]> xattrs = new HashMap<>();
    e.xattrs().forEach((key, value) -> xattrs.put(key, value.bytes()));
    return new Attributes(e.mode(), 0, 0, e.mtime(), xattrs);
  }

  private static String text(Name name) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name.bytes())).toString();
    } catch (CharacterCodingException e) {
      throw GraftException.invalid(
          "the context has a name that is no UTF-8: \"" + name + "\"; exclude it by .dockerignore");
    }
  }

  /// The docker command ends a tar with the last byte of its last file if the Dockerfile is not in
  /// the context: no padding, no end.
  private static final class Padded extends FilterInputStream {
    private static final int BLOCK = 512;
    private int over;

    Padded(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int n = in.read(into, offset, length);
      if (n >= 0) {
        over = (over + n) % BLOCK;
        return n;
      }
      if (over == 0) {
        return -1;
      }
      int zeros = Math.min(length, BLOCK - over);
      Arrays.fill(into, offset, offset + zeros, (byte) 0);
      over = (over + zeros) % BLOCK;
      return zeros;
    }
  }
}

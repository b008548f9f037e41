package graft.build;

import graft.images.Leases;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarReader;
import graft.layer.TarWriter;
import graft.oci.Digest;
import graft.snapshot.LayerStore;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Layers without files that are newer than the source they were made of, so that the same source
/// gives the same image whenever it is built (`rewrite-timestamp`).
///
/// Source: reproducible-builds.org, SOURCE_DATE_EPOCH; BuildKit, docs/build-repro.md.
final class Clamp {
  private Clamp() {}

  /// The layer as it is with no file newer than `latest`; it is held.
  ///
  /// @param below bottom first
  static LayerStore.Info layer(
      LayerStore layers, Leases.Lease lease, Digest diffId, List<Digest> below, Instant latest)
      throws IOException, InterruptedException {
    try (InputStream tar = layers.tar(diffId)) {
      NewLayer made = NewLayer.store(layers, lease, below, out -> copy(tar, latest, out));
      return layers.info(made.diffId()).orElseThrow();
    }
  }

  private static void copy(InputStream from, Instant latest, java.io.OutputStream to)
      throws IOException {
    TarReader reader = new TarReader(from, Limits.DEFAULT, TarReader.Recorder.NONE);
    try (TarWriter writer = new TarWriter(to)) {
      Optional<TarEntry> entry;
      while ((entry = reader.next()).isPresent()) {
        writer.write(clamped(entry.get(), latest), new Payload(reader));
      }
    }
  }

  private static TarEntry clamped(TarEntry e, Instant latest) {
    if (!e.mtime().isAfter(latest)) {
      return e;
    }
    return new TarEntry(
        e.path(),
        e.type(),
        e.mode(),
        e.uid(),
        e.gid(),
        e.size(),
        latest,
        e.linkTarget(),
        e.deviceMajor(),
        e.deviceMinor(),
        e.xattrs());
  }

  /// What belongs to the entry that the reader is at.
  private static final class Payload extends InputStream {
    private final TarReader reader;

    Payload(TarReader reader) {
      this.reader = reader;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return reader.read(into, offset, length);
    }
  }
}

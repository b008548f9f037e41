package graft.images;

import graft.oci.Descriptor;
import graft.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// Blobs that somebody else has, by their digests. Nothing is believed that they say.
public interface BlobReader {
  /// Has none.
  BlobReader NOTHING =
      new BlobReader() {
        @Override
        public Optional<Long> size(Digest digest) {
          return Optional.empty();
        }

        @Override
        public InputStream open(Descriptor blob) throws IOException {
          throw new IOException("there are no blobs to read");
        }
      };

  /// By their word; empty if they have no such blob.
  Optional<Long> size(Digest digest) throws IOException, InterruptedException;

  /// Reading fails with CORRUPT, at the end at the latest, where the bytes are not those of the
  /// descriptor.
  InputStream open(Descriptor blob) throws IOException, InterruptedException;
}

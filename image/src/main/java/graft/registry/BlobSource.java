package graft.registry;

import graft.content.ContentStore;
import graft.oci.Digest;
import java.io.IOException;
import java.io.InputStream;

/// Bytes to push, which can be read again from any place.
@FunctionalInterface
public interface BlobSource {
  InputStream open(long offset) throws IOException;

  static BlobSource of(ContentStore store, Digest digest) {
    return offset -> {
      InputStream in = store.open(digest);
      try {
        in.skipNBytes(offset);
        return in;
      } catch (IOException e) {
        in.close();
        throw e;
      }
    };
  }
}

package graft.content;

import graft.oci.Descriptor;
import graft.oci.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// Bytes by digest, whole or not at all.
///
/// **Vocabulary.** A *blob* is bytes that are here under their digest and never change. An *ingest*
/// is a blob on its way in; it has a *ref*, a name that its writer chose (for a download: the
/// digest that is expected), and nobody but its writer sees it. [Ingest#commit] checks size and
/// digest, makes the bytes durable (fsync of the file, then rename, then fsync of the directory)
/// and only then is the blob visible. Closing without commit leaves the part, and the next
/// [#ingest] of the same ref goes on from its [Ingest#offset].
///
/// **Example**, a download that broke once:
///
/// ```java
/// try (Ingest in = store.ingest(digest.toString())) {   // second try: in.offset() == 4096
///   copy(registry.fetch(blob, in.offset()), in);        // Range: bytes=4096-
///   in.commit(blob.size(), digest);                     // or GraftException CORRUPT; the part is dropped
/// }
/// ```
///
/// All methods may be called from any thread; an [Ingest] belongs to one.
public interface ContentStore {
  record Info(Digest digest, long size) {}

  Optional<Info> info(Digest digest);

  /// Opens a blob; NOT_FOUND if it is not here. The bytes are not verified again.
  InputStream open(Digest digest) throws IOException;

  /// All of a small blob (a manifest or a config). CORRUPT if larger than `limit` bytes.
  byte[] read(Digest digest, long limit) throws IOException;

  /// Begins or resumes a write. CONFLICT if another writer of this process has the ref open.
  Ingest ingest(String ref) throws IOException;

  /// Begins a write that nobody will resume: closed without commit, what it wrote is gone.
  Ingest ingest() throws IOException;

  /// Stores small bytes under their own sha256; does nothing if they are here.
  Descriptor put(String mediaType, byte[] bytes) throws IOException;

  Stream<Info> list() throws IOException;

  /// Removes a blob; false if it was not here.
  boolean delete(Digest digest) throws IOException;

  /// Drops the parts of ingests that nobody has written to since `cutoff` (epoch milliseconds) and
  /// returns the bytes freed.
  long dropPartsBefore(long cutoff) throws IOException;

  interface Ingest extends Closeable {
    /// Bytes that are here already.
    long offset();

    void write(ByteBuffer bytes) throws IOException;

    /// Back to the beginning: for a server that ignored the range.
    void restart() throws IOException;

    /// Where the growing bytes lie, so that a reader may follow them while they arrive. Only bytes
    /// below [#offset] are valid. After commit or restart the path may be gone; an open handle
    /// stays.
    Path path();

    /// Verifies, syncs, publishes. `size` < 0 means unknown. Throws CORRUPT and drops the part
    /// where size or digest differ. Idempotent where the blob is here already.
    void commit(long size, Digest expected) throws IOException;

    /// Publishes under the sha256 of what was written, which nobody knew before.
    Digest commit() throws IOException;

    @Override
    void close() throws IOException;
  }
}

package graft.registry;

import graft.content.ContentStore;
import graft.error.GraftException;
import graft.oci.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/// One blob from a repository into a store.
final class Download {
  private static final int CHUNK = 256 * 1024;
  private static final Duration OTHERS = Duration.ofMillis(100);

  private final Repository repository;
  private final Retry retry;
  private final Descriptor blob;
  private final ContentStore store;
  private final Progress progress;

  Download(
      Repository repository, Retry retry, Descriptor blob, ContentStore store, Progress progress) {
    this.repository = repository;
    this.retry = retry;
    this.blob = blob;
    this.store = store;
    this.progress = progress;
  }

  /// Where another download of the same blob is under way, its end is waited for.
  void run() throws IOException {
    while (store.info(blob.digest()).isEmpty()) {
      try {
        // A part that an earlier process left may be bad; what came in one go is the registry's
        // fault.
        if (!attempt()) {
          attempt();
        }
      } catch (GraftException e) {
        if (e.kind() != GraftException.Kind.CONFLICT) {
          throw e;
        }
        await();
      }
    }
    progress.at(blob.size(), blob.size());
  }

  private static void await() throws IOException {
    try {
      Thread.sleep(OTHERS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while another download of the blob went on");
    }
  }

  /// False where the bytes were bad but begun by somebody else, so that a fresh start may help.
  private boolean attempt() throws IOException {
    try (ContentStore.Ingest in = store.ingest(blob.digest().toString())) {
      boolean resumed = in.offset() > 0;
      fill(in);
      try {
        in.commit(blob.size(), blob.digest());
        return true;
      } catch (GraftException e) {
        if (e.kind() == GraftException.Kind.CORRUPT && resumed) {
          return false;
        }
        throw e;
      }
    }
  }

  private void fill(ContentStore.Ingest in) throws IOException {
    if (in.offset() > blob.size()) {
      in.restart();
    }
    Retry.Budget budget = retry.budget();
    while (in.offset() < blob.size()) {
      long before = in.offset();
      try {
        copy(in);
      } catch (RequestFailed e) {
        if (in.offset() > before) {
          budget.renew();
        }
        budget.spend(e);
      }
    }
  }

  private void copy(ContentStore.Ingest in) throws IOException {
    try (BlobStream stream = repository.openBlob(blob, in.offset());
        Watch watch = new Watch(stream)) {
      if (stream.offset() != in.offset()) {
        in.restart();
      }
      InputStream bytes = stream.bytes();
      byte[] chunk = new byte[CHUNK];
      while (true) {
        int n = bytes.read(chunk);
        watch.moved();
        if (n < 0) {
          break;
        }
        if (in.offset() + n > blob.size()) {
          throw RequestFailed.forGood(
              0, "the registry sends more than the " + blob.size() + " bytes of " + blob.digest());
        }
        in.write(ByteBuffer.wrap(chunk, 0, n));
        progress.at(in.offset(), blob.size());
      }
      if (in.offset() < blob.size()) {
        throw stream.cut();
      }
    }
  }
}

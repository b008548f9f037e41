package graft.registry;

import graft.oci.Descriptor;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A blob on its way, from `offset` to its end.
public final class BlobStream implements Closeable {
  private static final Pattern RANGE = Pattern.compile("bytes ([0-9]{1,18})-[0-9]{1,18}/.*");
  private final Answer answer;
  private final long offset;

  private BlobStream(Answer answer, long offset) {
    this.answer = answer;
    this.offset = offset;
  }

  static BlobStream of(Answer answer, Descriptor blob, long wanted) throws IOException {
    if (answer.status() == 200) {
      long length = answer.headers().firstValueAsLong("Content-Length").orElse(blob.size());
      if (length != blob.size()) {
        answer.close();
        throw RequestFailed.forGood(
            0,
            "the registry has "
                + length
                + " bytes for "
                + blob.digest()
                + ", its descriptor says "
                + blob.size());
      }
      return new BlobStream(answer, 0);
    }
    Matcher range = RANGE.matcher(answer.header("Content-Range").orElse(""));
    if (!range.matches() || Long.parseLong(range.group(1)) != wanted) {
      answer.close();
      throw RequestFailed.forGood(
          0, "the registry sent another range of " + blob.digest() + " than asked");
    }
    return new BlobStream(answer, wanted);
  }

  /// Where the first byte belongs: what was asked, or 0 from a server that ignores ranges.
  public long offset() {
    return offset;
  }

  public InputStream bytes() {
    return answer.body();
  }

  /// The failure of an answer that ended early though it looked whole.
  RequestFailed cut() {
    return answer.cut();
  }

  /// Called from another thread to end a read that waits.
  void abort() {
    answer.abort();
  }

  @Override
  public void close() {
    answer.close();
  }
}

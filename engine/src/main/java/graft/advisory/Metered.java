package graft.advisory;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serial;

/// A file of which so much is read as it may take, in all and for one record.
final class Metered extends FilterInputStream {
  /// There was more.
  static final class TooLarge extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    TooLarge(String message) {
      super(message);
    }
  }

  private final int record;
  private int left;

  /// @param record bytes between two calls of [#renew]
  Metered(InputStream in, int record) {
    super(in);
    this.record = record;
    this.left = record;
  }

  /// The next record begins.
  void renew() {
    left = record;
  }

  private void use(long bytes) throws IOException {
    left -= (int) Math.max(0, bytes);
    if (left < 0) {
      throw new TooLarge("a record larger than " + (record >> 20) + " MiB");
    }
  }

  @Override
  public int read() throws IOException {
    int b = super.read();
    use(b < 0 ? 0 : 1);
    return b;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = super.read(buffer, offset, length);
    use(n);
    return n;
  }

  @Override
  public long skip(long n) throws IOException {
    long skipped = super.skip(n);
    use(skipped);
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}

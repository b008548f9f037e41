package graft.layer;

import graft.error.GraftException;
import graft.oci.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/// Passes bytes through and fails with CORRUPT, at their end at the latest, if they are not those
/// of the digest. Whoever does not read to the end has not verified anything.
public final class VerifyingInputStream extends FilterInputStream {
  private final long size;
  private final Digest digest;
  private final MessageDigest hash;
  private long count;
  private boolean verified;

  public VerifyingInputStream(InputStream in, long size, Digest digest) {
    super(in);
    this.size = size;
    this.digest = digest;
    this.hash = digest.newHash();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int n = in.read(buffer, offset, length);
    if (n < 0) {
      verify();
      return n;
    }
    hash.update(buffer, offset, n);
    count += n;
    if (count > size) {
      throw GraftException.corrupt(
          "the content " + digest + " has more than the " + size + " bytes it should have");
    }
    return n;
  }

  private void verify() {
    if (verified) {
      return;
    }
    if (count != size) {
      throw GraftException.corrupt(
          "the content " + digest + " ends after " + count + " of " + size + " bytes");
    }
    String actual = HexFormat.of().formatHex(hash.digest());
    if (!actual.equals(digest.hex())) {
      throw GraftException.corrupt(
          "the content " + digest + " is damaged: its digest is " + actual);
    }
    verified = true;
  }

  @Override
  public long skip(long n) throws IOException {
    byte[] buffer = new byte[8192];
    long left = n;
    while (left > 0) {
      int read = read(buffer, 0, (int) Math.min(buffer.length, left));
      if (read < 0) {
        break;
      }
      left -= read;
    }
    return n - left;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}

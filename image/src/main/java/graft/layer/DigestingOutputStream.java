package graft.layer;

import graft.oci.Digest;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;

/// Hashes and counts what passes through.
public final class DigestingOutputStream extends FilterOutputStream {
  private final MessageDigest hash = Digest.newSha256();
  private long size;

  public DigestingOutputStream(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int b) throws IOException {
    out.write(b);
    hash.update((byte) b);
    size++;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
    hash.update(bytes, offset, length);
    size += length;
  }

  public long size() {
    return size;
  }

  /// The sha256 of all that was written; to be asked once, at the end.
  public Digest digest() {
    return Digest.sha256(hash.digest());
  }
}

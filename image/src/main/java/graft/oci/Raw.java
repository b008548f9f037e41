package graft.oci;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Bytes as they were hashed, immutable, with value equality (which an array in a record has not).
public final class Raw {
  private final byte[] bytes;
  private final Digest digest;

  private Raw(byte[] bytes) {
    this.bytes = bytes;
    this.digest = Digest.of(bytes);
  }

  public static Raw of(byte[] bytes) {
    return new Raw(bytes.clone());
  }

  public static Raw of(String text) {
    return new Raw(text.getBytes(StandardCharsets.UTF_8));
  }

  /// A copy.
  public byte[] bytes() {
    return bytes.clone();
  }

  public long size() {
    return bytes.length;
  }

  /// Their sha256.
  public Digest digest() {
    return digest;
  }

  public String text() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Raw raw && Arrays.equals(bytes, raw.bytes);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }

  @Override
  public String toString() {
    return digest + " (" + bytes.length + " bytes)";
  }
}

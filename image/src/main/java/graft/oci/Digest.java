package graft.oci;

import graft.error.GraftException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// A checked name for bytes: `sha256:` and 64 hex digits (or `sha512:` and 128).
///
/// Source: OCI image-spec v1.1, descriptor.md, "Digests".
public record Digest(String algorithm, String hex) implements Comparable<Digest> {
  public Digest {
    int length =
        switch (algorithm) {
          case "sha256" -> 64;
          case "sha512" -> 128;
          default ->
              throw GraftException.invalid("unsupported digest algorithm: \"" + algorithm + "\"");
        };
    if (hex.length() != length || !isHex(hex, 0)) {
      throw GraftException.invalid("invalid digest: \"" + algorithm + ":" + hex + "\"");
    }
  }

  /// Reads `algorithm:hex`, or throws [GraftException] of kind INVALID.
  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw GraftException.invalid(
          "invalid digest: \"" + text + "\" (no algorithm before a colon)");
    }
    return new Digest(text.substring(0, colon), text.substring(colon + 1));
  }

  /// True where [#parse] would succeed.
  public static boolean isDigest(String text) {
    return (text.startsWith("sha256:") && text.length() == 71 && isHex(text, 7))
        || (text.startsWith("sha512:") && text.length() == 135 && isHex(text, 7));
  }

  /// Not by an expression: tens of thousands are read at a time.
  private static boolean isHex(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  /// The sha256 of these bytes.
  public static Digest of(byte[] bytes) {
    return sha256(newSha256().digest(bytes));
  }

  /// The digest whose sha256 value has been computed elsewhere.
  public static Digest sha256(byte[] value) {
    return new Digest("sha256", HexFormat.of().formatHex(value));
  }

  public static MessageDigest newSha256() {
    return newMessageDigest("SHA-256");
  }

  /// A fresh hash function of this digest's algorithm, to verify bytes against it.
  public MessageDigest newHash() {
    return newMessageDigest(algorithm.equals("sha256") ? "SHA-256" : "SHA-512");
  }

  private static MessageDigest newMessageDigest(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(name + " is missing from this Java runtime", e);
    }
  }

  /// The first 12 hex digits, as Docker shows ids.
  public String shortHex() {
    return hex.substring(0, 12);
  }

  @Override
  public int compareTo(Digest other) {
    int c = algorithm.compareTo(other.algorithm);
    return c != 0 ? c : hex.compareTo(other.hex);
  }

  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }
}

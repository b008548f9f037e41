package graft.tls;

import java.security.spec.InvalidKeySpecException;
import java.util.Arrays;

/// The little of ASN.1 that turns the older forms of private keys into PKCS#8, which is all that
/// the JDK reads.
final class Der {
  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;
  private static final int PARAMETERS = 0xa0;
  private static final byte[] ZERO = {2, 1, 0};
  private static final byte[] RSA = {
    0x30, 13, 6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 13, 1, 1, 1, 5, 0
  };
  private static final byte[] EC = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

  private Der() {}

  /// Version 0, the algorithm rsaEncryption, the key as octets.
  static byte[] pkcs8OfPkcs1(byte[] key) {
    return of(SEQUENCE, ZERO, RSA, of(OCTETS, key));
  }

  /// RFC 5915: version, the number, then in `[0]` the curve, which PKCS#8 wants beside the
  /// algorithm.
  static byte[] pkcs8OfSec1(byte[] key) throws InvalidKeySpecException {
    try {
      int at = content(key, 0);
      while (at < key.length) {
        int from = content(key, at);
        int end = from + length(key, at);
        if ((key[at] & 0xff) == PARAMETERS) {
          byte[] curve = Arrays.copyOfRange(key, from, end);
          return of(SEQUENCE, ZERO, of(SEQUENCE, EC, curve), of(OCTETS, key));
        }
        at = end;
      }
    } catch (IndexOutOfBoundsException e) {
      throw new InvalidKeySpecException("the key ends too early", e);
    }
    throw new InvalidKeySpecException("the key does not name its curve");
  }

  /// Where the content of the element at `at` begins.
  private static int content(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7f); i++) {
      length = length << 8 | der[at + 2 + i] & 0xff;
    }
    if (length < 0 || length > der.length) {
      throw new IndexOutOfBoundsException(length);
    }
    return length;
  }

  /// DER wants the shortest form of each length.
  private static byte[] of(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    byte[] head =
        length < 0x80
            ? new byte[] {(byte) tag, (byte) length}
            : length < 0x100
                ? new byte[] {(byte) tag, (byte) 0x81, (byte) length}
                : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
    byte[] out = Arrays.copyOf(head, head.length + length);
    int at = head.length;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, out, at, part.length);
      at += part.length;
    }
    return out;
  }
}

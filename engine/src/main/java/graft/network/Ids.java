package graft.network;

import java.security.SecureRandom;
import java.util.HexFormat;

/// Random names: 64 hex digits, hardware addresses.
final class Ids {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Ids() {}

  static String random() {
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /// Locally administered, unicast.
  static String mac() {
    byte[] bytes = new byte[6];
    RANDOM.nextBytes(bytes);
    bytes[0] = (byte) ((bytes[0] & 0xfc) | 0x02);
    return HexFormat.ofDelimiter(":").formatHex(bytes);
  }
}

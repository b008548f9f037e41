package graft.build.source;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// Values that are hashed one after the other, each with its length before it, so that no value can
/// pretend to be two.
public final class Framing {
  private Framing() {}

  public static void update(MessageDigest sha, String value) {
    update(sha, value.getBytes(StandardCharsets.UTF_8));
  }

  public static void update(MessageDigest sha, byte[] value) {
    sha.update((value.length + " ").getBytes(StandardCharsets.US_ASCII));
    sha.update(value);
  }
}

package graft.cli.stream;

import java.io.ByteArrayOutputStream;
import java.util.Locale;

/// The keys that leave a container running: `ctrl-p,ctrl-q` unless told otherwise. Keys that begin
/// the sequence are held back until it is clear that it is none.
final class DetachKeys {
  private final byte[] keys;
  private int matched;

  private DetachKeys(byte[] keys) {
    this.keys = keys;
  }

  static DetachKeys of(String text) {
    if (text.isEmpty()) {
      return new DetachKeys(new byte[] {16, 17});
    }
    ByteArrayOutputStream keys = new ByteArrayOutputStream();
    for (String key : text.split(",", -1)) {
      String lower = key.toLowerCase(Locale.ROOT);
      char last = lower.isEmpty() ? 0 : lower.charAt(lower.length() - 1);
      int code = "@abcdefghijklmnopqrstuvwxyz[\\]^_".indexOf(last);
      if (lower.length() == 6 && lower.startsWith("ctrl-") && code >= 0) {
        keys.write(code);
      } else if (key.length() == 1) {
        keys.write(key.charAt(0));
      } else {
        throw new IllegalArgumentException(
            "--detach-keys " + text + " names no keys: give ctrl-LETTER or letters, with commas");
      }
    }
    return new DetachKeys(keys.toByteArray());
  }

  boolean complete() {
    return matched == keys.length;
  }

  /// What of these bytes goes to the container; ask [#complete] afterwards.
  byte[] pass(byte[] bytes, int count) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(count + matched);
    for (int i = 0; i < count && !complete(); i++) {
      if (bytes[i] == keys[matched]) {
        matched++;
      } else {
        out.write(keys, 0, matched);
        matched = bytes[i] == keys[0] ? 1 : 0;
        if (matched == 0) {
          out.write(bytes[i]);
        }
      }
    }
    return out.toByteArray();
  }
}

package graft.docker.route;

import graft.error.GraftException;
import java.util.Arrays;

/// The keys by which a client leaves a terminal. Bytes pass through; those that could begin the row
/// of keys are held back until it is known.
final class DetachKeys {
  private static final String DEFAULT = "ctrl-p,ctrl-q";
  private static final String CONTROL = "@abcdefghijklmnopqrstuvwxyz[\\]^_";

  private final byte[] keys;
  private int held;

  private DetachKeys(byte[] keys) {
    this.keys = keys;
  }

  /// `ctrl-a,x`; empty is the default. INVALID for anything else.
  static DetachKeys parse(String given) {
    return parse(given, "Invalid detach keys (" + given + ") provided");
  }

  static DetachKeys parse(String given, String message) {
    String[] names = (given.isEmpty() ? DEFAULT : given).split(",", -1);
    byte[] keys = new byte[names.length];
    for (int i = 0; i < names.length; i++) {
      String name = names[i];
      int control = name.startsWith("ctrl-") ? CONTROL.indexOf(name.substring(5)) : -1;
      if (name.length() == 1) {
        keys[i] = (byte) name.charAt(0);
      } else if (name.length() == 6 && control >= 0) {
        keys[i] = (byte) control;
      } else {
        throw GraftException.invalid(message);
      }
    }
    return new DetachKeys(keys);
  }

  /// What may go on, and whether the row of keys is complete.
  @SuppressWarnings("ArrayRecordComponent") // input on its way, never compared
  record Passed(byte[] bytes, boolean detached) {}

  Passed pass(byte[] bytes, int length) {
    byte[] out = new byte[length + keys.length];
    int n = 0;
    for (int i = 0; i < length; i++) {
      if (bytes[i] == keys[held]) {
        held++;
        if (held == keys.length) {
          held = 0;
          return new Passed(Arrays.copyOf(out, n), true);
        }
        continue;
      }
      System.arraycopy(keys, 0, out, n, held);
      n += held;
      held = bytes[i] == keys[0] ? 1 : 0;
      if (held == 0) {
        out[n++] = bytes[i];
      } else if (keys.length == 1) {
        return new Passed(Arrays.copyOf(out, n), true);
      }
    }
    return new Passed(Arrays.copyOf(out, n), false);
  }
}

package graft.layer;

import graft.error.GraftException;

/// The numbers of tar headers.
final class TarNumbers {
  private TarNumbers() {}

  /// Octal text, or a big-endian binary number if the first bit is set (GNU).
  static long parse(byte[] block, int offset, int length, String what) {
    if ((block[offset] & 0x80) != 0) {
      long value = block[offset] & 0x7f;
      if ((block[offset] & 0x40) != 0) {
        value |= -0x80L;
      }
      for (int i = 1; i < length; i++) {
        value = value << 8 | block[offset + i] & 0xff;
      }
      return value;
    }
    long value = 0;
    boolean digits = false;
    for (int i = offset; i < offset + length; i++) {
      byte b = block[i];
      if (b >= '0' && b <= '7') {
        value = value << 3 | b - '0';
        digits = true;
      } else if (b == 0 || b == ' ') {
        if (digits) {
          break;
        }
      } else {
        throw GraftException.corrupt("the tar has a header with a broken " + what);
      }
    }
    return value;
  }
}

package graft.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// One rtnetlink request under construction: the 16-byte header, a fixed body, attributes that may
/// nest. Everything is in the machine's byte order and padded to four bytes.
///
/// Source: linux/netlink.h, linux/rtnetlink.h.
final class NetlinkMessage {
  static final int HEADER = 16;

  private final ByteBuffer buffer = ByteBuffer.allocate(2048).order(ByteOrder.nativeOrder());

  NetlinkMessage(int type, int flags) {
    buffer.putInt(0).putShort((short) type).putShort((short) flags).putInt(0).putInt(0);
  }

  NetlinkMessage u8(int value) {
    buffer.put((byte) value);
    return this;
  }

  NetlinkMessage u16(int value) {
    buffer.putShort((short) value);
    return this;
  }

  NetlinkMessage u32(int value) {
    buffer.putInt(value);
    return this;
  }

  NetlinkMessage bytes(int attribute, byte... value) {
    buffer.putShort((short) (4 + value.length)).putShort((short) attribute).put(value);
    while (buffer.position() % 4 != 0) {
      buffer.put((byte) 0);
    }
    return this;
  }

  NetlinkMessage text(int attribute, String value) {
    return bytes(attribute, (value + "\0").getBytes(StandardCharsets.UTF_8));
  }

  NetlinkMessage number(int attribute, int value) {
    buffer.putShort((short) 8).putShort((short) attribute).putInt(value);
    return this;
  }

  NetlinkMessage small(int attribute, int value) {
    buffer.putShort((short) 6).putShort((short) attribute).putShort((short) value);
    buffer.putShort((short) 0);
    return this;
  }

  /// A number in network order, as netfilter has them.
  NetlinkMessage big(int attribute, int value) {
    return bytes(attribute, ByteBuffer.allocate(4).putInt(value).array());
  }

  /// Opens an attribute that holds what follows until [#end]; the result is the place to hand back.
  int begin(int attribute) {
    int at = buffer.position();
    buffer.putShort((short) 0).putShort((short) attribute);
    return at;
  }

  NetlinkMessage end(int at) {
    buffer.putShort(at, (short) (buffer.position() - at));
    return this;
  }

  byte[] finish(int sequence) {
    buffer.putInt(0, buffer.position()).putInt(8, sequence);
    byte[] out = new byte[buffer.position()];
    buffer.get(0, out);
    return out;
  }

  /// The attributes from `at` to `end`, by number (without the nested and byte-order flags); one
  /// that claims to be longer than the rest ends the list.
  static Map<Integer, byte[]> attributes(ByteBuffer in, int at, int end) {
    Map<Integer, byte[]> found = new HashMap<>();
    int next = at;
    while (next + 4 <= end) {
      int length = Short.toUnsignedInt(in.getShort(next));
      int type = Short.toUnsignedInt(in.getShort(next + 2)) & 0x3fff;
      if (length < 4 || next + length > end) {
        break;
      }
      byte[] value = new byte[length - 4];
      in.get(next + 4, value);
      found.put(type, value);
      next += (length + 3) & ~3;
    }
    return found;
  }

  static int number(byte[] value) {
    return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getInt();
  }

  static String text(byte[] value) {
    int length = value.length;
    while (length > 0 && value[length - 1] == 0) {
      length--;
    }
    return new String(value, 0, length, StandardCharsets.UTF_8);
  }
}

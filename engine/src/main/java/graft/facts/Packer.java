package graft.facts;

import graft.oci.Digest;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.BiConsumer;

/// Writes numbers of seven bits a byte, lowest first, and texts as numbers: that of its first
/// occurrence, or the next that is free and then the text. [Unpacker] reads them.
final class Packer {
  private final Map<String, Integer> texts = new HashMap<>();
  private byte[] bytes = new byte[64 << 10];
  private int length;

  byte[] bytes() {
    return Arrays.copyOf(bytes, length);
  }

  private void room(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(length, more)));
    }
  }

  /// All 64 bits, as of an unsigned number.
  void number(long value) {
    room(10);
    long left = value;
    while ((left & ~0x7fL) != 0) {
      bytes[length++] = (byte) (left | 0x80);
      left >>>= 7;
    }
    bytes[length++] = (byte) left;
  }

  void blob(byte[] blob) {
    number(blob.length);
    room(blob.length);
    System.arraycopy(blob, 0, bytes, length, blob.length);
    length += blob.length;
  }

  void text(String text) {
    Integer known = texts.putIfAbsent(text, texts.size());
    if (known != null) {
      number(known);
    } else {
      number(texts.size() - 1);
      blob(FileNames.bytes(text));
    }
  }

  /// A sha256.
  void digest(Digest digest) {
    byte[] value = HexFormat.of().parseHex(digest.hex());
    room(value.length);
    System.arraycopy(value, 0, bytes, length, value.length);
    length += value.length;
  }

  <T> void list(Collection<T> all, BiConsumer<Packer, T> one) {
    number(all.size());
    all.forEach(t -> one.accept(this, t));
  }

  <T> void map(SortedMap<String, T> all, BiConsumer<Packer, T> one) {
    number(all.size());
    all.forEach((key, value) -> {
      text(key);
      one.accept(this, value);
    });
  }
}

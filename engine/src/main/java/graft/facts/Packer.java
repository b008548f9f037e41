package graft.facts;

import graft.oci.Digest;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.BiConsumer;

/// Writes numbers of seven bits a byte, lowest first, and texts as numbers in a table, which comes
/// before everything else. [Unpacker] reads them.
final class Packer {
  private final Map<String, Integer> texts = new LinkedHashMap<>();
  private byte[] bytes = new byte[64 << 10];
  private int length;

  byte[] bytes() {
    Packer table = new Packer();
    table.number(texts.size());
    texts.keySet().forEach(text -> table.blob(FileNames.bytes(text)));
    byte[] all = Arrays.copyOf(table.bytes, table.length + length);
    System.arraycopy(bytes, 0, all, table.length, length);
    return all;
  }

  /// Where the next will be, counted from the end of the table.
  int position() {
    return length;
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
    number(known == null ? texts.size() - 1 : known);
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

  /// A list whose members are elsewhere.
  <T> void apart(Collection<T> all, Packer elsewhere, BiConsumer<Packer, T> one) {
    number(all.size());
    number(elsewhere.position());
    all.forEach(t -> one.accept(elsewhere, t));
  }

  <T> void map(SortedMap<String, T> all, BiConsumer<Packer, T> one) {
    number(all.size());
    all.forEach((key, value) -> {
      text(key);
      one.accept(this, value);
    });
  }
}

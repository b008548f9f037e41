package graft.facts;

import graft.oci.Digest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;

/// Reads what [Packer] wrote, and throws IndexOutOfBoundsException or IllegalArgumentException of
/// anything else.
final class Unpacker {
  private final List<String> texts = new ArrayList<>();
  private final byte[] bytes;
  private int at;

  Unpacker(byte[] bytes) {
    this.bytes = bytes;
  }

  long number() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte b = bytes[at++];
      value |= (b & 0x7fL) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number of more than 64 bits");
  }

  /// One that is not negative and no more than 31 bits.
  int count() {
    long value = number();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("a count of " + value);
    }
    return (int) value;
  }

  byte[] blob() {
    int length = members();
    at += length;
    return Arrays.copyOfRange(bytes, at - length, at);
  }

  String text() {
    int number = count();
    if (number == texts.size()) {
      int length = members();
      texts.add(FileNames.of(bytes, at, at + length));
      at += length;
    }
    return texts.get(number);
  }

  Digest digest() {
    at += 32;
    return Digest.sha256(Arrays.copyOfRange(bytes, at - 32, at));
  }

  /// How many bytes or members follow; each member takes a byte.
  private int members() {
    int count = count();
    if (count > bytes.length - at) {
      throw new IllegalArgumentException("it ends early");
    }
    return count;
  }

  <T> List<T> list(Function<Unpacker, T> one) {
    int count = members();
    List<T> all = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      all.add(one.apply(this));
    }
    return all;
  }

  <T> NavigableMap<String, T> map(Function<Unpacker, T> one) {
    int count = members();
    NavigableMap<String, T> all = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      all.put(text(), one.apply(this));
    }
    return all;
  }
}

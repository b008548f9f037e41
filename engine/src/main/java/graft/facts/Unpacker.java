package graft.facts;

import graft.oci.Digest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads what [Packer] wrote, and throws IndexOutOfBoundsException or IllegalArgumentException of
/// anything else.
final class Unpacker {
  private final byte[] bytes;

  /// Where in the bytes each text is, with its length before it.
  private final int[] starts;

  /// Those that were asked for. Several may make the same one at the same time.
  private final @Nullable String[] texts;

  /// The end of the table.
  private final int start;

  private int at;

  Unpacker(byte[] bytes) {
    this.bytes = bytes;
    int count = members();
    this.starts = new int[count];
    this.texts = new String[count];
    for (int i = 0; i < count; i++) {
      starts[i] = at;
      int length = members();
      at += length;
    }
    this.start = at;
  }

  private Unpacker(Unpacker same, int at) {
    this.bytes = same.bytes;
    this.starts = same.starts;
    this.texts = same.texts;
    this.start = same.start;
    this.at = Math.addExact(start, at);
  }

  /// Another reader of the same, at a [Packer#position].
  Unpacker from(int position) {
    return new Unpacker(this, position);
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
    String text = texts[number];
    if (text == null) {
      int behind = at;
      at = starts[number];
      int length = members();
      text = FileNames.of(bytes, at, at + length);
      at = behind;
      texts[number] = text;
    }
    return text;
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
    return list(members(), one);
  }

  /// @param count of those that follow
  <T> List<T> list(int count, Function<Unpacker, T> one) {
    List<T> all = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      all.add(one.apply(this));
    }
    return all;
  }

  /// A list whose members are elsewhere.
  <T> List<T> apart(Apart elsewhere, Function<Unpacker, T> one) {
    return elsewhere.list(count(), count(), one);
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

package graft.facts;

import com.github.luben.zstd.Zstd;
import java.lang.ref.SoftReference;
import java.util.AbstractList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What is large and mostly not looked at, as it lies in the file: symbols of programs, and names
/// of the files of packages. It is unpacked when somebody looks, and kept so while there is memory
/// for it.
final class Apart {
  private final byte[] packed;
  private final int size;
  private volatile @Nullable SoftReference<Unpacker> unpacked;

  /// @param packed bytes of zstd
  /// @param size of what is in them
  Apart(byte[] packed, int size) {
    this.packed = packed;
    this.size = size;
  }

  private Unpacker unpacker() {
    SoftReference<Unpacker> known = unpacked;
    Unpacker all = known == null ? null : known.get();
    if (all == null) {
      all = new Unpacker(Zstd.decompress(packed, size));
      unpacked = new SoftReference<>(all);
    }
    return all;
  }

  /// @param length of the list
  /// @param at its [Packer#position]
  <T> List<T> list(int length, int at, Function<Unpacker, T> one) {
    return length == 0 ? List.of() : new Later<>(this, length, at, one);
  }

  /// Read anew each time; nobody needs to know its members for its length.
  private static final class Later<T> extends AbstractList<T> {
    private final Apart from;
    private final int length;
    private final int at;
    private final Function<Unpacker, T> one;

    Later(Apart from, int length, int at, Function<Unpacker, T> one) {
      this.from = from;
      this.length = length;
      this.at = at;
      this.one = one;
    }

    private List<T> read() {
      return from.unpacker().from(at).list(length, one);
    }

    @Override
    public int size() {
      return length;
    }

    @Override
    public T get(int index) {
      return read().get(index);
    }

    @Override
    public Iterator<T> iterator() {
      return read().iterator();
    }
  }
}

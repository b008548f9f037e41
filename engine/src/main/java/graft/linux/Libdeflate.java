package graft.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/// libdeflate, where it is installed: packs a block twice as fast as zlib at the same ratio. It has
/// no streams; a block is in memory whole.
///
/// Source: libdeflate.h of version 1.14; the functions used have not changed since 1.0.
@SuppressWarnings("restricted")
public final class Libdeflate {
  /// Of 1 to 12: five times as fast as the usual 6 of zlib, for packages 3 % larger.
  private static final int LEVEL = 2;

  private final Native.Function alloc;
  private final Native.Function bound;
  private final Native.Function compress;
  private final Native.Function free;

  private Libdeflate(SymbolLookup library) {
    alloc = Native.function(library, "libdeflate_alloc_compressor", 1, true);
    bound = Native.function(library, "libdeflate_gzip_compress_bound", 2, true);
    compress = Native.function(library, "libdeflate_gzip_compress", 5, true);
    free = Native.function(library, "libdeflate_free_compressor", 1, false);
  }

  /// Empty where the library, or a function of it, is not there.
  public static Optional<Libdeflate> find() {
    try {
      return Optional.of(
          new Libdeflate(SymbolLookup.libraryLookup("libdeflate.so.0", Arena.global())));
    } catch (RuntimeException _) {
      // IllegalArgumentException without the library, NoSuchElementException without a function.
      return Optional.empty();
    }
  }

  /// The block as one gzip member, without time and name.
  public byte[] gzip(byte[] block) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long compressor = alloc.call(errno, LEVEL);
      if (compressor == 0) {
        throw new OutOfMemoryError("libdeflate");
      }
      try {
        long size = bound.call(errno, compressor, block.length);
        MemorySegment in = arena.allocate(Math.max(1, block.length));
        MemorySegment.copy(block, 0, in, ValueLayout.JAVA_BYTE, 0, block.length);
        MemorySegment out = arena.allocate(size);
        long packed =
            compress.call(errno, compressor, in.address(), block.length, out.address(), size);
        if (packed == 0) {
          throw new IllegalStateException("libdeflate needs more room than it said");
        }
        return out.asSlice(0, packed).toArray(ValueLayout.JAVA_BYTE);
      } finally {
        free.call(errno, compressor);
      }
    }
  }
}

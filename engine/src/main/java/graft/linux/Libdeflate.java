package graft.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// libdeflate, where it is installed: packs a block twice as fast as zlib at the same ratio. It has
/// no streams; a block is in memory whole.
///
/// Source: libdeflate.h of version 1.14; the functions used have not changed since 1.0.
@SuppressWarnings("restricted")
public final class Libdeflate {
  /// Of 1 to 12: five times as fast as the usual 6 of zlib, for packages 3 % larger.
  private static final int LEVEL = 2;

  private final MethodHandle alloc;
  private final MethodHandle bound;
  private final MethodHandle compress;
  private final MethodHandle free;

  private Libdeflate(SymbolLookup library) {
    alloc = handle(library, "libdeflate_alloc_compressor", Native.PTR, Native.INT);
    bound = handle(library, "libdeflate_gzip_compress_bound", Native.LONG, Native.PTR, Native.LONG);
    compress =
        handle(
            library,
            "libdeflate_gzip_compress",
            Native.LONG,
            Native.PTR,
            Native.PTR,
            Native.LONG,
            Native.PTR,
            Native.LONG);
    free =
        Linker.nativeLinker()
            .downcallHandle(
                library.findOrThrow("libdeflate_free_compressor"),
                FunctionDescriptor.ofVoid(Native.PTR));
  }

  private static MethodHandle handle(
      SymbolLookup library, String name, MemoryLayout result, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(library.findOrThrow(name), FunctionDescriptor.of(result, arguments));
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
      MemorySegment compressor = (MemorySegment) alloc.invokeExact(LEVEL);
      if (compressor.equals(MemorySegment.NULL)) {
        throw new OutOfMemoryError("libdeflate");
      }
      try {
        long size = (long) bound.invokeExact(compressor, (long) block.length);
        MemorySegment in = arena.allocate(Math.max(1, block.length));
        MemorySegment.copy(block, 0, in, ValueLayout.JAVA_BYTE, 0, block.length);
        MemorySegment out = arena.allocate(size);
        long packed = (long) compress.invokeExact(compressor, in, (long) block.length, out, size);
        if (packed == 0) {
          throw new IllegalStateException("libdeflate needs more room than it said");
        }
        return out.asSlice(0, packed).toArray(ValueLayout.JAVA_BYTE);
      } finally {
        free.invokeExact(compressor);
      }
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }
}

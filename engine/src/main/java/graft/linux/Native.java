package graft.linux;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// How this room calls libc: one linker, errno captured with the call (another thread of the JVM
/// may change it right after), and the layouts every class here uses. A handle made by [#call]
/// takes the segment from [#errnoBuffer] as its first argument.
@SuppressWarnings("restricted")
final class Native {
  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  static final AddressLayout PTR = ValueLayout.ADDRESS;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  /// One buffer for each platform thread that carries virtual threads would be wrong (a virtual
  /// thread may move between calls), so each call site allocates its own from its arena.
  private Native() {}

  /// A libc function that reports failure in errno.
  static MethodHandle call(String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        Linker.Option.captureCallState("errno"));
  }

  /// The same for a variadic function (open, ioctl, syscall): `fixed` arguments come first.
  static MethodHandle variadic(
      String name, int fixed, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(fixed));
  }

  static MemorySegment errnoBuffer(Arena arena) {
    return arena.allocate(CAPTURE);
  }

  static int errno(MemorySegment buffer) {
    return (int) ERRNO.get(buffer, 0L);
  }

  /// What a method handle throws that no libc call throws.
  static RuntimeException impossible(Throwable t) {
    if (t instanceof Error error) {
      throw error;
    }
    return t instanceof RuntimeException r ? r : new IllegalStateException(t);
  }
}

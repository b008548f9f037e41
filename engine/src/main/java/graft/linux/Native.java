package graft.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;

/// How this room calls libc: one linker, and errno captured with the call (another thread of the
/// JVM may change it right after).
///
/// **Every argument is a long.** The calling conventions of x86-64 and arm64 pass whole numbers and
/// pointers alike, each in a 64-bit register of which the callee looks at as much as it declares,
/// and Linux passes those of variadic functions the same way. So seven shapes, one for each count
/// of arguments, serve all functions. The linker spins classes for each shape it meets, which takes
/// some 20 ms a shape: with the C types of sixty functions spelled out that was a second of each
/// start. Source: System V ABI AMD64 1.0, 3.2.3; AAPCS64 2024Q3, 6.8.2.
@SuppressWarnings("restricted")
final class Native {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private Native() {}

  /// A function of C. Pointers are given as addresses, so what they point to has to be kept
  /// reachable by the caller, as an arena that is closed afterwards does.
  ///
  /// @param wide whether the result fills its register (long, ssize_t, off_t, pointer); of an int
  ///   the upper half is anything
  record Function(MethodHandle handle, boolean wide) {
    private long result(long register) {
      return wide ? register : (int) register;
    }

    long call(MemorySegment errno) {
      try {
        return result((long) handle.invokeExact(errno));
      } catch (Throwable t) {
        throw impossible(t);
      }
    }

    long call(MemorySegment errno, long a) {
      try {
        return result((long) handle.invokeExact(errno, a));
      } catch (Throwable t) {
        throw impossible(t);
      }
    }

    long call(MemorySegment errno, long a, long b) {
      try {
        return result((long) handle.invokeExact(errno, a, b));
      } catch (Throwable t) {
        throw impossible(t);
      }
    }

    long call(MemorySegment errno, long a, long b, long c) {
      try {
        return result((long) handle.invokeExact(errno, a, b, c));
      } catch (Throwable t) {
        throw impossible(t);
      }
    }

    long call(MemorySegment errno, long a, long b, long c, long d) {
      try {
        return result((long) handle.invokeExact(errno, a, b, c, d));
      } catch (Throwable t) {
        throw impossible(t);
      }
    }

    long call(MemorySegment errno, long a, long b, long c, long d, long e) {
      try {
        return result((long) handle.invokeExact(errno, a, b, c, d, e));
      } catch (Throwable t) {
        throw impossible(t);
      }
    }

    long call(MemorySegment errno, long a, long b, long c, long d, long e, long f) {
      try {
        return result((long) handle.invokeExact(errno, a, b, c, d, e, f));
      } catch (Throwable t) {
        throw impossible(t);
      }
    }
  }

  /// A function of libc that returns an int.
  static Function ofInt(String name, int arguments) {
    return function(LINKER.defaultLookup(), name, arguments, false);
  }

  /// A function of libc that returns a long, a size or a pointer.
  static Function ofLong(String name, int arguments) {
    return function(LINKER.defaultLookup(), name, arguments, true);
  }

  /// A function of some library. NoSuchElementException if it is not there.
  static Function function(SymbolLookup library, String name, int arguments, boolean wide) {
    MemoryLayout[] all =
        Collections.nCopies(arguments, ValueLayout.JAVA_LONG).toArray(MemoryLayout[]::new);
    return new Function(
        LINKER.downcallHandle(
            library.findOrThrow(name),
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, all),
            Linker.Option.captureCallState("errno")),
        wide);
  }

  /// Code of ours, at an address; its result fills the register, and errno means nothing.
  static Function at(MemorySegment address, int arguments) {
    MemoryLayout[] all =
        Collections.nCopies(arguments, ValueLayout.JAVA_LONG).toArray(MemoryLayout[]::new);
    return new Function(
        LINKER.downcallHandle(
            address,
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, all),
            Linker.Option.captureCallState("errno")),
        true);
  }

  /// A buffer for each thread would be wrong (a virtual thread may move between calls), so each
  /// call site allocates its own from its arena.
  static MemorySegment errnoBuffer(Arena arena) {
    return arena.allocate(CAPTURE);
  }

  static int errno(MemorySegment buffer) {
    return (int) ERRNO.get(buffer, 0L);
  }

  /// The address of a C string of these bytes, good as long as the arena.
  static long string(Arena arena, byte[] bytes) {
    MemorySegment segment = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return segment.address();
  }

  static long string(Arena arena, String text) {
    return string(arena, text.getBytes(StandardCharsets.UTF_8));
  }

  /// The address of an array of C strings that a null ends, good as long as the arena.
  static long strings(Arena arena, List<String> list) {
    MemorySegment array = arena.allocate(ValueLayout.JAVA_LONG, list.size() + 1L);
    for (int i = 0; i < list.size(); i++) {
      array.setAtIndex(ValueLayout.JAVA_LONG, i, string(arena, list.get(i)));
    }
    return array.address();
  }

  /// What a method handle throws that no libc call throws.
  static RuntimeException impossible(Throwable t) {
    if (t instanceof Error error) {
      throw error;
    }
    return t instanceof RuntimeException r ? r : new IllegalStateException(t);
  }
}

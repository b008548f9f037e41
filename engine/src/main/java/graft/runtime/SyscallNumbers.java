package graft.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The numbers of system calls, for each of the interfaces that a kernel for x86-64 has.
///
/// Calls newer than the table (Linux 6.7) have no number here, so a filter made with it answers
/// them with ENOSYS, as an older kernel does: a newer libseccomp may allow a few more.
final class SyscallNumbers {
  enum Interface {
    X86_64(1),
    X32(2),
    I386(3);

    /// Of the table.
    private final int column;

    Interface(int column) {
      this.column = column;
    }
  }

  private static final class Holder {
    static final Map<Interface, Map<String, Integer>> ALL = read();
  }

  private SyscallNumbers() {}

  static Map<String, Integer> of(Interface which) {
    return Holder.ALL.getOrDefault(which, Map.of());
  }

  private static Map<Interface, Map<String, Integer>> read() {
    Map<Interface, Map<String, Integer>> all = new EnumMap<>(Interface.class);
    try (InputStream in = SyscallNumbers.class.getResourceAsStream("syscalls.x86")) {
      if (in == null) {
        throw new IllegalStateException("syscalls.x86 is missing from the program");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      List<String> lines = text.lines().filter(line -> !line.startsWith("#")).toList();
      for (Interface which : Interface.values()) {
        Map<String, Integer> numbers = new HashMap<>();
        for (String line : lines) {
          String[] f = line.split(" ");
          String number = f[which.column];
          if (!number.equals("-")) {
            numbers.put(f[0], Integer.valueOf(number));
          }
        }
        all.put(which, Map.copyOf(numbers));
      }
      return all;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}

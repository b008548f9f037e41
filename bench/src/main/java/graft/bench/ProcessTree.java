package graft.bench;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a process and its descendants cost, by the kernel's accounting (proc(5)).
record ProcessTree(long root) {
  /// The kernel reports CPU times in hundredths of a second on every architecture Java runs on.
  private static final long NANOS_PER_TICK = 10_000_000;

  private static List<ProcessHandle> withDescendants(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants()).toList();
  }

  private List<ProcessHandle> processes() {
    return ProcessHandle.of(root).map(ProcessTree::withDescendants).orElse(List.of());
  }

  /// User and system time of all, and of the children they waited for, in ns.
  long cpuNanos() throws IOException {
    long ticks = 0;
    for (ProcessHandle p : processes()) {
      String stat = read(p.pid(), "stat");
      if (!stat.isEmpty()) {
        // The name, in parentheses, may hold blanks; utime is the 12th field after it.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        for (int i = 11; i <= 14; i++) {
          ticks += Long.parseLong(fields[i]);
        }
      }
    }
    return ticks * NANOS_PER_TICK;
  }

  /// Bytes that the process itself has written to files.
  long writtenBytes() throws IOException {
    return read(root, "io")
        .lines()
        .filter(line -> line.startsWith("wchar:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }

  /// Resident memory in KiB, shared pages counted in parts (PSS).
  long residentKib() throws IOException {
    long sum = 0;
    for (ProcessHandle p : processes()) {
      sum += residentKib(p.pid());
    }
    return sum;
  }

  boolean holds(long pid) {
    return processes().stream().anyMatch(p -> p.pid() == pid);
  }

  static long residentKib(long pid) throws IOException {
    return read(pid, "smaps_rollup")
        .lines()
        .filter(line -> line.startsWith("Pss:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }

  /// The numbers of all processes of the machine.
  static Set<Long> all() {
    return ProcessHandle.allProcesses().map(ProcessHandle::pid).collect(Collectors.toSet());
  }

  static String name(long pid) throws IOException {
    return read(pid, "comm").strip();
  }

  /// Empty when the process is gone.
  private static String read(long pid, String file) throws IOException {
    Path path = Path.of("/proc", Long.toString(pid), file);
    try {
      return Files.readString(path);
    } catch (FileSystemException e) {
      // ESRCH while its directory is still there: it has ended, and nobody has waited for it yet.
      if (Files.exists(path.getParent()) && !"No such process".equals(e.getReason())) {
        throw e;
      }
      return "";
    }
  }
}

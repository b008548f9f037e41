package graft.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a container uses, read from its control group, in bytes and nanoseconds.
///
/// @param unified whether the numbers come from version 2, whose `detail` has other names
/// @param detail of `memory.stat`
public record Stats(
    boolean unified,
    Cpu cpu,
    Memory memory,
    Map<String, Long> detail,
    long pids,
    long pidsLimit,
    List<Io> bytes,
    List<Io> operations) {
  /// `perCpu` is empty with version 2.
  public record Cpu(
      long total,
      long user,
      long kernel,
      List<Long> perCpu,
      long periods,
      long throttledPeriods,
      long throttledTime) {}

  /// `limit` is `Long.MAX_VALUE` if there is none; `peak` and `failures` are 0 where unknown.
  public record Memory(long usage, long peak, long failures, long limit, long oomKills) {}

  /// `operation` as the kernel's interface words it: `Read` (version 1), `read` (version 2).
  public record Io(long major, long minor, String operation, long value) {}

  private static final long TICK = 10_000_000; // USER_HZ is 100 on all of Linux's interfaces
  private static final long MICRO = 1000;

  public Stats {
    detail = Map.copyOf(detail);
    bytes = List.copyOf(bytes);
    operations = List.copyOf(operations);
  }

  public static Stats of(Cgroup group) {
    return group.unified() ? second(group) : first(group);
  }

  private static Stats first(Cgroup group) {
    Map<String, Long> cpu = pairs(group.value("cpu", "cpu.stat"));
    Map<String, Long> times = pairs(group.value("cpuacct", "cpuacct.stat"));
    Map<String, Long> memory = pairs(group.value("memory", "memory.stat"));
    Map<String, Long> oom = pairs(group.value("memory", "memory.oom_control"));
    String perCpu = group.value("cpuacct", "cpuacct.usage_percpu");
    List<Long> each = new ArrayList<>();
    if (perCpu != null && !perCpu.isEmpty()) {
      for (String one : perCpu.split("\\s+")) {
        each.add(number(one));
      }
    }
    return new Stats(
        false,
        new Cpu(
            number(group.value("cpuacct", "cpuacct.usage")),
            times.getOrDefault("user", 0L) * TICK,
            times.getOrDefault("system", 0L) * TICK,
            each,
            cpu.getOrDefault("nr_periods", 0L),
            cpu.getOrDefault("nr_throttled", 0L),
            cpu.getOrDefault("throttled_time", 0L)),
        new Memory(
            number(group.value("memory", "memory.usage_in_bytes")),
            number(group.value("memory", "memory.max_usage_in_bytes")),
            number(group.value("memory", "memory.failcnt")),
            limit(group.value("memory", "memory.limit_in_bytes")),
            oom.getOrDefault("oom_kill", 0L)),
        memory,
        number(group.value("pids", "pids.current")),
        limit(group.value("pids", "pids.max")),
        operations(group.value("blkio", "blkio.throttle.io_service_bytes_recursive")),
        operations(group.value("blkio", "blkio.throttle.io_serviced_recursive")));
  }

  private static Stats second(Cgroup group) {
    Map<String, Long> cpu = pairs(group.value("", "cpu.stat"));
    Map<String, Long> memory = pairs(group.value("", "memory.stat"));
    Map<String, Long> events = pairs(group.value("", "memory.events"));
    String io = group.value("", "io.stat");
    return new Stats(
        true,
        new Cpu(
            cpu.getOrDefault("usage_usec", 0L) * MICRO,
            cpu.getOrDefault("user_usec", 0L) * MICRO,
            cpu.getOrDefault("system_usec", 0L) * MICRO,
            List.of(),
            cpu.getOrDefault("nr_periods", 0L),
            cpu.getOrDefault("nr_throttled", 0L),
            cpu.getOrDefault("throttled_usec", 0L) * MICRO),
        new Memory(
            number(group.value("", "memory.current")),
            number(group.value("", "memory.peak")),
            events.getOrDefault("max", 0L),
            limit(group.value("", "memory.max")),
            events.getOrDefault("oom_kill", 0L)),
        memory,
        number(group.value("", "pids.current")),
        limit(group.value("", "pids.max")),
        columns(io, Map.of("rbytes", "read", "wbytes", "write")),
        columns(io, Map.of("rios", "read", "wios", "write")));
  }

  /// Lines `name value`.
  static Map<String, Long> pairs(@Nullable String text) {
    Map<String, Long> pairs = new TreeMap<>();
    if (text != null) {
      for (String line : text.lines().toList()) {
        String[] parts = line.strip().split("\\s+");
        if (parts.length == 2) {
          pairs.put(parts[0], number(parts[1]));
        }
      }
    }
    return pairs;
  }

  /// Lines `MAJOR:MINOR Operation value` of version 1 (and a last line with the sum of all).
  static List<Io> operations(@Nullable String text) {
    List<Io> list = new ArrayList<>();
    if (text != null) {
      for (String line : text.lines().toList()) {
        String[] parts = line.strip().split("[:\\s]+");
        if (parts.length == 4) {
          list.add(new Io(number(parts[0]), number(parts[1]), parts[2], number(parts[3])));
        }
      }
    }
    return list;
  }

  /// Lines `MAJOR:MINOR name=value ...` of version 2.
  static List<Io> columns(@Nullable String text, Map<String, String> wanted) {
    List<Io> list = new ArrayList<>();
    if (text != null) {
      for (String line : text.lines().toList()) {
        String[] parts = line.strip().split("\\s+");
        String[] device = parts[0].split(":", 2);
        for (int i = 1; i < parts.length && device.length == 2; i++) {
          String[] pair = parts[i].split("=", 2);
          String name = wanted.get(pair[0]);
          if (name != null && pair.length == 2) {
            list.add(new Io(number(device[0]), number(device[1]), name, number(pair[1])));
          }
        }
      }
    }
    return list;
  }

  private static long limit(@Nullable String text) {
    if (text == null || text.equals("max")) {
      return Long.MAX_VALUE;
    }
    long value = number(text);
    // Version 1 says "none" by the largest multiple of a page.
    return value >= Long.MAX_VALUE - 0xffff ? Long.MAX_VALUE : value;
  }

  private static long number(@Nullable String text) {
    if (text == null || text.isEmpty() || text.equals("max")) {
      return 0;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      return 0; // an unsigned counter beyond our range, or a file of another kernel
    }
  }
}

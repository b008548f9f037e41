package graft.cli.container;

import graft.cli.verb.Line;
import graft.cli.verb.Options;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

/// The limits that `run`, `create` and `update` have in common.
final class ResourceLimits {
  private ResourceLimits() {}

  static Options options(Options options) {
    return options
        .number("N", "Relative weight of block I/O, 10 to 1000", "--blkio-weight")
        .number("MICROSECONDS", "Period of the CPU quota", "--cpu-period")
        .number("MICROSECONDS", "CPU time in each period", "--cpu-quota")
        .number("MICROSECONDS", "Period of real-time scheduling", "--cpu-rt-period")
        .number("MICROSECONDS", "Real-time CPU time in each period", "--cpu-rt-runtime")
        .number("N", "Relative weight of CPU time (1024)", "-c", "--cpu-shares")
        .value("N", "Number of CPUs, as 0.5", "--cpus")
        .value("LIST", "CPUs to run on, as 0-2,4", "--cpuset-cpus")
        .value("LIST", "Memory nodes to use, as 0,1", "--cpuset-mems")
        .value("SIZE", "Memory limit, as 512m or 2g", "-m", "--memory")
        .value("SIZE", "Memory soft limit", "--memory-reservation")
        .value("SIZE", "Memory and swap together, -1 for no limit", "--memory-swap")
        .number("N", "How many processes, -1 for no limit", "--pids-limit")
        .value(
            "POLICY", "When to restart it: no, on-failure[:N], always, unless-stopped", "--restart")
        .ignored("--kernel-memory");
  }

  static Map<String, Object> of(Line line) {
    Map<String, Object> host = new LinkedHashMap<>();
    number(line, host, "BlkioWeight", "--blkio-weight");
    number(line, host, "CpuPeriod", "--cpu-period");
    number(line, host, "CpuQuota", "--cpu-quota");
    number(line, host, "CpuRealtimePeriod", "--cpu-rt-period");
    number(line, host, "CpuRealtimeRuntime", "--cpu-rt-runtime");
    number(line, host, "CpuShares", "--cpu-shares");
    number(line, host, "PidsLimit", "--pids-limit");
    size(line, host, "Memory", "--memory");
    size(line, host, "MemoryReservation", "--memory-reservation");
    size(line, host, "MemorySwap", "--memory-swap");
    text(line, host, "CpusetCpus", "--cpuset-cpus");
    text(line, host, "CpusetMems", "--cpuset-mems");
    if (line.given("--cpus")) {
      try {
        host.put(
            "NanoCpus", new BigDecimal(line.text("--cpus")).movePointRight(9).longValueExact());
      } catch (ArithmeticException | NumberFormatException e) {
        throw line.refuse(
            "the option --cpus wants a number such as 0.5, not '" + line.text("--cpus") + "'");
      }
    }
    if (line.given("--restart")) {
      host.put("RestartPolicy", restart(line));
    }
    return host;
  }

  private static Map<String, Object> restart(Line line) {
    String[] policy = line.text("--restart").split(":", 2);
    try {
      return Map.of(
          "Name",
          policy[0],
          "MaximumRetryCount",
          policy.length > 1 ? Long.parseLong(policy[1]) : 0L);
    } catch (NumberFormatException e) {
      throw line.refuse("--restart " + line.text("--restart") + " has no number behind the colon");
    }
  }

  static void size(Line line, Map<String, Object> into, String key, String option) {
    if (line.given(option)) {
      try {
        into.put(key, Words.bytes(line.text(option)));
      } catch (IllegalArgumentException e) {
        throw line.refuse("the option " + option + ": " + e.getMessage());
      }
    }
  }

  static void text(Line line, Map<String, Object> into, String key, String option) {
    if (line.given(option)) {
      into.put(key, line.text(option));
    }
  }

  static void number(Line line, Map<String, Object> into, String key, String option) {
    if (line.given(option)) {
      into.put(key, line.number(option, 0));
    }
  }

  static void list(Line line, Map<String, Object> into, String key, String option) {
    if (line.given(option)) {
      into.put(key, line.list(option));
    }
  }
}

package graft.docker.container;

import graft.docker.json.Fields;
import graft.error.GraftException;
import graft.runtime.Spec;
import graft.runtime.Spec.Resources;
import graft.runtime.Spec.Throttle;
import graft.runtime.Spec.ThrottleKind;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeSet;

/// Limits, as `HostConfig` and the body of an update have them: checked, with Docker's defaults.
final class ResourceBody {
  private static final long LEAST_MEMORY = 6L * 1024 * 1024;
  private static final long CENTI = 10_000_000; // a hundredth of a processor in NanoCpus

  private final Machine machine;

  ResourceBody(Machine machine) {
    this.machine = machine;
  }

  /// @param warnings takes what is discarded
  Resources read(Fields host, List<String> warnings) {
    refuse(host);
    long memory = host.number("Memory");
    long swap = host.number("MemorySwap");
    long reservation = host.number("MemoryReservation");
    checkMemory(memory, swap, reservation);
    if (memory > 0 && swap == 0) {
      swap = memory <= Long.MAX_VALUE / 2 ? memory * 2 : -1;
    }
    OptionalLong swappiness = OptionalLong.empty();
    if (host.has("MemorySwappiness") && host.number("MemorySwappiness") != -1) {
      long value = host.number("MemorySwappiness");
      if (value < 0 || value > 100) {
        throw GraftException.invalid(
            "Invalid value: " + value + ", valid memory swappiness range is 0-100");
      }
      swappiness = OptionalLong.of(value);
    }
    long period = host.number("CpuPeriod");
    long quota = host.number("CpuQuota");
    long nano = host.number("NanoCpus");
    checkCpu(period, quota, nano);
    if (nano > 0) {
      period = 100_000;
      quota = nano / 10_000;
    }
    checkSet("CPUs", "cpuset cpus", host.text("CpusetCpus"), machine.cpus());
    checkSet("memory nodes", "cpuset mems", host.text("CpusetMems"), Integer.MAX_VALUE);
    long pids = host.number("PidsLimit");
    long shares = host.number("CpuShares");
    return new Resources(
        positive(memory),
        swap == 0 ? OptionalLong.empty() : OptionalLong.of(swap),
        positive(reservation),
        swappiness,
        host.flag("OomKillDisable"),
        positive(shares),
        quota == 0 ? OptionalLong.empty() : OptionalLong.of(quota),
        positive(period),
        host.text("CpusetCpus"),
        host.text("CpusetMems"),
        positive(pids),
        weight(host.smallNumber("BlkioWeight"), warnings),
        throttles(host));
  }

  private static void refuse(Fields host) {
    for (String name : List.of("CpuRealtimePeriod", "CpuRealtimeRuntime", "KernelMemoryTCP")) {
      if (host.number(name) != 0) {
        throw Refusal.of("HostConfig." + name);
      }
    }
    for (String name : List.of("BlkioWeightDevice", "DeviceCgroupRules")) {
      if (!host.isEmpty(name)) {
        throw Refusal.of("HostConfig." + name);
      }
    }
    for (String name : List.of("CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth")) {
      if (host.number(name) != 0) {
        throw GraftException.invalid("invalid option: " + name + " is of Windows only");
      }
    }
  }

  private static OptionalLong positive(long value) {
    return value > 0 ? OptionalLong.of(value) : OptionalLong.empty();
  }

  private static void checkMemory(long memory, long swap, long reservation) {
    if (memory < 0 || (memory > 0 && memory < LEAST_MEMORY)) {
      throw GraftException.invalid("Minimum memory limit allowed is 6MB");
    }
    if (memory == 0 && swap > 0) {
      throw GraftException.invalid(
          "You should always set the Memory limit when using Memoryswap limit, see usage");
    }
    if (memory > 0 && swap > 0 && swap < memory) {
      throw GraftException.invalid(
          "Minimum memoryswap limit should be larger than memory limit, see usage");
    }
    if (reservation < 0 || (reservation > 0 && reservation < LEAST_MEMORY)) {
      throw GraftException.invalid("Minimum memory reservation allowed is 6MB");
    }
    if (memory > 0 && reservation > memory) {
      throw GraftException.invalid(
          "Minimum memory limit can not be less than memory reservation limit, see usage");
    }
  }

  private void checkCpu(long period, long quota, long nano) {
    if (nano > 0 && period > 0) {
      throw GraftException.invalid(
          "Conflicting options: Nano CPUs and CPU Period cannot both be set");
    }
    if (nano > 0 && quota > 0) {
      throw GraftException.invalid(
          "Conflicting options: Nano CPUs and CPU Quota cannot both be set");
    }
    if (nano < 0 || (nano > 0 && (nano < CENTI || nano > machine.cpus() * 1_000_000_000L))) {
      throw GraftException.invalid(
          "range of CPUs is from 0.01 to "
              + machine.cpus()
              + ".00, as there are only "
              + machine.cpus()
              + " CPUs available");
    }
    if (period != 0 && (period < 1000 || period > 1_000_000)) {
      throw GraftException.invalid(
          "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    }
    if (quota > 0 && quota < 1000) {
      throw GraftException.invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
    }
  }

  /// `0-2,5`: each within what there is.
  private static void checkSet(String what, String field, String set, int count) {
    if (set.isEmpty()) {
      return;
    }
    TreeSet<Integer> wanted = new TreeSet<>();
    for (String part : set.split(",", -1)) {
      String[] ends = part.split("-", 2);
      try {
        int low = Integer.parseInt(ends[0].strip());
        int high = ends.length == 1 ? low : Integer.parseInt(ends[1].strip());
        if (low < 0 || high < low || high > 8192) {
          throw new NumberFormatException(part);
        }
        wanted.add(low);
        wanted.add(high);
      } catch (NumberFormatException e) {
        throw GraftException.invalid("Invalid value " + set + " for " + field);
      }
    }
    if (wanted.last() >= count) {
      throw GraftException.invalid(
          "Requested "
              + what
              + " are not available - requested "
              + set
              + ", available: "
              + (count == 1 ? "0" : "0-" + (count - 1)));
    }
  }

  private OptionalInt weight(int weight, List<String> warnings) {
    if (weight == 0) {
      return OptionalInt.empty();
    }
    if (weight < 10 || weight > 1000) {
      throw GraftException.invalid("Range of blkio weight is from 10 to 1000");
    }
    if (!machine.blockWeight()) {
      warnings.add(
          "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight"
              + " discarded.");
      return OptionalInt.empty();
    }
    return OptionalInt.of(weight);
  }

  private static List<Throttle> throttles(Fields host) {
    List<Throttle> all = new ArrayList<>();
    for (ThrottleKind kind : ThrottleKind.values()) {
      for (Fields one : host.objects(field(kind))) {
        all.add(new Throttle(kind, one.text("Path"), one.number("Rate")));
      }
    }
    return all;
  }

  /// The field of `HostConfig` with the rates of this kind.
  static String field(ThrottleKind kind) {
    return switch (kind) {
      case READ_BPS -> "BlkioDeviceReadBps";
      case WRITE_BPS -> "BlkioDeviceWriteBps";
      case READ_IOPS -> "BlkioDeviceReadIOps";
      case WRITE_IOPS -> "BlkioDeviceWriteIOps";
    };
  }

  /// Name, soft and hard limit; -1 is none.
  static List<Spec.Ulimit> ulimits(Fields host) {
    List<Spec.Ulimit> all = new ArrayList<>();
    for (Fields one : host.objects("Ulimits")) {
      all.add(new Spec.Ulimit(one.text("Name"), one.number("Soft"), one.number("Hard")));
    }
    return all;
  }
}

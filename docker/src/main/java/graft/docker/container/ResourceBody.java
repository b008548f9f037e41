package graft.docker.container;

import graft.docker.container.Machine.Control;
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
    if (host.number("Memory") == 0 && host.number("MemorySwap") > 0) {
      throw GraftException.invalid(
          "You should always set the Memory limit when using Memoryswap limit, see usage");
    }
    return change(host, warnings);
  }

  /// The same for an update, where what is not named is what it was.
  Resources change(Fields host, List<String> warnings) {
    refuse(host, warnings);
    long memory = host.number("Memory");
    long swap = host.number("MemorySwap");
    long reservation = host.number("MemoryReservation");
    checkMemory(memory, swap, reservation);
    if (memory > 0 && swap == 0) {
      swap = memory <= Long.MAX_VALUE / 2 ? memory * 2 : -1;
    }
    if (memory > 0
        && discarded(Control.MEMORY, "memory limit capabilities", "Limitation", warnings)) {
      memory = 0;
      swap = -1;
    }
    if (memory > 0 && swap != -1 && !machine.has(Control.SWAP)) {
      warnings.add(
          "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory"
              + " limited without swap.");
      swap = -1;
    }
    if (reservation > 0
        && discarded(
            Control.RESERVATION, "memory soft limit capabilities", "Limitation", warnings)) {
      reservation = 0;
    }
    long period = host.number("CpuPeriod");
    long quota = host.number("CpuQuota");
    long nano = host.number("NanoCpus");
    checkCpu(period, quota, nano);
    if ((period != 0 || quota != 0) && !machine.has(Control.CPU_QUOTA)) {
      warnings.add("Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.");
      period = 0;
      quota = 0;
    }
    long shares = host.number("CpuShares");
    if (shares < 0) {
      throw GraftException.invalid(
          "invalid CPU shares (" + shares + "): value must be a positive integer");
    }
    if (shares > 0 && discarded(Control.CPU_SHARES, "CPU shares", "Shares", warnings)) {
      shares = 0;
    }
    checkSet("CPUs", "cpuset cpus", host.text("CpusetCpus"), machine.cpus());
    checkSet("memory nodes", "cpuset mems", host.text("CpusetMems"), Integer.MAX_VALUE);
    boolean sets =
        (host.text("CpusetCpus") + host.text("CpusetMems")).isEmpty()
            || !discarded(Control.CPUSET, "cpuset", "Cpuset", warnings);
    long pids = host.number("PidsLimit");
    if (pids > 0 && discarded(Control.PIDS, "PIDs limit capabilities", "PIDs limit", warnings)) {
      pids = 0;
    }
    long[] realtime = realtime(host);
    return new Resources(
        positive(memory),
        swap == 0 ? OptionalLong.empty() : OptionalLong.of(swap),
        positive(reservation),
        swappiness(host, warnings),
        oomKillDisable(host, warnings),
        positive(shares),
        quota == 0 ? OptionalLong.empty() : OptionalLong.of(quota),
        positive(period),
        sets ? host.text("CpusetCpus") : "",
        sets ? host.text("CpusetMems") : "",
        positive(pids),
        weight(host.smallNumber("BlkioWeight"), warnings),
        throttles(host, warnings),
        weights(host, warnings),
        positive(nano),
        positive(realtime[0]),
        positive(realtime[1]),
        kernelMemoryTcp(host, warnings));
  }

  /// Whether it has to be left out, because the kernel cannot do it; then that is said in Docker's
  /// words.
  private boolean discarded(Control control, String what, String lost, List<String> warnings) {
    if (machine.has(control)) {
      return false;
    }
    warnings.add(
        "Your kernel does not support "
            + what
            + " or the cgroup is not mounted. "
            + lost
            + " discarded.");
    return true;
  }

  private static void refuse(Fields host, List<String> warnings) {
    if (host.number("IOMaximumIOps") != 0) {
      throw GraftException.invalid(
          "invalid option: QoS maximum IOPs configuration is not supported on linux");
    }
    if (host.number("IOMaximumBandwidth") != 0) {
      throw GraftException.invalid(
          "invalid option: QoS maximum bandwidth configuration is not supported on linux");
    }
    if (host.number("CpuPercent") != 0) {
      warnings.add("linux does not support CPU percent. Percent discarded.");
    }
    if (host.number("CpuCount") != 0) {
      warnings.add("CpuCount is of Windows: discarded; NanoCpus limits the processors on linux.");
    }
    if (host.number("KernelMemory") != 0) {
      // No runtime sets it any more, whatever the kernel has.
      warnings.add(
          "Your kernel does not support kernel memory limit capabilities or the cgroup is not"
              + " mounted. Limitation discarded.");
    }
  }

  private OptionalLong swappiness(Fields host, List<String> warnings) {
    long value = host.has("MemorySwappiness") ? host.number("MemorySwappiness") : -1;
    if (value == -1) {
      return OptionalLong.empty();
    }
    if (value < 0 || value > 100) {
      throw GraftException.invalid(
          "Invalid value: " + value + ", valid memory swappiness range is 0-100");
    }
    return discarded(
            Control.SWAPPINESS, "memory swappiness capabilities", "Memory swappiness", warnings)
        ? OptionalLong.empty()
        : OptionalLong.of(value);
  }

  private boolean oomKillDisable(Fields host, List<String> warnings) {
    boolean asked = host.flag("OomKillDisable");
    if (asked && !machine.has(Control.OOM_DISABLE)) {
      warnings.add("Your kernel does not support OomKillDisable. OomKillDisable discarded.");
      return false;
    }
    return asked;
  }

  private OptionalLong kernelMemoryTcp(Fields host, List<String> warnings) {
    long value = host.number("KernelMemoryTCP");
    return value > 0
            && discarded(
                Control.KERNEL_MEMORY_TCP,
                "kernel memory TCP limit capabilities",
                "Limitation",
                warnings)
        ? OptionalLong.empty()
        : positive(value);
  }

  /// Period and runtime.
  private long[] realtime(Fields host) {
    long period = host.number("CpuRealtimePeriod");
    long runtime = host.number("CpuRealtimeRuntime");
    if (period < 0 || runtime < 0) {
      throw GraftException.invalid("cpu real-time period and runtime cannot be negative");
    }
    if (period != 0 && runtime > period) {
      throw GraftException.invalid(
          "cpu real-time runtime cannot be higher than cpu real-time period");
    }
    if (period + runtime != 0 && !machine.has(Control.CPU_REALTIME)) {
      throw GraftException.invalid(
          "Your kernel does not support CPU real-time scheduler (control groups of version 2 have"
              + " none); leave CpuRealtimePeriod and CpuRealtimeRuntime out");
    }
    return new long[] {period, runtime};
  }

  private static OptionalLong positive(long value) {
    return value > 0 ? OptionalLong.of(value) : OptionalLong.empty();
  }

  private static void checkMemory(long memory, long swap, long reservation) {
    if (memory < 0 || (memory > 0 && memory < LEAST_MEMORY)) {
      throw GraftException.invalid("Minimum memory limit allowed is 6MB");
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
    if (nano > 0 && !machine.has(Control.CPU_QUOTA)) {
      throw GraftException.invalid(
          "NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup"
              + " is not mounted");
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
    return discarded(Control.BLOCK_WEIGHT, "Block I/O weight", "Weight", warnings)
        ? OptionalInt.empty()
        : OptionalInt.of(weight);
  }

  private List<Spec.Weight> weights(Fields host, List<String> warnings) {
    List<Spec.Weight> all = new ArrayList<>();
    for (Fields one : host.objects("BlkioWeightDevice")) {
      all.add(new Spec.Weight(one.text("Path"), one.smallNumber("Weight")));
    }
    return !all.isEmpty()
            && discarded(
                Control.BLOCK_WEIGHT_DEVICE, "Block I/O weight_device", "Weight-device", warnings)
        ? List.of()
        : all;
  }

  private List<Throttle> throttles(Fields host, List<String> warnings) {
    List<Throttle> all = new ArrayList<>();
    for (ThrottleKind kind : ThrottleKind.values()) {
      List<Fields> asked = host.objects(field(kind));
      if (!asked.isEmpty() && supported(kind, warnings)) {
        asked.forEach(one -> all.add(new Throttle(kind, one.text("Path"), one.number("Rate"))));
      }
    }
    return all;
  }

  private boolean supported(ThrottleKind kind, List<String> warnings) {
    return !switch (kind) {
      case READ_BPS ->
          discarded(
              Control.BLOCK_READ_BPS,
              "BPS Block I/O read limit",
              "Block I/O BPS read limit",
              warnings);
      case WRITE_BPS ->
          discarded(
              Control.BLOCK_WRITE_BPS,
              "BPS Block I/O write limit",
              "Block I/O BPS write limit",
              warnings);
      case READ_IOPS ->
          discarded(
              Control.BLOCK_READ_IOPS,
              "IOPS Block read limit",
              "Block I/O IOPS read limit",
              warnings);
      case WRITE_IOPS ->
          discarded(
              Control.BLOCK_WRITE_IOPS,
              "IOPS Block write limit",
              "Block I/O IOPS write limit",
              warnings);
    };
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
      if (Long.compareUnsigned(one.number("Soft"), one.number("Hard")) > 0) {
        throw GraftException.invalid(
            "ulimit "
                + one.text("Name")
                + ": soft limit must be less than or equal to hard limit: "
                + one.number("Soft")
                + " > "
                + one.number("Hard"));
      }
      all.add(new Spec.Ulimit(one.text("Name"), one.number("Soft"), one.number("Hard")));
    }
    return all;
  }
}

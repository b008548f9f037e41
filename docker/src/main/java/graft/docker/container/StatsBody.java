package graft.docker.container;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.runtime.Stats;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What a container uses, as `GET /containers/{id}/stats` says it.
public final class StatsBody {
  /// One reading.
  ///
  /// @param system nanoseconds that all processors of the host have worked
  /// @param networks interface to its eight counters: bytes, packets, errors, dropped; received
  ///   first, then sent
  public record Sample(Instant at, Stats stats, long system, Map<String, List<Long>> networks) {}

  private static final List<String> COUNTERS =
      List.of(
          "rx_bytes",
          "rx_packets",
          "rx_errors",
          "rx_dropped",
          "tx_bytes",
          "tx_packets",
          "tx_errors",
          "tx_dropped");
  private static final List<String> BLOCK =
      List.of(
          "io_queue_recursive",
          "io_service_time_recursive",
          "io_wait_time_recursive",
          "io_merged_recursive",
          "io_time_recursive",
          "sectors_recursive");

  private StatsBody() {}

  /// @param now empty if the container does not run
  /// @param before the reading to compare with, if there is one
  /// @param memory of the host, in bytes
  public static ObjectNode of(
      Container c, Optional<Sample> now, Optional<Sample> before, long memory, int cpus) {
    ObjectNode json = Nodes.object();
    json.put("name", "/" + c.name());
    json.put("id", c.id());
    json.put("read", now.map(s -> GoTime.of(s.at())).orElse(GoTime.ZERO));
    json.put("preread", before.map(s -> GoTime.of(s.at())).orElse(GoTime.ZERO));
    ObjectNode pids = json.putObject("pids_stats");
    now.ifPresent(s -> {
      pids.put("current", s.stats().pids());
      if (s.stats().unified() || s.stats().pidsLimit() != Long.MAX_VALUE) {
        pids.put("limit", unsigned(s.stats().pidsLimit()));
      }
    });
    block(json.putObject("blkio_stats"), now);
    json.put("num_procs", 0);
    json.putObject("storage_stats");
    cpu(json.putObject("cpu_stats"), now, cpus);
    cpu(json.putObject("precpu_stats"), before, cpus);
    ObjectNode used = json.putObject("memory_stats");
    now.ifPresent(s -> memory(used, s.stats(), memory));
    if (now.isPresent() && !now.get().networks().isEmpty()) {
      ObjectNode networks = json.putObject("networks");
      new TreeMap<>(now.get().networks())
          .forEach((name, values) -> {
            ObjectNode one = networks.putObject(name);
            for (int i = 0; i < COUNTERS.size(); i++) {
              one.put(COUNTERS.get(i), values.get(i));
            }
          });
    }
    return json;
  }

  /// Without a limit, as the kernel's largest number.
  private static java.math.BigInteger unsigned(long value) {
    return value == Long.MAX_VALUE
        ? new java.math.BigInteger("18446744073709551615")
        : java.math.BigInteger.valueOf(value);
  }

  private static void block(ObjectNode json, Optional<Sample> now) {
    if (now.isEmpty()) {
      json.putNull("io_service_bytes_recursive");
      json.putNull("io_serviced_recursive");
    } else {
      rows(json.putArray("io_service_bytes_recursive"), now.get().stats().bytes());
      if (now.get().stats().unified()) {
        json.putNull("io_serviced_recursive");
      } else {
        rows(json.putArray("io_serviced_recursive"), now.get().stats().operations());
      }
    }
    for (String name : BLOCK) {
      if (now.isEmpty() || now.get().stats().unified()) {
        json.putNull(name);
      } else {
        json.putArray(name);
      }
    }
  }

  private static void rows(ArrayNode rows, List<Stats.Io> list) {
    for (Stats.Io io : list) {
      ObjectNode one = rows.addObject();
      one.put("major", io.major());
      one.put("minor", io.minor());
      one.put("op", io.operation());
      one.put("value", io.value());
    }
  }

  private static void cpu(ObjectNode json, Optional<Sample> sample, int cpus) {
    ObjectNode usage = json.putObject("cpu_usage");
    Stats.Cpu cpu =
        sample.map(s -> s.stats().cpu()).orElse(new Stats.Cpu(0, 0, 0, List.of(), 0, 0, 0));
    usage.put("total_usage", cpu.total());
    if (!cpu.perCpu().isEmpty()) {
      ArrayNode each = usage.putArray("percpu_usage");
      cpu.perCpu().forEach(each::add);
    }
    usage.put("usage_in_kernelmode", cpu.kernel());
    usage.put("usage_in_usermode", cpu.user());
    sample.ifPresent(s -> {
      json.put("system_cpu_usage", s.system());
      json.put("online_cpus", cpus);
    });
    ObjectNode throttling = json.putObject("throttling_data");
    throttling.put("periods", cpu.periods());
    throttling.put("throttled_periods", cpu.throttledPeriods());
    throttling.put("throttled_time", cpu.throttledTime());
  }

  private static void memory(ObjectNode json, Stats stats, long host) {
    json.put("usage", stats.memory().usage());
    if (!stats.unified()) {
      json.put("max_usage", stats.memory().peak());
    }
    ObjectNode detail = json.putObject("stats");
    new TreeMap<>(stats.detail()).forEach(detail::put);
    if (stats.memory().failures() > 0) {
      json.put("failcnt", stats.memory().failures());
    }
    json.put("limit", Math.min(stats.memory().limit(), host));
  }
}

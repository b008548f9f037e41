package graft.docker.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.ContainerSpec;
import graft.container.ContainerSpec.RestartPolicy;
import graft.docker.json.Fields;
import graft.error.GraftException;
import graft.runtime.Spec.Resources;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// The body of `POST /containers/{id}/update` over the limits there are.
public final class UpdateBody {
  /// @param resources complete: what the body does not name stays
  public record Parsed(Resources resources, RestartPolicy restart) {}

  /// Resources that neither Docker nor a runtime can change in a container that is there.
  private static final List<String> FIXED =
      List.of(
          "BlkioWeightDevice",
          "BlkioDeviceReadBps",
          "BlkioDeviceWriteBps",
          "BlkioDeviceReadIOps",
          "BlkioDeviceWriteIOps",
          "CgroupParent",
          "Devices",
          "DeviceCgroupRules",
          "DeviceRequests",
          "KernelMemoryTCP",
          "Ulimits");

  private UpdateBody() {}

  /// @param warnings takes what is discarded
  public static Parsed read(
      ObjectNode body, String id, ContainerSpec now, Machine machine, List<String> warnings) {
    Fields asked = Fields.of(body);
    Resources old = now.run().resources();
    Resources fresh = new ResourceBody(machine).change(asked, warnings);
    refuse(asked, id, old);
    OptionalLong swap = asked.number("MemorySwap") != 0 ? fresh.memorySwap() : old.memorySwap();
    boolean cpu = fresh.cpuQuota().isPresent() || fresh.cpuPeriod().isPresent();
    Resources merged =
        new Resources(
            or(fresh.memory(), old.memory()),
            swap,
            or(fresh.memoryReservation(), old.memoryReservation()),
            or(fresh.memorySwappiness(), old.memorySwappiness()),
            asked.has("OomKillDisable") ? fresh.oomKillDisable() : old.oomKillDisable(),
            or(fresh.cpuShares(), old.cpuShares()),
            cpu ? or(fresh.cpuQuota(), old.cpuQuota()) : old.cpuQuota(),
            cpu ? or(fresh.cpuPeriod(), old.cpuPeriod()) : old.cpuPeriod(),
            fresh.cpusetCpus().isEmpty() ? old.cpusetCpus() : fresh.cpusetCpus(),
            fresh.cpusetMems().isEmpty() ? old.cpusetMems() : fresh.cpusetMems(),
            asked.has("PidsLimit") ? fresh.pids() : old.pids(),
            or(fresh.blkioWeight(), old.blkioWeight()),
            old.throttles(),
            old.deviceWeights(),
            or(fresh.nanoCpus(), old.nanoCpus()),
            or(fresh.realtimePeriod(), old.realtimePeriod()),
            or(fresh.realtimeRuntime(), old.realtimeRuntime()),
            old.kernelMemoryTcp());
    boolean policy = !asked.object("RestartPolicy").text("Name").isEmpty();
    RestartPolicy restart =
        policy ? CreateBody.restart(asked.object("RestartPolicy")) : now.restart();
    if (policy && now.autoRemove() && restart.name() != ContainerSpec.Restart.NO) {
      throw GraftException.invalid(
          "Restart policy cannot be updated because AutoRemove is enabled for the container");
    }
    return new Parsed(merged, restart);
  }

  /// What conflicts with the limits there are, in Docker's words, and what cannot be changed once
  /// the container is made, which Docker passes over.
  private static void refuse(Fields asked, String id, Resources old) {
    long memory = asked.number("Memory");
    if (memory > 0 && memory > old.memorySwap().orElse(0) && asked.number("MemorySwap") == 0) {
      throw conflict(
          id,
          "Memory limit should be smaller than already set memoryswap limit, update the"
              + " memoryswap at the same time");
    }
    boolean nano = old.nanoCpus().isPresent();
    for (String[] pair : new String[][] {{"CpuPeriod", "CPU Period"}, {"CpuQuota", "CPU Quota"}}) {
      boolean set =
          pair[0].equals("CpuPeriod") ? old.cpuPeriod().isPresent() : old.cpuQuota().isPresent();
      if (asked.number("NanoCpus") > 0 && set) {
        throw conflict(
            id,
            "Conflicting options: Nano CPUs cannot be updated as "
                + pair[1]
                + " has already been set");
      }
      if (asked.number(pair[0]) > 0 && nano) {
        throw conflict(
            id,
            "Conflicting options: "
                + pair[1]
                + " cannot be updated as NanoCPUs has already been set");
      }
    }
    for (String name : FIXED) {
      if (!isNothing(asked.raw(name))) {
        throw GraftException.invalid(
            "Cannot update container "
                + id
                + ": "
                + name
                + " cannot be changed after the container was made");
      }
    }
  }

  /// What a client sends for a field it has no value for.
  private static boolean isNothing(JsonNode node) {
    return switch (node.getNodeType()) {
      case MISSING, NULL -> true;
      case ARRAY, OBJECT, POJO -> node.isEmpty();
      case STRING, BINARY -> node.asText().isEmpty();
      case NUMBER -> node.asLong() == 0;
      case BOOLEAN -> !node.asBoolean();
    };
  }

  private static GraftException conflict(String id, String why) {
    return GraftException.conflict("Cannot update container " + id + ": " + why);
  }

  private static OptionalLong or(OptionalLong first, OptionalLong second) {
    return first.isPresent() ? first : second;
  }

  private static OptionalInt or(OptionalInt first, OptionalInt second) {
    return first.isPresent() ? first : second;
  }
}

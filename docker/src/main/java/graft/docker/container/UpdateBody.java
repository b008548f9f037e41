package graft.docker.container;

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

  private UpdateBody() {}

  /// @param warnings takes what is discarded
  public static Parsed read(
      ObjectNode body, String id, ContainerSpec now, Machine machine, List<String> warnings) {
    Fields asked = Fields.of(body);
    Resources old = now.run().resources();
    Resources fresh = new ResourceBody(machine).read(asked, warnings);
    OptionalLong swap = asked.number("MemorySwap") != 0 ? fresh.memorySwap() : old.memorySwap();
    boolean tooSmall =
        fresh.memory().isPresent()
            && asked.number("MemorySwap") == 0
            && old.memorySwap().isPresent()
            && old.memorySwap().getAsLong() > 0
            && fresh.memory().getAsLong() > old.memorySwap().getAsLong();
    if (tooSmall) {
      throw GraftException.conflict(
          "Cannot update container "
              + id
              + ": Memory limit should be smaller than already set memoryswap limit, update the"
              + " memoryswap at the same time");
    }
    boolean cpu = fresh.cpuQuota().isPresent() || fresh.cpuPeriod().isPresent();
    Resources merged =
        new Resources(
            or(fresh.memory(), old.memory()),
            fresh.memory().isPresent() && old.memory().isEmpty() ? fresh.memorySwap() : swap,
            or(fresh.memoryReservation(), old.memoryReservation()),
            or(fresh.memorySwappiness(), old.memorySwappiness()),
            asked.has("OomKillDisable") ? fresh.oomKillDisable() : old.oomKillDisable(),
            or(fresh.cpuShares(), old.cpuShares()),
            cpu ? fresh.cpuQuota() : old.cpuQuota(),
            cpu ? fresh.cpuPeriod() : old.cpuPeriod(),
            fresh.cpusetCpus().isEmpty() ? old.cpusetCpus() : fresh.cpusetCpus(),
            fresh.cpusetMems().isEmpty() ? old.cpusetMems() : fresh.cpusetMems(),
            asked.has("PidsLimit") ? fresh.pids() : old.pids(),
            or(fresh.blkioWeight(), old.blkioWeight()),
            fresh.throttles().isEmpty() ? old.throttles() : fresh.throttles());
    boolean policy = !asked.object("RestartPolicy").text("Name").isEmpty();
    RestartPolicy restart =
        policy ? CreateBody.restart(asked.object("RestartPolicy")) : now.restart();
    if (policy && now.autoRemove() && restart.name() != ContainerSpec.Restart.NO) {
      throw GraftException.invalid(
          "Restart policy cannot be updated because AutoRemove is enabled for the container");
    }
    return new Parsed(merged, restart);
  }

  private static OptionalLong or(OptionalLong first, OptionalLong second) {
    return first.isPresent() ? first : second;
  }

  private static OptionalInt or(OptionalInt first, OptionalInt second) {
    return first.isPresent() ? first : second;
  }
}

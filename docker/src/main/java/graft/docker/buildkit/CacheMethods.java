package graft.docker.buildkit;

import graft.build.Builds;
import graft.build.Builds.Usage;
import graft.docker.buildkit.grpc.Call;
import graft.docker.buildkit.proto.Control.DiskUsageRequest;
import graft.docker.buildkit.proto.Control.DiskUsageResponse;
import graft.docker.buildkit.proto.Control.PruneRequest;
import graft.docker.buildkit.proto.Control.UsageRecord;
import graft.error.GraftException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/// What of `moby.buildkit.v1.Control` is about kept results: `docker buildx du` and `docker builder
/// prune`.
final class CacheMethods {
  private final Builds builds;

  CacheMethods(Builds builds) {
    this.builds = builds;
  }

  DiskUsageResponse diskUsage(DiskUsageRequest request) throws IOException {
    return new DiskUsageResponse(
        builds.usage().stream()
            .filter(UsageFilter.of(request.filters()))
            .map(CacheMethods::record)
            .toList());
  }

  /// Removes, and tells what went.
  void prune(Call<PruneRequest, UsageRecord> call) throws IOException, InterruptedException {
    Optional<PruneRequest> request = call.read();
    if (request.isEmpty()) {
      return;
    }
    PruneRequest r = request.get();
    if (r.filters().stream().anyMatch(f -> !f.isEmpty())) {
      throw GraftException.invalid(
          "the build cache is pruned by age only (--filter until=24h), not by "
              + String.join(", ", r.filters()));
    }
    if (r.maxUsedSpace() != 0 || r.minFreeSpace() != 0) {
      throw GraftException.invalid(
          "the build cache is pruned down to what --reserved-space says only");
    }
    for (Usage gone :
        builds.prune(r.all(), Duration.ofNanos(r.keepDuration()), r.reservedSpace())) {
      call.write(record(gone));
    }
  }

  private static UsageRecord record(Usage usage) {
    return new UsageRecord(
        usage.id(),
        false,
        usage.inUse(),
        usage.size(),
        usage.created(),
        usage.lastUsed(),
        usage.count(),
        usage.description(),
        usage.type(),
        usage.shared(),
        usage.parents());
  }
}

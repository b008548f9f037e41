package graft.build.run;

import graft.build.Builds.Usage;
import graft.build.cache.AbsentSteps;
import graft.build.cache.CacheMounts;
import graft.build.cache.Kept;
import graft.build.cache.StepCache;
import graft.build.source.DiskFileStore;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// All that is kept of builds, for `du` and `prune`: results of steps, cache mounts, what failed
/// steps left, files of contexts.
final class KeptOfBuilds {
  private final Images images;
  private final StepCache cache;
  private final AbsentSteps absent;
  private final CacheMounts cacheMounts;
  private final FailedSteps failed;
  private final DiskFileStore files;

  KeptOfBuilds(
      Images images,
      StepCache cache,
      AbsentSteps absent,
      CacheMounts cacheMounts,
      FailedSteps failed,
      DiskFileStore files) {
    this.images = images;
    this.cache = cache;
    this.absent = absent;
    this.cacheMounts = cacheMounts;
    this.failed = failed;
    this.files = files;
  }

  List<Usage> usage() throws IOException {
    Set<Digest> shared = inImages();
    List<Usage> all = new ArrayList<>();
    for (Kept k : cache.list()) {
      all.add(usage(k, shared));
    }
    for (CacheMounts.Cache c : cacheMounts.list()) {
      all.add(usage(c));
    }
    failed.list().forEach(image -> all.add(usage(image)));
    return all;
  }

  /// What a failed step left.
  private Usage usage(ImageRecord image) {
    return new Usage(
        image.id().hex().substring(0, 25),
        List.of(),
        "regular",
        "left by a failed step: " + image.names().getFirst().familiar(),
        failed.size(image),
        false,
        false,
        image.created(),
        Optional.empty(),
        1);
  }

  private Set<Digest> inImages() {
    Set<Digest> all = new HashSet<>();
    images.list().forEach(i -> all.addAll(i.diffIds()));
    return all;
  }

  private Usage usage(Kept k, Set<Digest> shared) {
    return new Usage(
        k.key().hex().substring(0, 25),
        k.parents().stream().map(p -> p.hex().substring(0, 25)).toList(),
        "regular",
        k.description(),
        k.size(),
        cache.isHeld(k.key()),
        shared.contains(k.layer()),
        k.created(),
        k.lastUsed(),
        k.count());
  }

  private static Usage usage(CacheMounts.Cache c) {
    return new Usage(
        c.id(),
        List.of(),
        "exec.cachemount",
        "cached mount " + c.name(),
        c.size(),
        c.inUse(),
        false,
        c.used(),
        Optional.of(c.used()),
        1);
  }

  /// @param all also what images stand on; else only what nothing needs
  /// @param before only what was not used since
  /// @param keep stop when as few bytes are left; 0 for none
  /// @return what went
  List<Usage> prune(boolean all, Instant before, long keep) throws IOException {
    Set<Digest> shared = inImages();
    List<Usage> gone = new ArrayList<>();
    long mounts = cacheMounts.list().stream().mapToLong(CacheMounts.Cache::size).sum();
    if (cache.size() + mounts > keep || keep == 0) {
      for (CacheMounts.Cache c : cacheMounts.remove(c -> c.used().isBefore(before))) {
        gone.add(usage(c));
        mounts -= c.size();
      }
    }
    List<Kept> forgotten =
        cache.prune(
            Math.max(0, keep - mounts),
            k -> k.used().isBefore(before) && (all || !shared.contains(k.layer())));
    absent.settle(List.of(), cache);
    StepCache.drop(images, cache.freed(forgotten));
    forgotten.forEach(k -> gone.add(usage(k, shared)));
    if (keep == 0) {
      for (ImageRecord image : failed.list()) {
        Usage usage = usage(image);
        if (failed.isOlder(image, before) && failed.remove(image)) {
          gone.add(usage);
        }
      }
    }
    if (all && keep == 0) {
      files.clear();
    }
    return gone;
  }
}

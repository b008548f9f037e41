package graft.build;

import graft.build.dockerfile.RunMount;
import graft.error.GraftException;
import java.util.List;

/// The mounts of a RUN, as its key has them.
final class MountSet {
  private MountSet() {}

  static MountSet of(BuildRun build, int stage, List<RunMount> mounts, StepKey key) {
    if (!mounts.isEmpty()) {
      throw GraftException.invalid("RUN --mount is not done yet");
    }
    return new MountSet();
  }

  List<Steps.Taken> inputs() {
    return List.of();
  }

  StepMounts open() {
    return StepMounts.NONE;
  }
}

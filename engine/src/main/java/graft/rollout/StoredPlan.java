package graft.rollout;

import graft.oci.Digest;
import java.time.Instant;

/// A plan that is kept, whoever made it.
public sealed interface StoredPlan {
  Digest digest();

  Instant created();

  record Readable(Plan plan) implements StoredPlan {
    @Override
    public Digest digest() {
      return plan.digest();
    }

    @Override
    public Instant created() {
      return plan.created();
    }
  }

  /// One of a build whose plans this one does not understand, or a file that was damaged. It can be
  /// dropped, and made again.
  ///
  /// @param created when its file was written
  /// @param why one sentence
  record Unreadable(Digest digest, Instant created, String why) implements StoredPlan {}
}

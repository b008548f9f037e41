package graft.rebase;

import java.util.List;

/// What becomes of one step of an image whose base changes.
public sealed interface Verdict {
  /// The layer stays: doing the step again would make the same bytes.
  record ProvenSwap() implements Verdict {}

  /// The layer stays: all checks hold.
  ///
  /// @param merges paths of the layer of which a patch has to say what they are now
  /// @param regenerations those of paths of the layer
  record CheckedSwap(List<String> merges, List<Regeneration> regenerations, Trust trust)
      implements Verdict {
    public CheckedSwap {
      merges = List.copyOf(merges);
      regenerations = List.copyOf(regenerations);
    }
  }

  /// The step has to be done again, which can be done.
  record ReRun(List<Reason> reasons) implements Verdict {
    public ReRun {
      reasons = List.copyOf(reasons);
    }
  }

  /// The step would have to be done again, which nobody can. The image cannot be put on that base.
  record Refuse(List<Reason> reasons) implements Verdict {
    public Refuse {
      reasons = List.copyOf(reasons);
    }

    /// What would help, a sentence for each thing.
    public List<String> unblock() {
      return reasons.stream().map(Reason::unblock).distinct().toList();
    }
  }
}

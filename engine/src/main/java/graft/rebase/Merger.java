package graft.rebase;

import java.util.List;
import java.util.Optional;

/// Makes one file of three: as the old base has it, as the image has it that was built on that, and
/// as the new base has it. Pure; a file that is not there is an empty one's contrary, [Optional].
interface Merger {
  Merging merge(Optional<byte[]> old, Optional<byte[]> own, Optional<byte[]> now);

  sealed interface Merging {
    /// @param content empty if there is no such file in the end
    record Merged(Optional<byte[]> content) implements Merging {}

    /// @param keys that both sides changed, each in its own way
    record Clash(List<String> keys) implements Merging {
      public Clash {
        keys = List.copyOf(keys);
      }
    }
  }
}

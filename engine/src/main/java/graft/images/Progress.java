package graft.images;

import graft.oci.Digest;
import graft.oci.Reference;

/// Hears how a transfer goes on, from several threads at once. A layer is known by one digest from
/// the first call to the last (its blob's in a pull or push, its diffID in a load).
public interface Progress {
  enum Phase {
    WAITING,
    EXISTS,
    DOWNLOADING,
    VERIFYING,
    DOWNLOADED,
    EXTRACTING,
    COMPLETE,
    PREPARING,
    PUSHING,
    PUSHED,
    MOUNTED
  }

  Progress SILENT = new Progress() {};

  /// The name was found and the transfer begins; nothing has been refused.
  default void begins(Reference name, Digest digest) {}

  /// @param current bytes so far, @param total bytes in all, 0 where unknown
  default void layer(Digest layer, Phase phase, long current, long total) {}
}

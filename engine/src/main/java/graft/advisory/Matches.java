package graft.advisory;

import graft.oci.Digest;
import java.util.List;

/// What the advisories say of an inventory.
///
/// @param database by whose contents
/// @param all sorted: the worst first; those that are suppressed are among them
/// @param unknown ecosystems and distributions of packages about which the database has nothing at
///   all: that nothing was found there means nothing
public record Matches(Digest database, List<Match> all, List<String> unknown) {
  public Matches {
    all = List.copyOf(all);
    unknown = List.copyOf(unknown);
  }

  /// Without those that somebody says are none here.
  public List<Match> open() {
    return all.stream().filter(m -> m.suppression().isEmpty()).toList();
  }
}

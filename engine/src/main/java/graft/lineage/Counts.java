package graft.lineage;

import graft.advisory.Severity;
import graft.tree.Tree;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// How many open findings an image has, by whose they are. Each is counted once: `here` and
/// `inherited` together are all of them.
///
/// @param here by severity: those whose origin is the image itself
/// @param inherited by severity: those whose origin is an ancestor
/// @param carried inherited ones that a package of the image itself has now: an older version of
///   what the ancestor has, or another one that has it too; fixing the ancestor alone does not help
/// @param fixed findings of the parent that this image does not have from it
public record Counts(
    Map<Severity, Integer> here, Map<Severity, Integer> inherited, int carried, int fixed) {
  public int total() {
    return sum(here) + sum(inherited);
  }

  public static int sum(Map<Severity, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  private record Problem(String source, String vulnerability) {}

  /// @param owners of the layers of the image
  /// @param parent findings of the parent; none if it has none
  static Counts of(
      Tree.Node image, List<Tree.Node> owners, List<Finding> findings, List<Finding> parent) {
    Map<Severity, Integer> here = new EnumMap<>(Severity.class);
    Map<Severity, Integer> inherited = new EnumMap<>(Severity.class);
    int carried = 0;
    Set<Problem> kept = new HashSet<>();
    for (Finding finding : findings) {
      if (!finding.open()) {
        continue;
      }
      if (owners.get(finding.origin()).id().equals(image.id())) {
        here.merge(finding.severity(), 1, Integer::sum);
        continue;
      }
      kept.add(new Problem(finding.source(), finding.vulnerability()));
      inherited.merge(finding.severity(), 1, Integer::sum);
      if (finding.packages().stream()
          .anyMatch(p -> owners.get(p.carrier()).id().equals(image.id()))) {
        carried++;
      }
    }
    int fixed =
        (int)
            parent.stream()
                .filter(Finding::open)
                .filter(f -> !kept.contains(new Problem(f.source(), f.vulnerability())))
                .count();
    return new Counts(here, inherited, carried, fixed);
  }
}

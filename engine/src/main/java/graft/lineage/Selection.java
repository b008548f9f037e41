package graft.lineage;

import graft.advisory.Severity;
import java.util.List;
import java.util.Set;

/// Which findings are wanted.
///
/// @param severities none for all
/// @param own only those that the image itself brought in, not one that it derives from
/// @param fixable only those for which there is a fixed version
/// @param ignored names of vulnerabilities that are not wanted, in upper case
public record Selection(
    Set<Severity> severities, boolean own, boolean fixable, Set<String> ignored) {
  public static final Selection ALL = new Selection(Set.of(), false, false, Set.of());

  public Selection {
    severities = Set.copyOf(severities);
    ignored = Set.copyOf(ignored);
  }

  /// Those of a report, in its order; suppressed ones are among them.
  public List<Finding> of(Lineage.Report report) {
    return report.scan().findings().stream()
        .filter(f -> severities.isEmpty() || severities.contains(f.severity()))
        .filter(f -> !own || !report.inherited(f))
        .filter(f -> !fixable || f.fixed().isPresent())
        .filter(f -> ignored.stream().noneMatch(f::isCalled))
        .toList();
  }

  /// How many are left out because they are ignored.
  public long ignored(Lineage.Report report) {
    return report.scan().findings().stream()
        .filter(f -> ignored.stream().anyMatch(f::isCalled))
        .count();
  }
}

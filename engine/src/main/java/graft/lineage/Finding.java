package graft.lineage;

import graft.advisory.Match;
import graft.advisory.Match.Cited;
import graft.advisory.Match.Suppressed;
import graft.advisory.Severity;
import graft.inventory.Inventory.Installed;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// One vulnerability in what an image has of one source package. Layers are indexes into the
/// image's, from 0 at the bottom.
///
/// @param vulnerability a CVE where it has one
/// @param score of CVSS; empty where nobody gave one
/// @param installed version of the source; several with commas where there are several
/// @param fixed the first version without it, in the order of `installed`; empty if nobody says so,
///   of any of them
/// @param origin the layer since which it is open, without a break
/// @param records who says so
/// @param suppressed who says that it is none here
public record Finding(
    String vulnerability,
    SortedSet<String> aliases,
    Severity severity,
    OptionalDouble score,
    String vector,
    String summary,
    String ecosystem,
    String source,
    String installed,
    Optional<String> fixed,
    List<Affected> packages,
    int origin,
    List<Cited> records,
    Optional<Suppressed> suppressed) {
  public Finding {
    packages = List.copyOf(packages);
    records = List.copyOf(records);
  }

  /// @param carrier the layer that has it in this version
  public record Affected(Installed installed, int carrier) {}

  public boolean open() {
    return suppressed.isEmpty();
  }

  /// Whether it is called so, by its own name or another one.
  public boolean isCalled(String name) {
    return vulnerability.equalsIgnoreCase(name)
        || aliases.stream().anyMatch(name::equalsIgnoreCase)
        || records.stream().anyMatch(r -> r.id().equalsIgnoreCase(name));
  }

  /// @param matches the same vulnerability in versions of the same source
  static Finding of(List<Match> matches, int origin, Map<Installed, Integer> carriers) {
    Match worst = matches.stream().max(Comparator.comparing(Match::severity)).orElseThrow();
    SortedSet<String> aliases = new TreeSet<>();
    matches.forEach(m -> aliases.addAll(m.aliases()));
    boolean allFixed = matches.stream().allMatch(m -> m.fixed().isPresent());
    return new Finding(
        worst.vulnerability(),
        aliases,
        worst.severity(),
        worst.score(),
        worst.vector(),
        worst.summary(),
        worst.ecosystem(),
        worst.source(),
        matches.stream().map(Match::version).distinct().collect(Collectors.joining(", ")),
        allFixed
            ? Optional.of(
                matches.stream()
                    .flatMap(m -> m.fixed().stream())
                    .distinct()
                    .collect(Collectors.joining(", ")))
            : Optional.empty(),
        matches.stream()
            .flatMap(m -> m.packages().stream())
            .distinct()
            .map(p -> new Affected(p, carriers.getOrDefault(p, 0)))
            .toList(),
        origin,
        matches.stream().flatMap(m -> m.records().stream()).distinct().toList(),
        matches.stream().allMatch(m -> m.suppression().isPresent())
            ? matches.getFirst().suppression()
            : Optional.empty());
  }
}

package graft.advisory;

import graft.inventory.Inventory.Installed;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedSet;
import java.util.TreeSet;

/// One vulnerability in one package, however many records say so and however many packages were
/// built of the same source.
///
/// @param vulnerability a CVE where it has one
/// @param aliases its other names
/// @param ecosystem `Debian:12`
/// @param source the name that advisories know: of what the packages were built, or the package
///   itself
/// @param version that is installed, of the source
/// @param packages of it that are installed
/// @param fixed the first version that has it no more; none if nobody says so
/// @param vector CVSS, of the record that has the highest severity; may be empty
/// @param records who says so
/// @param suppression who says that it is none here; a match with one is no finding
public record Match(
    String vulnerability,
    SortedSet<String> aliases,
    String ecosystem,
    String source,
    String version,
    List<Installed> packages,
    Optional<String> fixed,
    Severity severity,
    String vector,
    String summary,
    List<Cited> records,
    Optional<Suppressed> suppression) {
  public static final Comparator<Match> ORDER =
      Comparator.comparing(Match::severity)
          .reversed()
          .thenComparing(Match::source)
          .thenComparing(Match::version)
          .thenComparing(Match::vulnerability);

  public Match {
    aliases = new TreeSet<>(aliases);
    packages = List.copyOf(packages);
    records = List.copyOf(records);
  }

  /// The base score of the vector; empty if there is none.
  public OptionalDouble score() {
    return Severity.score(vector);
  }

  /// A record by the source it is of and its id there.
  public record Cited(String source, String id) {}

  /// @param status `not_affected` or `fixed`
  /// @param reason as the document has it; may be empty
  public record Suppressed(String source, String document, String status, String reason) {}
}

package graft.advisory;

import graft.version.Ordering;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// A stretch of versions, or several, told by the versions at which something changes.
///
/// Source: OSV schema, "Evaluation".
///
/// @param semver whether versions are those of Semantic Versioning, whatever the ecosystem has
record Range(boolean semver, List<Event> events) {
  /// What begins or ends at a version.
  enum Change {
    INTRODUCED("introduced"),
    FIXED("fixed"),
    /// The version itself is the last affected one.
    LAST_AFFECTED("last_affected"),
    /// What is at or beyond it is not spoken of.
    LIMIT("limit");

    private final String word;

    Change(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  record Event(Change change, String version) {}

  /// In `introduced`: before all versions.
  static final String BEGINNING = "0";

  Range {
    events = List.copyOf(events);
  }

  boolean affects(String version, Ordering ecosystem) {
    Ordering ordering = semver ? Ordering.SEMVER : ecosystem;
    if (!withinLimits(version, ordering)) {
      return false;
    }
    boolean affected = false;
    for (Event event : sorted(ordering)) {
      affected =
          switch (event.change) {
            case INTRODUCED -> affected || reached(event, version, ordering);
            case FIXED -> affected && !reached(event, version, ordering);
            case LAST_AFFECTED -> affected && ordering.compare(version, event.version) <= 0;
            case LIMIT -> affected;
          };
    }
    return affected;
  }

  private static boolean reached(Event event, String version, Ordering ordering) {
    return event.version.equals(BEGINNING) || ordering.compare(version, event.version) >= 0;
  }

  private boolean withinLimits(String version, Ordering ordering) {
    List<Event> limits = events.stream().filter(e -> e.change == Change.LIMIT).toList();
    return limits.isEmpty()
        || limits.stream()
            .anyMatch(e -> e.version.equals("*") || ordering.compare(version, e.version) < 0);
  }

  /// What is introduced and fixed at the same version is not affected there.
  private List<Event> sorted(Ordering ordering) {
    List<Event> sorted = new ArrayList<>(events);
    sorted.sort(
        Comparator.comparing((Event e) -> !e.version.equals(BEGINNING))
            .thenComparing(Event::version, ordering)
            .thenComparing(Event::change));
    return sorted;
  }

  /// The first version after this one that has it no more.
  Optional<String> fixedAfter(String version, Ordering ecosystem) {
    Ordering ordering = semver ? Ordering.SEMVER : ecosystem;
    return events.stream()
        .filter(e -> e.change == Change.FIXED && ordering.compare(e.version, version) > 0)
        .map(Event::version)
        .min(ordering);
  }
}

package graft.advisory;

import com.fasterxml.jackson.databind.JsonNode;
import graft.advisory.Range.Change;
import graft.oci.Json;
import graft.version.Ordering;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Records of the OSV schema. Source: ossf.github.io/osv-schema, 1.7.
final class Osv {
  static final String FORMAT = "OSV";

  private static final int LONGEST_SUMMARY = 200;

  /// Each match sorts the events.
  private static final int MOST_EVENTS = 10_000;

  /// Versions times events that are compared to find out which versions say nothing new.
  private static final long MOST_COMPARISONS = 1_000_000;

  private Osv() {}

  static boolean is(JsonNode record) {
    return record.path("id").isTextual()
        && (record.has("affected") || record.has("modified") || record.has("withdrawn"));
  }

  static void read(String where, JsonNode record, Draft draft) throws IOException {
    String id = Json.text(record, "id");
    if (!Json.text(record, "withdrawn").isEmpty()) {
      draft.skip(where, "withdrawn");
      return;
    }
    Set<String> aliases = names(record, "aliases");
    Set<String> upstream = names(record, "upstream");
    boolean used = false;
    for (JsonNode affected : record.path("affected")) {
      String ecosystem = Json.text(affected.path("package"), "ecosystem");
      Optional<Ecosystem> known = Ecosystem.of(ecosystem);
      if (known.isEmpty()) {
        draft.skip(
            where,
            ecosystem.isEmpty()
                ? "names no package"
                : "about " + ecosystem + ", of which no packages are looked for");
        continue;
      }
      List<Range> ranges = ranges(affected.path("ranges"), known.get());
      if (ranges.stream().mapToInt(r -> r.events().size()).sum() > MOST_EVENTS) {
        draft.skip(where, "more than " + MOST_EVENTS + " events of versions");
        continue;
      }
      List<String> versions = Json.texts(affected, "versions").orElse(List.of());
      boolean refuted = ranges.removeIf(Osv::isNone);
      List<String> more = beyond(ranges, versions, known.get().ordering());
      if (ranges.isEmpty() && more.isEmpty()) {
        draft.skip(
            where, refuted ? "fixed in 0, that is, not affected" : "names no versions to compare");
        continue;
      }
      String vector = vector(affected, record);
      used |=
          draft.add(
              where,
              new Advisory(
                  draft.source(),
                  id,
                  aliases,
                  upstream.isEmpty() ? related(record, known.get()) : upstream,
                  known.get(),
                  known.get().packageName(Json.text(affected.path("package"), "name")),
                  severity(vector, affected, record),
                  vector,
                  ranges,
                  more,
                  summary(record)));
    }
    if (used) {
      draft.addNames(id, aliases);
      draft.read(FORMAT);
    } else if (record.path("affected").isEmpty()) {
      draft.skip(where, "names no package");
    }
  }

  private static Set<String> names(JsonNode record, String field) {
    Set<String> names = new HashSet<>(Json.texts(record, field).orElse(List.of()));
    names.removeIf(name -> !Draft.isName(name));
    return names;
  }

  /// Before `upstream` was in the schema, distributions put the CVEs of an advisory here.
  private static Set<String> related(JsonNode record, Ecosystem ecosystem) {
    boolean distribution =
        switch (ecosystem.ordering()) {
          case DPKG, APK, RPM -> true;
          case SEMVER, GO, PEP440, MAVEN, GEM -> false;
        };
    return distribution ? names(record, "related") : Set.of();
  }

  private static List<Range> ranges(JsonNode array, Ecosystem ecosystem) {
    List<Range> ranges = new ArrayList<>();
    for (JsonNode range : array) {
      String type = Json.text(range, "type");
      // Commits of GIT are no versions of packages; what they mean is in `versions`.
      boolean semver = type.equals("SEMVER") && ecosystem.ordering() != Ordering.GO;
      if (type.equals("SEMVER") || type.equals("ECOSYSTEM")) {
        List<Range.Event> events = Advisory.events(range.path("events"));
        if (!events.isEmpty()) {
          ranges.add(new Range(semver, events));
        }
      }
    }
    return ranges;
  }

  /// Some records say in this way that a package never had it.
  private static boolean isNone(Range range) {
    return range.events().contains(new Range.Event(Change.FIXED, Range.BEGINNING));
  }

  /// The versions that are not in the ranges: mostly none, of hundreds.
  private static List<String> beyond(List<Range> ranges, List<String> versions, Ordering order) {
    long events = ranges.stream().mapToLong(r -> r.events().size()).sum();
    if (events * versions.size() > MOST_COMPARISONS) {
      return versions;
    }
    return versions.stream()
        .filter(v -> ranges.stream().noneMatch(r -> r.affects(v, order)))
        .distinct()
        .toList();
  }

  /// What is said of the package before what is said of all; the newest kind of CVSS.
  private static String vector(JsonNode affected, JsonNode record) {
    for (JsonNode said : List.of(affected.path("severity"), record.path("severity"))) {
      for (String type : List.of("CVSS_V4", "CVSS_V3", "CVSS_V2")) {
        for (JsonNode one : said) {
          String vector = Json.text(one, "score");
          if (Json.text(one, "type").equals(type)
              && Severity.ofVector(vector) != Severity.UNKNOWN) {
            return vector;
          }
        }
      }
    }
    return "";
  }

  private static Severity severity(String vector, JsonNode affected, JsonNode record) {
    List<String> words = new ArrayList<>();
    words.add(Json.text(affected.path("ecosystem_specific"), "urgency"));
    words.add(Json.text(affected.path("ecosystem_specific"), "severity"));
    words.add(Json.text(affected.path("database_specific"), "severity"));
    for (JsonNode said : List.of(affected.path("severity"), record.path("severity"))) {
      said.forEach(one -> words.add(Json.text(one, "score")));
    }
    words.add(Json.text(record.path("database_specific"), "severity"));
    if (!vector.isEmpty()) {
      // Debian's "unimportant" is a word on the package; the vector is one on the source code.
      return words.contains("unimportant") ? Severity.NEGLIGIBLE : Severity.ofVector(vector);
    }
    return words.stream()
        .map(Severity::ofWord)
        .filter(s -> s != Severity.UNKNOWN)
        .findFirst()
        .orElse(Severity.UNKNOWN);
  }

  private static String summary(JsonNode record) {
    String text = Json.text(record, "summary");
    return shortened(text.isEmpty() ? Json.text(record, "details") : text);
  }

  /// On one line, and not all of it.
  static String shortened(String text) {
    String start = text.length() > LONGEST_SUMMARY ? text.substring(0, LONGEST_SUMMARY) : text;
    return start.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
  }
}

package graft.advisory;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.oci.Json;
import graft.version.Ordering;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What one record of one source says of one package. A record about several packages is several of
/// these.
///
/// @param source by the name it was imported under
/// @param id of the record, as its publisher has it
/// @param aliases other names of the same vulnerability
/// @param upstream vulnerabilities that the record is a distribution's word on
/// @param vector CVSS; empty if there is none
/// @param versions that are affected beside those of the ranges
/// @param summary one line; may be empty
record Advisory(
    String source,
    String id,
    Set<String> aliases,
    Set<String> upstream,
    Ecosystem ecosystem,
    String name,
    Severity severity,
    String vector,
    List<Range> ranges,
    List<String> versions,
    String summary) {
  private static final Pattern CVE = Pattern.compile("CVE-\\d{4}-\\d{4,19}");
  private static final Pattern CVE_AT_END = Pattern.compile(".*?-(CVE-\\d{4}-\\d{4,19})");

  Advisory {
    aliases = Set.copyOf(aliases);
    upstream = Set.copyOf(upstream);
    ranges = List.copyOf(ranges);
    versions = List.copyOf(versions);
  }

  static boolean isCve(String id) {
    return CVE.matcher(id).matches();
  }

  boolean affects(String version) {
    Ordering ordering = ecosystem.ordering();
    return versions.stream().anyMatch(v -> ordering.compare(v, version) == 0)
        || ranges.stream().anyMatch(r -> r.affects(version, ordering));
  }

  /// The first version after this one of which the record says that it is fixed.
  Optional<String> fixedAfter(String version) {
    Ordering ordering = ecosystem.ordering();
    Optional<String> ofItsRange =
        ranges.stream()
            .filter(r -> r.affects(version, ordering))
            .flatMap(r -> r.fixedAfter(version, ordering).stream())
            .min(ordering);
    return ofItsRange.isPresent()
        ? ofItsRange
        : ranges.stream().flatMap(r -> r.fixedAfter(version, ordering).stream()).min(ordering);
  }

  /// The CVEs it speaks of. A distribution's advisory is about several at once; `related` ones, of
  /// which a record says no more than that they are similar, are not among them.
  Set<String> cves() {
    Set<String> all = new TreeSet<>();
    if (isCve(id)) {
      all.add(id);
      return all;
    }
    aliases.stream().filter(Advisory::isCve).forEach(all::add);
    upstream.stream().filter(Advisory::isCve).forEach(all::add);
    if (all.isEmpty() && id.length() < 200) {
      // "UBUNTU-CVE-2024-1234".
      Matcher matcher = CVE_AT_END.matcher(id);
      if (matcher.matches()) {
        all.add(matcher.group(1));
      }
    }
    return all;
  }

  byte[] body() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    texts(json, "aliases", new TreeSet<>(aliases));
    texts(json, "upstream", new TreeSet<>(upstream));
    if (severity != Severity.UNKNOWN) {
      json.put("severity", severity.word());
    }
    if (!vector.isEmpty()) {
      json.put("vector", vector);
    }
    if (!ranges.isEmpty()) {
      ArrayNode all = json.putArray("ranges");
      for (Range range : ranges) {
        ObjectNode one = all.addObject();
        if (range.semver()) {
          one.put("semver", true);
        }
        ArrayNode events = one.putArray("events");
        range.events().forEach(e -> events.addObject().put(e.change().word(), e.version()));
      }
    }
    texts(json, "versions", versions);
    if (!summary.isEmpty()) {
      json.put("summary", summary);
    }
    return Json.bytes(json);
  }

  private static void texts(ObjectNode into, String field, Iterable<String> texts) {
    ArrayNode array = Json.MAPPER.createArrayNode();
    texts.forEach(array::add);
    if (!array.isEmpty()) {
      into.set(field, array);
    }
  }

  static Advisory of(String source, String id, Ecosystem ecosystem, String name, byte[] body) {
    ObjectNode json = Json.object(body, "a record of the advisory database");
    List<Range> ranges = new ArrayList<>();
    for (JsonNode range : json.path("ranges")) {
      ranges.add(new Range(range.path("semver").asBoolean(), events(range.path("events"))));
    }
    return new Advisory(
        source,
        id,
        Set.copyOf(Json.texts(json, "aliases").orElse(List.of())),
        Set.copyOf(Json.texts(json, "upstream").orElse(List.of())),
        ecosystem,
        name,
        Severity.ofWord(Json.text(json, "severity")),
        Json.text(json, "vector"),
        ranges,
        Json.texts(json, "versions").orElse(List.of()),
        Json.text(json, "summary"));
  }

  /// As OSV writes them; what is none is left out.
  static List<Range.Event> events(JsonNode array) {
    List<Range.Event> events = new ArrayList<>();
    for (JsonNode event : array) {
      for (Range.Change change : Range.Change.values()) {
        String version = Json.text(event, change.word());
        if (!version.isEmpty()) {
          events.add(new Range.Event(change, version));
        }
      }
    }
    return events;
  }
}

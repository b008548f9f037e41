package graft.advisory;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.oci.Json;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// What was brought in under one name.
///
/// @param imported when, last
/// @param formats of its files, in words
/// @param records that were read and used
/// @param statements what they say, each of one package or product
/// @param skipped how many records or parts of records were not used, by reason
/// @param examples of what was skipped and why; not all
public record Source(
    String name,
    Instant imported,
    SortedSet<String> formats,
    long records,
    long statements,
    SortedMap<String, Long> skipped,
    List<String> examples) {
  public Source {
    formats = new TreeSet<>(formats);
    skipped = new TreeMap<>(skipped);
    examples = List.copyOf(examples);
  }

  /// As the database keeps it and the API shows it.
  public ObjectNode json() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    json.put("name", name);
    json.put("imported", imported.toString());
    ArrayNode all = json.putArray("formats");
    formats.forEach(all::add);
    json.put("records", records);
    json.put("statements", statements);
    ObjectNode reasons = json.putObject("skipped");
    skipped.forEach(reasons::put);
    ArrayNode some = json.putArray("examples");
    examples.forEach(some::add);
    return json;
  }

  static Source of(JsonNode json) {
    SortedMap<String, Long> skipped = new TreeMap<>();
    json.path("skipped").properties().forEach(e -> skipped.put(e.getKey(), e.getValue().asLong()));
    return new Source(
        Json.text(json, "name"),
        Suppression.instant(Json.text(json, "imported")),
        new TreeSet<>(Json.texts(json, "formats").orElse(List.of())),
        json.path("records").asLong(),
        json.path("statements").asLong(),
        skipped,
        Json.texts(json, "examples").orElse(List.of()));
  }

  /// What both say, when files are added under a name that has some.
  Source with(Source more) {
    SortedSet<String> both = new TreeSet<>(formats);
    both.addAll(more.formats);
    SortedMap<String, Long> reasons = new TreeMap<>(skipped);
    for (Map.Entry<String, Long> reason : more.skipped.entrySet()) {
      reasons.merge(reason.getKey(), reason.getValue(), Long::sum);
    }
    return new Source(
        name,
        more.imported,
        both,
        records + more.records,
        statements + more.statements,
        reasons,
        more.examples);
  }
}

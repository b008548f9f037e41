package graft.advisory;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import graft.oci.Json;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The JSON of Debian's security tracker: source package → CVE → release. Read piece by piece; all
/// of it are 60 MB in one line.
///
/// Source: security-tracker.debian.org/tracker/data/json.
final class DebianTracker {
  static final String FORMAT = "Debian tracker";

  /// Releases by the names that the tracker has for them; `sid` is one of its own.
  private static final Map<String, String> RELEASES =
      Map.of(
          "jessie", "8",
          "stretch", "9",
          "buster", "10",
          "bullseye", "11",
          "bookworm", "12",
          "trixie", "13",
          "forky", "14",
          "duke", "15",
          "sid", "sid");

  private DebianTracker() {}

  /// By what it begins with: a package, in which there is a vulnerability.
  static boolean begins(byte[] head) {
    try (JsonParser parser = Json.MAPPER.getFactory().createParser(head)) {
      return parser.nextToken() == JsonToken.START_OBJECT
          && parser.nextToken() == JsonToken.FIELD_NAME
          && parser.nextToken() == JsonToken.START_OBJECT
          && parser.nextToken() == JsonToken.FIELD_NAME
          && isVulnerability(parser.currentName());
    } catch (IOException e) {
      // No JSON, or a name as long as the head; either way it is something else.
      return false;
    }
  }

  private static boolean isVulnerability(String name) {
    return name.startsWith("CVE-") || name.startsWith("TEMP-");
  }

  static void read(String where, Metered in, Draft draft) throws IOException {
    try (JsonParser parser = Json.MAPPER.getFactory().createParser(in)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        if (parser.nextToken() != JsonToken.START_OBJECT) {
          draft.skip(where + " " + name, "not a package with its vulnerabilities");
          parser.skipChildren();
          continue;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String id = parser.currentName();
          parser.nextToken();
          JsonNode vulnerability = parser.readValueAsTree();
          in.renew();
          vulnerability(where + " " + name + " " + id, name, id, vulnerability, draft);
        }
      }
    }
  }

  private static void vulnerability(
      String where, String name, String id, JsonNode vulnerability, Draft draft)
      throws IOException {
    boolean used = false;
    for (Map.Entry<String, JsonNode> release : vulnerability.path("releases").properties()) {
      String number = RELEASES.getOrDefault(release.getKey(), "");
      Optional<Ecosystem> ecosystem = Ecosystem.of("Debian:" + number);
      JsonNode said = release.getValue();
      String status = Json.text(said, "status");
      String fixed = Json.text(said, "fixed_version");
      if (number.isEmpty() || ecosystem.isEmpty()) {
        draft.skip(where, "about " + release.getKey() + ", which is no release known here");
      } else if (status.equals("resolved") && fixed.equals(Range.BEGINNING)) {
        draft.skip(where, "fixed in 0, that is, not affected");
      } else if (status.equals("open") || status.equals("resolved") && !fixed.isEmpty()) {
        used |=
            draft.add(
                where,
                new Advisory(
                    draft.source(),
                    id,
                    Set.of(),
                    Set.of(),
                    ecosystem.get(),
                    name,
                    Severity.ofWord(Json.text(said, "urgency")),
                    "",
                    List.of(until(status.equals("open") ? "" : fixed)),
                    List.of(),
                    Osv.shortened(Json.text(vulnerability, "description"))));
      } else {
        draft.skip(where, "the status is '" + status + "'");
      }
    }
    if (used) {
      draft.read(FORMAT);
    }
  }

  /// All versions before the fixed one; all if there is none.
  static Range until(String fixed) {
    Range.Event introduced = new Range.Event(Range.Change.INTRODUCED, Range.BEGINNING);
    return new Range(
        false,
        fixed.isEmpty()
            ? List.of(introduced)
            : List.of(introduced, new Range.Event(Range.Change.FIXED, fixed)));
  }
}

package graft.advisory;

import com.fasterxml.jackson.databind.JsonNode;
import graft.oci.Json;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Alpine's security database, of one release and repository: origin → version → what it fixed.
/// Wolfi's and Chainguard's are of the same form.
///
/// Source: secdb.alpinelinux.org.
final class Secdb {
  static final String FORMAT = "Alpine secdb";

  private Secdb() {}

  static boolean is(JsonNode document) {
    return document.path("packages").isArray()
        && (document.has("distroversion") || document.has("reponame") || document.has("urlprefix"));
  }

  static void read(String where, JsonNode document, Draft draft) throws IOException {
    String name = ecosystem(document);
    Optional<Ecosystem> ecosystem = Ecosystem.of(name);
    if (ecosystem.isEmpty()) {
      draft.skip(where, "does not say of which release it is (distroversion)");
      return;
    }
    for (JsonNode member : document.path("packages")) {
      JsonNode one = member.path("pkg");
      String origin = Json.text(one, "name");
      if (!one.path("secfixes").isObject()) {
        draft.skip(where + " " + origin, "a package without secfixes");
        continue;
      }
      boolean used = false;
      for (Map.Entry<String, JsonNode> fix : one.path("secfixes").properties()) {
        for (JsonNode names : fix.getValue()) {
          used |= fix(where + " " + origin, draft, ecosystem.get(), origin, fix.getKey(), names);
        }
      }
      if (used) {
        draft.read(FORMAT);
      }
    }
  }

  private static boolean fix(
      String where, Draft draft, Ecosystem ecosystem, String origin, String version, JsonNode names)
      throws IOException {
    // "CVE-2019-12345 XSA-123": names of one thing.
    List<String> all = List.of(names.asText("").strip().split("\\s+", -1));
    String id = all.stream().filter(Advisory::isCve).findFirst().orElse(all.getFirst());
    if (id.isEmpty()) {
      draft.skip(where, "a fix of nothing");
      return false;
    }
    if (version.equals(Range.BEGINNING)) {
      draft.skip(where + " " + id, "fixed in 0, that is, not affected");
      return false;
    }
    Set<String> aliases = new HashSet<>(all);
    aliases.remove(id);
    aliases.removeIf(alias -> !Draft.isName(alias));
    boolean used =
        draft.add(
            where,
            new Advisory(
                draft.source(),
                id,
                aliases,
                Set.of(),
                ecosystem,
                origin,
                Severity.UNKNOWN,
                "",
                List.of(DebianTracker.until(version)),
                List.of(),
                ""));
    if (used) {
      draft.addNames(id, aliases);
    }
    return used;
  }

  private static String ecosystem(JsonNode document) {
    String release = Json.text(document, "distroversion");
    if (!release.isEmpty()) {
      return "Alpine:" + release;
    }
    String url = Json.text(document, "urlprefix") + Json.text(document, "apkurl");
    return url.contains("wolfi") ? "Wolfi" : url.contains("chainguard") ? "Chainguard" : "";
  }
}

package graft.inventory;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Missing;
import graft.oci.Digest;
import graft.oci.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// An inventory as an SPDX 2.3 document. Pure; the same inventory of the same image makes the same
/// document.
///
/// Source: SPDX specification 2.3.
public final class Spdx {
  public static final String PREDICATE_TYPE = "https://spdx.dev/Document";

  private static final int MOST_SKIPPED = 50;

  private static final String NO_ASSERTION = "NOASSERTION";

  private Spdx() {}

  /// @param image its id
  /// @param created to the second
  public static ObjectNode document(Inventory inventory, Digest image, Instant created) {
    ObjectNode root = Json.MAPPER.createObjectNode();
    root.put("spdxVersion", "SPDX-2.3");
    root.put("dataLicense", "CC0-1.0");
    root.put("SPDXID", "SPDXRef-DOCUMENT");
    root.put("name", image.toString());
    root.put("documentNamespace", "urn:graft:sbom:" + image.hex());
    ObjectNode creation = root.putObject("creationInfo");
    creation.put("created", created.truncatedTo(ChronoUnit.SECONDS).toString());
    creation.putArray("creators").add("Tool: graft-1");
    if (!inventory.skipped().isEmpty()) {
      creation.put("comment", "Not read, there may be more packages: " + skipped(inventory));
    }
    Map<Installed, Missing> missing = new HashMap<>();
    inventory.missing().forEach(one -> missing.put(one.installed(), one));
    ArrayNode packages = root.putArray("packages");
    ArrayNode relationships = root.putArray("relationships");
    ObjectNode whole = packages.addObject();
    whole.put("SPDXID", "SPDXRef-Image");
    whole.put("name", image.toString());
    whole.put("versionInfo", image.toString());
    common(whole);
    whole
        .putArray("checksums")
        .addObject()
        .put("algorithm", "SHA256")
        .put("checksumValue", image.hex());
    whole.put("primaryPackagePurpose", "CONTAINER");
    relate(relationships, "SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image");
    int number = 0;
    for (Installed one : inventory.packages()) {
      String id =
          "SPDXRef-Package-" + ++number + "-" + one.name().replaceAll("[^A-Za-z0-9.-]", "-");
      ObjectNode node = packages.addObject();
      add(node, id, one, inventory.distribution());
      Missing gone = missing.get(one);
      if (gone != null) {
        node.put("comment", missing(gone));
      } else if (!one.owner().isEmpty()) {
        node.put("comment", "its files are those of the package " + one.owner());
      }
      relate(relationships, "SPDXRef-Image", "CONTAINS", id);
    }
    return root;
  }

  /// The first of them; a document is no place for a hundred thousand.
  static String skipped(Inventory inventory) {
    int more = inventory.skipped().size() - MOST_SKIPPED;
    return inventory.skipped().stream()
            .limit(MOST_SKIPPED)
            .map(s -> s.path().isEmpty() ? s.reason() : s.path() + " (" + s.reason() + ")")
            .collect(Collectors.joining("; "))
        + (more > 0 ? "; and " + more + " more" : "");
  }

  static String missing(Missing one) {
    return "installed by the word of its database, but "
        + one.count()
        + " of its files were removed, among them "
        + one.paths().getFirst();
  }

  private static void common(ObjectNode into) {
    into.put("downloadLocation", NO_ASSERTION);
    into.put("filesAnalyzed", false);
    into.put("licenseConcluded", NO_ASSERTION);
    into.put("copyrightText", NO_ASSERTION);
  }

  private static void relate(ArrayNode into, String from, String how, String to) {
    into.addObject()
        .put("spdxElementId", from)
        .put("relationshipType", how)
        .put("relatedSpdxElement", to);
  }

  private static void add(ObjectNode into, String id, Installed one, Distribution distribution) {
    into.put("SPDXID", id);
    into.put("name", one.name());
    if (!one.version().isEmpty()) {
      into.put("versionInfo", one.version());
    }
    into.put(
        "supplier",
        one.maintainer().isEmpty() ? NO_ASSERTION : "Person: " + person(one.maintainer()));
    common(into);
    // Licenses of databases are no SPDX expressions; where they are said, they are said as text.
    into.put("licenseDeclared", NO_ASSERTION);
    if (!one.license().isEmpty()) {
      into.put("licenseComments", one.license());
    }
    into.put(
        "sourceInfo",
        one.manager().ofSystem()
            ? "acquired package info from the "
                + one.manager()
                + " database; built from "
                + one.source()
                + " "
                + one.sourceVersion()
            : "acquired package info from " + one.path());
    into.putArray("externalRefs")
        .addObject()
        .put("referenceCategory", "PACKAGE-MANAGER")
        .put("referenceType", "purl")
        .put("referenceLocator", Purl.of(one, distribution));
  }

  /// `Name <mail>` as `Name (mail)`.
  private static String person(String maintainer) {
    return maintainer.replace('<', '(').replace('>', ')').strip();
  }
}

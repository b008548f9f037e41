package graft.inventory;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.inventory.Inventory.Installed;
import graft.oci.Digest;
import graft.oci.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// An inventory as an SPDX 2.3 document. Pure; the same inventory of the same image makes the same
/// document.
///
/// Source: SPDX specification 2.3; package-url/purl-spec, types `deb` and `apk`.
public final class Spdx {
  public static final String PREDICATE_TYPE = "https://spdx.dev/Document";

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
    if (inventory.truncated()) {
      creation.put("comment", "The package databases are larger than is read; there is more.");
    }
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
      add(packages.addObject(), id, one, inventory.distribution());
      relate(relationships, "SPDXRef-Image", "CONTAINS", id);
    }
    return root;
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
    into.put("versionInfo", one.version());
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
        "acquired package info from the "
            + switch (one.manager()) {
              case DPKG -> "DPKG";
              case APK -> "APK";
            }
            + " database; built from "
            + one.source()
            + " "
            + one.sourceVersion());
    into.putArray("externalRefs")
        .addObject()
        .put("referenceCategory", "PACKAGE-MANAGER")
        .put("referenceType", "purl")
        .put("referenceLocator", purl(one, distribution));
  }

  /// `Name <mail>` as `Name (mail)`.
  private static String person(String maintainer) {
    return maintainer.replace('<', '(').replace('>', ')').strip();
  }

  static String purl(Installed one, Distribution distribution) {
    String type =
        switch (one.manager()) {
          case DPKG -> "deb";
          case APK -> "apk";
        };
    String vendor =
        distribution.id().isEmpty()
            ? switch (one.manager()) {
              case DPKG -> "debian";
              case APK -> "alpine";
            }
            : distribution.id();
    StringBuilder purl =
        new StringBuilder("pkg:" + type + "/" + vendor + "/")
            .append(escaped(one.name()))
            .append('@')
            .append(escaped(one.version()));
    char before = '?';
    if (!one.architecture().isEmpty()) {
      purl.append(before).append("arch=").append(escaped(one.architecture()));
      before = '&';
    }
    if (!distribution.id().isEmpty() && !distribution.version().isEmpty()) {
      purl.append(before)
          .append("distro=")
          .append(escaped(distribution.id() + "-" + distribution.version()));
      before = '&';
    }
    if (!one.source().equals(one.name()) || !one.sourceVersion().equals(one.version())) {
      String source =
          one.sourceVersion().equals(one.version())
              ? one.source()
              : one.source() + "@" + one.sourceVersion();
      purl.append(before).append("upstream=").append(escaped(source));
    }
    return purl.toString();
  }

  private static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("%3A", ":")
        .replace("%7E", "~");
  }
}

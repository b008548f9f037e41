package graft.lineage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.advisory.Severity;
import graft.images.ImageRecord;
import graft.inventory.CycloneDx;
import graft.inventory.Inventory.Installed;
import graft.inventory.Spdx;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Findings within the list of packages that they are about, as documents that others read. Pure.
public final class FindingsSbom {
  private FindingsSbom() {}

  /// CycloneDX 1.6 with its `vulnerabilities`; those that somebody says are none have an
  /// `analysis`.
  public static ObjectNode cycloneDx(Lineage.Report report, List<Finding> findings) {
    ImageRecord image = report.image();
    ObjectNode document =
        CycloneDx.document(report.scan().inventory(), image.id(), image.created());
    Map<Installed, String> references = new HashMap<>();
    int number = 0;
    for (Installed one : report.scan().inventory().packages()) {
      references.put(one, CycloneDx.reference(++number));
    }
    ArrayNode all = document.putArray("vulnerabilities");
    int count = 0;
    for (Finding finding : findings) {
      ObjectNode json = all.addObject();
      json.put("bom-ref", "vulnerability-" + ++count);
      json.put("id", finding.vulnerability());
      json.putObject("source")
          .put("name", finding.records().getFirst().source())
          .put("url", Links.of(finding.vulnerability()));
      ObjectNode rating = json.putArray("ratings").addObject();
      finding.score().ifPresent(score -> rating.put("score", score));
      rating.put(
          "severity",
          finding.severity() == Severity.NEGLIGIBLE ? "info" : finding.severity().word());
      if (finding.score().isPresent()) {
        rating.put("method", method(finding.vector()));
        rating.put("vector", finding.vector());
      }
      if (!finding.summary().isEmpty()) {
        json.put("description", finding.summary());
      }
      finding
          .fixed()
          .ifPresent(v -> json.put("recommendation", "Upgrade " + finding.source() + " to " + v));
      finding
          .suppressed()
          .ifPresent(s ->
              json.putObject("analysis")
                  .put("state", s.status().equals("fixed") ? "resolved" : "not_affected")
                  .put("detail", s.reason()));
      ArrayNode affects = json.putArray("affects");
      for (Finding.Affected one : finding.packages()) {
        ObjectNode affected = affects.addObject();
        affected.put("ref", references.get(one.installed()));
        affected
            .putArray("versions")
            .addObject()
            .put("version", one.installed().version())
            .put("status", finding.open() ? "affected" : "unaffected");
      }
      ArrayNode properties = json.putArray("properties");
      property(properties, "origin", report.places().get(finding.origin()));
      if (!finding.packages().isEmpty()) {
        property(
            properties, "carrier", report.places().get(finding.packages().getFirst().carrier()));
      }
    }
    return document;
  }

  private static void property(ArrayNode into, String name, Place place) {
    into.addObject().put("name", "graft:" + name).put("value", place.image().toString());
    into.addObject()
        .put("name", "graft:" + name + "-layer")
        .put("value", place.diffId().toString());
  }

  private static String method(String vector) {
    if (vector.startsWith("CVSS:4")) {
      return "CVSSv4";
    }
    return vector.startsWith("CVSS:3.1")
        ? "CVSSv31"
        : vector.startsWith("CVSS:3") ? "CVSSv3" : "CVSSv2";
  }

  /// SPDX 2.3, where each package names the advisories that are open in it.
  public static ObjectNode spdx(Lineage.Report report, List<Finding> findings) {
    ImageRecord image = report.image();
    ObjectNode document = Spdx.document(report.scan().inventory(), image.id(), image.created());
    // The first is the image; the others are in the order of the inventory.
    JsonNode packages = document.path("packages");
    Map<Installed, ObjectNode> nodes = new HashMap<>();
    int number = 0;
    for (Installed one : report.scan().inventory().packages()) {
      nodes.put(one, (ObjectNode) packages.get(++number));
    }
    for (Finding finding : findings) {
      if (!finding.open()) {
        continue;
      }
      for (Finding.Affected one : finding.packages()) {
        ObjectNode node = nodes.get(one.installed());
        if (node != null) {
          node.withArray("externalRefs")
              .addObject()
              .put("referenceCategory", "SECURITY")
              .put("referenceType", "advisory")
              .put("referenceLocator", Links.of(finding.vulnerability()))
              .put(
                  "comment",
                  finding.severity().word().toUpperCase(Locale.ROOT)
                      + finding.fixed().map(v -> ", fixed in " + v).orElse(", not fixed yet"));
        }
      }
    }
    return document;
  }
}

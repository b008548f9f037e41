package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.advisory.Severity;
import graft.docker.json.Nodes;
import graft.inventory.Distribution;
import graft.inventory.Inventory.Installed;
import graft.inventory.Purl;
import graft.inventory.Skipped;
import graft.lineage.Finding;
import graft.lineage.Lineage;
import graft.lineage.Place;
import java.util.List;
import java.util.Locale;

/// Findings, packages and their places as JSON.
final class FindingJson {
  private FindingJson() {}

  /// The five words that the API has; what Debian calls negligible is low.
  static String word(Severity severity) {
    return severity == Severity.NEGLIGIBLE ? Severity.LOW.word() : severity.word();
  }

  static ObjectNode finding(Lineage.Report report, Finding finding) {
    Distribution distribution = report.scan().inventory().distribution();
    ObjectNode json = Nodes.object();
    json.put("id", finding.vulnerability());
    json.set("aliases", Nodes.texts(finding.aliases()));
    json.put("severity", word(finding.severity()));
    if (finding.score().isPresent()) {
      json.put("score", finding.score().getAsDouble());
    } else {
      json.putNull("score");
    }
    json.put("summary", finding.summary());
    json.put("ecosystem", finding.ecosystem());
    json.put("source", finding.source());
    json.put("installed", finding.installed());
    json.put("fixed", finding.fixed().orElse(null));
    ArrayNode packages = json.putArray("packages");
    for (Finding.Affected one : finding.packages()) {
      ObjectNode o = packages.addObject();
      describe(o, one.installed(), distribution);
      o.set("carrier", place(report.places().get(one.carrier())));
    }
    json.set("origin", place(report.places().get(finding.origin())));
    json.put("inherited", report.inherited(finding));
    ArrayNode records = json.putArray("records");
    finding.records().forEach(r -> records.addObject().put("source", r.source()).put("id", r.id()));
    if (finding.suppressed().isPresent()) {
      json.putObject("suppressed")
          .put("source", finding.suppressed().get().source())
          .put("document", finding.suppressed().get().document())
          .put("status", finding.suppressed().get().status())
          .put("reason", finding.suppressed().get().reason());
    } else {
      json.putNull("suppressed");
    }
    return json;
  }

  static void describe(ObjectNode json, Installed one, Distribution distribution) {
    json.put("name", one.name());
    json.put("version", one.version());
    json.put("architecture", one.architecture());
    json.put("manager", one.manager().name().toLowerCase(Locale.ROOT));
    json.put("path", one.path());
    json.put("purl", Purl.of(one, distribution));
  }

  static ObjectNode place(Place place) {
    ObjectNode json = Nodes.object();
    json.put("image", place.image().toString());
    json.set("names", Nodes.texts(place.names()));
    json.put("layer", place.layer());
    json.put("diffId", place.diffId().toString());
    json.put("createdBy", place.createdBy());
    if (place.step().isPresent()) {
      json.putObject("step")
          .put("instruction", place.step().get().instruction())
          .put("file", place.step().get().file())
          .put("line", place.step().get().line());
    } else {
      json.putNull("step");
    }
    return json;
  }

  static ArrayNode skipped(List<Skipped> skipped) {
    ArrayNode array = Nodes.array();
    skipped.forEach(s -> array.addObject().put("path", s.path()).put("reason", s.reason()));
    return array;
  }
}

package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.advisory.Severity;
import graft.advisory.Vex;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.lineage.Finding;
import graft.lineage.FindingsSbom;
import graft.lineage.Lineage;
import graft.lineage.Sarif;
import graft.lineage.Selection;
import graft.lineage.TrivyReport;
import graft.oci.Reference;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// What is known to be wrong with one image: `/graft/v1/lineage/images/{name}/findings`, with `GET`
/// by the database alone, with `POST` of VEX documents by these too.
///
/// `own=1`: only what the image itself brought in. `fixable=1`: only what has a fix. `severity`:
/// words with commas. `ignore`: names of vulnerabilities with commas. `format`: `graft` (else),
/// `trivy`, `sarif`, `cyclonedx` or `spdx`.
public final class FindingRoutes {
  private static final String FINDINGS = "/graft/v1/lineage/images/{name:.*}/findings";

  private final Engine engine;

  public FindingRoutes(Engine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router.get(FINDINGS, this::byDatabase).post(FINDINGS, this::byMore);
  }

  private void byDatabase(Exchange x) throws IOException {
    answer(x, Vex.NONE);
  }

  private void byMore(Exchange x) throws IOException {
    String file = x.query("file");
    answer(x, engine.advisories().vex(file.isEmpty() ? "the body" : file, x.body()));
  }

  private void answer(Exchange x, Vex vex) throws IOException {
    String name = x.parameter("name");
    Selection selection = selection(x);
    ImageRecord image = engine.images().find(name);
    Lineage.Report report = engine.lineage().report(image, vex);
    List<Finding> findings = selection.of(report);
    x.json(
        200,
        switch (x.query("format")) {
          case "", "graft" -> json(report, findings, selection);
          case "trivy" -> TrivyReport.document(report, findings, name, Instant.now());
          case "sarif" -> Sarif.document(report, findings, name);
          case "cyclonedx" -> FindingsSbom.cycloneDx(report, findings);
          case "spdx" -> FindingsSbom.spdx(report, findings);
          default ->
              throw GraftException.invalid(
                  "\""
                      + x.query("format")
                      + "\" is no format of findings: graft, trivy, sarif, cyclonedx or spdx");
        });
  }

  private static Selection selection(Exchange x) {
    Set<Severity> severities = EnumSet.noneOf(Severity.class);
    for (String word : words(x.query("severity"))) {
      severities.add(severity(word));
    }
    if (severities.contains(Severity.LOW)) {
      severities.add(Severity.NEGLIGIBLE);
    }
    return new Selection(
        severities,
        x.flag("own"),
        x.flag("fixable"),
        words(x.query("ignore")).stream()
            .map(w -> w.toUpperCase(Locale.ROOT))
            .collect(Collectors.toSet()));
  }

  private static List<String> words(String list) {
    return Arrays.stream(list.split(",", -1)).map(String::strip).filter(w -> !w.isEmpty()).toList();
  }

  private static Severity severity(String word) {
    for (Severity severity : Severity.values()) {
      if (severity.word().equalsIgnoreCase(word)) {
        return severity;
      }
    }
    throw GraftException.invalid(
        "\"" + word + "\" is no severity: critical, high, medium, low, negligible or unknown");
  }

  private static ObjectNode json(
      Lineage.Report report, List<Finding> selected, Selection selection) {
    ObjectNode json = Nodes.object();
    json.put("image", report.image().id().toString());
    json.set(
        "names", Nodes.texts(report.image().names().stream().map(Reference::familiar).toList()));
    json.put("database", report.scan().database().toString());
    ArrayNode findings = json.putArray("findings");
    selected.forEach(finding -> findings.add(FindingJson.finding(report, finding)));
    // Of all that are open, whatever was asked for.
    Map<Severity, Integer> here = new EnumMap<>(Severity.class);
    Map<Severity, Integer> inherited = new EnumMap<>(Severity.class);
    report.scan().findings().stream()
        .filter(Finding::open)
        .forEach(
            f -> (report.inherited(f) ? inherited : here).merge(f.severity(), 1, Integer::sum));
    ObjectNode counts = json.putObject("counts");
    counts.set("here", LineageRoutes.severities(here));
    counts.set("inherited", LineageRoutes.severities(inherited));
    json.put("ignored", selection.ignored(report));
    json.set("skipped", FindingJson.skipped(report.scan().inventory().skipped()));
    json.set("unknown", Nodes.texts(report.scan().unknown()));
    return json;
  }
}

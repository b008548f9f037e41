package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.advisory.Severity;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.images.ImageRecord;
import graft.lineage.Finding;
import graft.lineage.Lineage;
import graft.oci.Reference;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/// What is known to be wrong with one image: `GET /graft/v1/lineage/images/{name}/findings`.
public final class FindingRoutes {
  private static final String FINDINGS = "/graft/v1/lineage/images/{name:.*}/findings";

  private final Engine engine;

  public FindingRoutes(Engine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router.get(FINDINGS, this::findings);
  }

  /// `own=1`: only those that the image itself brought in.
  private void findings(Exchange x) throws IOException {
    ImageRecord image = engine.images().find(x.parameter("name"));
    x.json(200, json(engine.lineage().report(image), x.flag("own")));
  }

  private static ObjectNode json(Lineage.Report report, boolean own) {
    ObjectNode json = Nodes.object();
    json.put("image", report.image().id().toString());
    json.set(
        "names", Nodes.texts(report.image().names().stream().map(Reference::familiar).toList()));
    json.put("database", report.scan().database().toString());
    ArrayNode findings = json.putArray("findings");
    Map<Severity, Integer> here = new EnumMap<>(Severity.class);
    Map<Severity, Integer> inherited = new EnumMap<>(Severity.class);
    for (Finding finding : report.scan().findings()) {
      boolean fromAbove = report.inherited(finding);
      if (finding.open()) {
        (fromAbove ? inherited : here).merge(finding.severity(), 1, Integer::sum);
      }
      if (!own || !fromAbove) {
        findings.add(FindingJson.finding(report, finding));
      }
    }
    ObjectNode counts = json.putObject("counts");
    counts.set("here", LineageRoutes.severities(here));
    counts.set("inherited", LineageRoutes.severities(inherited));
    json.set("skipped", FindingJson.skipped(report.scan().inventory().skipped()));
    json.set("unknown", Nodes.texts(report.scan().unknown()));
    return json;
  }
}

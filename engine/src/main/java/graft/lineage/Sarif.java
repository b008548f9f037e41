package graft.lineage;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.advisory.Severity;
import graft.oci.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Findings as a SARIF 2.1.0 log, as code hosting sites show them: a result for each finding, at
/// the line of the Dockerfile whose layer has the package, where that is known. Pure.
///
/// Source: OASIS, Static Analysis Results Interchange Format 2.1.0.
public final class Sarif {
  private static final String SCHEMA =
      "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

  private Sarif() {}

  /// @param name as the image was asked for
  public static ObjectNode document(Lineage.Report report, List<Finding> findings, String name) {
    ObjectNode json = Json.MAPPER.createObjectNode();
    json.put("$schema", SCHEMA);
    json.put("version", "2.1.0");
    ObjectNode run = json.putArray("runs").addObject();
    ObjectNode driver = run.putObject("tool").putObject("driver");
    driver.put("name", "Graft");
    ArrayNode rules = driver.putArray("rules");
    ArrayNode results = run.putArray("results");
    List<String> known = new ArrayList<>();
    for (Finding finding : findings) {
      String rule = finding.vulnerability() + "-" + finding.source();
      if (!known.contains(rule)) {
        known.add(rule);
        rule(rules.addObject(), rule, finding);
      }
      result(results.addObject(), report, finding, name)
          .put("ruleId", rule)
          .put("ruleIndex", known.indexOf(rule));
    }
    run.put("columnKind", "utf16CodeUnits");
    run.putObject("properties")
        .put("image", report.image().id().toString())
        .put("advisoryDatabase", report.scan().database().toString());
    return json;
  }

  private static void rule(ObjectNode rule, String id, Finding finding) {
    String word = finding.severity().word();
    String text =
        finding.summary().isEmpty()
            ? finding.vulnerability() + " in " + finding.source()
            : finding.summary();
    rule.put("id", id);
    rule.put("name", "VulnerablePackage");
    rule.putObject("shortDescription").put("text", finding.vulnerability());
    rule.putObject("fullDescription").put("text", text);
    rule.put("helpUri", Links.of(finding.vulnerability()));
    rule.putObject("help").put("text", text);
    rule.putObject("defaultConfiguration").put("level", level(finding.severity()));
    ObjectNode properties = rule.putObject("properties");
    if (finding.severity() != Severity.UNKNOWN) {
      properties.put("security-severity", String.format(Locale.ROOT, "%.1f", score(finding)));
    }
    properties
        .putArray("tags")
        .add("vulnerability")
        .add("security")
        .add(word.toUpperCase(Locale.ROOT));
  }

  private static String level(Severity severity) {
    return switch (severity) {
      case CRITICAL, HIGH -> "error";
      case MEDIUM -> "warning";
      case LOW, NEGLIGIBLE, UNKNOWN -> "note";
    };
  }

  /// Sites sort by it, so there is one even if only a word was said: the middle of what the word
  /// stands for.
  private static double score(Finding finding) {
    return finding
        .score()
        .orElse(
            switch (finding.severity()) {
              case CRITICAL -> 9.5;
              case HIGH -> 8.0;
              case MEDIUM -> 5.5;
              case LOW -> 2.0;
              case NEGLIGIBLE -> 0.1;
              case UNKNOWN -> 0.0;
            });
  }

  private static ObjectNode result(
      ObjectNode result, Lineage.Report report, Finding finding, String name) {
    Place origin = report.places().get(finding.origin());
    Place carrier =
        report
            .places()
            .get(
                finding.packages().isEmpty()
                    ? finding.origin()
                    : finding.packages().getFirst().carrier());
    String packages =
        finding.packages().stream()
            .map(p -> p.installed().name() + " " + p.installed().version())
            .collect(Collectors.joining(", "));
    String text =
        finding.vulnerability()
            + ": "
            + packages
            + " in "
            + name
            + finding
                .fixed()
                .map(v -> ", fixed in " + finding.source() + " " + v)
                .orElse(", not fixed yet")
            + ". It came with "
            + called(origin)
            + (origin.image().equals(carrier.image())
                ? ""
                : ", and its bytes are those of " + called(carrier))
            + ".";
    result.put("level", level(finding.severity()));
    result.putObject("message").put("text", text);
    ObjectNode location = result.putArray("locations").addObject();
    ObjectNode physical = location.putObject("physicalLocation");
    physical
        .putObject("artifactLocation")
        .put("uri", uri(carrier.step().map(Place.Step::file).orElse(name)));
    physical
        .putObject("region")
        .put("startLine", carrier.step().map(Place.Step::line).orElse(1))
        .put("startColumn", 1);
    location.putObject("message").put("text", called(carrier) + ": " + carrier.createdBy());
    result
        .putObject("partialFingerprints")
        .put("graft/v1", finding.vulnerability() + ":" + finding.source());
    finding
        .suppressed()
        .ifPresent(s ->
            result
                .putArray("suppressions")
                .addObject()
                .put("kind", "external")
                .put(
                    "justification", s.status() + (s.reason().isEmpty() ? "" : ": " + s.reason())));
    result
        .putObject("properties")
        .put("inherited", report.inherited(finding))
        .put("origin", origin.diffId().toString())
        .put("carrier", carrier.diffId().toString());
    return result;
  }

  private static String called(Place place) {
    return place.names().isEmpty() ? place.image().shortHex() : place.names().getFirst();
  }

  /// A path or a name of an image as a relative reference: a colon in it would end a scheme.
  private static String uri(String text) {
    return Arrays.stream(text.replaceFirst("^/+", "").split("/", -1))
        .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
        .collect(Collectors.joining("/"));
  }
}

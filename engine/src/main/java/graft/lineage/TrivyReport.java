package graft.lineage;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.advisory.Severity;
import graft.images.ImageRecord;
import graft.inventory.Distribution;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import graft.inventory.Purl;
import graft.oci.Digest;
import graft.oci.Json;
import graft.oci.Reference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Findings in the shape of trivy's JSON (SchemaVersion 2), which dashboards and other tools read:
/// an entry for each vulnerability of each package. `Layer.DiffID` is the carrier; what trivy has
/// no field for is in `Graft` of each. Pure.
///
/// Source: trivy, pkg/types/report.go and the documentation of its JSON format.
public final class TrivyReport {
  /// What trivy calls those whose packages are of one file or of many.
  private record Group(String target, String kind, String type) {}

  private TrivyReport() {}

  /// @param name as the image was asked for
  public static ObjectNode document(
      Lineage.Report report, List<Finding> findings, String name, Instant now) {
    ImageRecord image = report.image();
    Distribution distribution = report.scan().inventory().distribution();
    ObjectNode json = Json.MAPPER.createObjectNode();
    json.put("SchemaVersion", 2);
    json.put("CreatedAt", now.toString());
    json.put("ArtifactName", name);
    json.put("ArtifactType", "container_image");
    ObjectNode metadata = json.putObject("Metadata");
    if (!distribution.id().isEmpty()) {
      metadata.putObject("OS").put("Family", distribution.id()).put("Name", distribution.version());
    }
    metadata.put("ImageID", image.id().toString());
    texts(metadata, "DiffIDs", image.diffIds().stream().map(Digest::toString).toList());
    texts(metadata, "RepoTags", image.names().stream().map(Reference::familiar).toList());
    texts(metadata, "RepoDigests", image.digests().stream().map(Reference::familiar).toList());
    metadata
        .putObject("ImageConfig")
        .put("architecture", image.platform().architecture())
        .put("os", image.platform().os())
        .put("created", image.created().toString());
    json.putObject("Graft").put("AdvisoryDatabase", report.scan().database().toString());
    Map<Group, List<ObjectNode>> groups = new LinkedHashMap<>();
    for (Finding finding : findings) {
      if (finding.open()) {
        for (Finding.Affected one : finding.packages()) {
          groups
              .computeIfAbsent(group(one.installed(), name, distribution), _ -> new ArrayList<>())
              .add(entry(report, finding, one));
        }
      }
    }
    ArrayNode results = json.putArray("Results");
    Map<String, Group> sorted = new TreeMap<>();
    groups.keySet().forEach(g -> sorted.put(g.kind().equals("os-pkgs") ? "" : g.target(), g));
    sorted
        .values()
        .forEach(group ->
            results
                .addObject()
                .put("Target", group.target())
                .put("Class", group.kind())
                .put("Type", group.type())
                .putArray("Vulnerabilities")
                .addAll(groups.getOrDefault(group, List.of())));
    return json;
  }

  private static void texts(ObjectNode into, String field, List<String> texts) {
    ArrayNode array = into.putArray(field);
    texts.forEach(array::add);
  }

  private static Group group(Installed one, String image, Distribution distribution) {
    return switch (one.manager()) {
      case DPKG, APK, RPM ->
          new Group(
              (image + " (" + distribution.id() + " " + distribution.version()).strip() + ")",
              "os-pkgs",
              distribution.id());
      case NPM -> new Group("Node.js", "lang-pkgs", "node-pkg");
      case PYPI -> new Group("Python", "lang-pkgs", "python-pkg");
      case GEM -> new Group("Ruby", "lang-pkgs", "gemspec");
      case MAVEN -> new Group("Java", "lang-pkgs", "jar");
      case GO -> new Group(one.path(), "lang-pkgs", "gobinary");
      case CARGO -> new Group(one.path(), "lang-pkgs", "rustbinary");
    };
  }

  private static ObjectNode entry(Lineage.Report report, Finding finding, Finding.Affected one) {
    Installed installed = one.installed();
    ObjectNode json = Json.MAPPER.createObjectNode();
    json.put("VulnerabilityID", finding.vulnerability());
    texts(json, "VendorIDs", finding.records().stream().map(r -> r.id()).distinct().toList());
    json.put("PkgID", installed.name() + "@" + installed.version());
    json.put("PkgName", installed.name());
    if (!installed.path().isEmpty()) {
      json.put("PkgPath", installed.path());
    }
    json.putObject("PkgIdentifier")
        .put("PURL", Purl.of(installed, report.scan().inventory().distribution()));
    json.put("InstalledVersion", installed.version());
    finding.fixed().ifPresent(version -> json.put("FixedVersion", version));
    json.put("Status", finding.fixed().isPresent() ? "fixed" : "affected");
    Place carrier = report.places().get(one.carrier());
    json.putObject("Layer").put("DiffID", carrier.diffId().toString());
    json.put("SeveritySource", finding.records().getFirst().source());
    json.put("PrimaryURL", Links.of(finding.vulnerability()));
    json.putObject("DataSource")
        .put("ID", finding.records().getFirst().source())
        .put("Name", finding.records().getFirst().source());
    if (!finding.summary().isEmpty()) {
      json.put("Title", finding.summary());
      json.put("Description", finding.summary());
    }
    json.put("Severity", severity(finding.severity()));
    if (finding.score().isPresent()) {
      boolean second = !finding.vector().startsWith("CVSS:");
      json.putObject("CVSS")
          .putObject(finding.records().getFirst().source())
          .put(second ? "V2Vector" : "V3Vector", finding.vector())
          .put(second ? "V2Score" : "V3Score", finding.score().getAsDouble());
    }
    ObjectNode graft = json.putObject("Graft");
    graft.set("Origin", place(report.places().get(finding.origin())));
    graft.set("Carrier", place(carrier));
    graft.put("Inherited", report.inherited(finding));
    graft.put("SourcePackage", finding.source());
    graft.put("SourceVersion", finding.installed());
    if (installed.manager() == Manager.DPKG) {
      graft.put("Architecture", installed.architecture());
    }
    return json;
  }

  /// Of five words; what Debian calls negligible is low.
  private static String severity(Severity severity) {
    return (severity == Severity.NEGLIGIBLE ? Severity.LOW : severity)
        .word()
        .toUpperCase(Locale.ROOT);
  }

  private static ObjectNode place(Place place) {
    ObjectNode json = Json.MAPPER.createObjectNode();
    json.put("Image", place.image().toString());
    texts(json, "Names", place.names());
    json.put("DiffID", place.diffId().toString());
    json.put("CreatedBy", place.createdBy());
    place
        .step()
        .ifPresent(step ->
            json.putObject("Step")
                .put("Instruction", step.instruction())
                .put("File", step.file())
                .put("Line", step.line()));
    return json;
  }
}

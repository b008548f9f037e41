package graft.lineage;

import static graft.lineage.SyntheticTree.DEBIAN;
import static graft.lineage.SyntheticTree.STATUS;
import static graft.lineage.SyntheticTree.stanza;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import graft.advisory.Advisories;
import graft.advisory.Severity;
import graft.advisory.Vex;
import graft.error.GraftException;
import graft.oci.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.cyclonedx.Version;
import org.cyclonedx.exception.ParseException;
import org.cyclonedx.parsers.JsonParser;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.spdx.jacksonstore.MultiFormatStore;
import org.spdx.jacksonstore.MultiFormatStore.Format;
import org.spdx.library.SpdxModelFactory;
import org.spdx.storage.simple.InMemSpdxStore;

/// Findings as documents that others read.
class ReportsTest {
  private static final String NAME = "shop/cart:1.4";
  private static final Instant NOW = Instant.parse("2026-11-26T18:00:00Z");

  private static Advisories advisories;

  @BeforeAll
  static void advisories(@TempDir Path directory) throws IOException {
    advisories = Advisories.open(directory);
    advisories.importFrom("test", false, "test.json", stream(OSV));
  }

  private static final String OSV =
      """
      {"id":"CVE-2025-0001","summary":"Heap <overflow>","severity":[{"type":"CVSS_V3","score":\
      "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"affected":[{"package":{"ecosystem":\
      "Debian:12","name":"openssl"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},\
      {"fixed":"3.0.20-1"}]}]}]}
      {"id":"CVE-2025-0002","affected":[{"package":{"ecosystem":"Debian:12","name":"curl"},\
      "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]}
      {"id":"GHSA-aaaa-bbbb-cccc","summary":"Prototype pollution","severity":[{"type":"CVSS_V3",\
      "score":"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N"}],"affected":[{"package":{"ecosystem":\
      "npm","name":"left"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"2.0.0"}]}]}]}
      """;

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /// A base with openssl, and an image that installs curl and a module of npm's on it.
  private static Lineage.Report report(Vex vex) throws IOException {
    SyntheticTree tree = new SyntheticTree();
    String ssl =
        stanza("libssl3", "openssl", "3.0.17-1") + stanza("openssl", "openssl", "3.0.17-1");
    tree.image("base:12", Optional.empty(), true, List.of(List.of(DEBIAN, STATUS + "=" + ssl)));
    tree.image(
        NAME,
        Optional.of("base:12"),
        true,
        List.of(
            List.of(STATUS + "=" + ssl + stanza("curl", "curl", "7.88.1-10+deb12u5")),
            List.of(
                "app/node_modules/left/package.json={\"name\":\"left\",\"version\":\"1.0.0\"}")));
    return tree.report(NAME, advisories, vex);
  }

  private static ObjectNode json(String text) throws IOException {
    return (ObjectNode) Json.MAPPER.readTree(text);
  }

  /// The whole document, so that a change of its shape is seen by whoever makes it. With
  /// `-Dgraft.write=true` it is written anew.
  @Test
  void trivysShape() throws IOException {
    Lineage.Report report = report(Vex.NONE);
    ObjectNode document = TrivyReport.document(report, report.scan().findings(), NAME, NOW);
    // The only thing that no test can know beforehand.
    ((ObjectNode) document.path("Graft")).put("AdvisoryDatabase", "sha256:…");
    Path golden = Path.of("src/test/resources/graft/lineage/trivy.json");
    if (Boolean.getBoolean("graft.write")) {
      Files.createDirectories(golden.getParent());
      Files.writeString(golden, document.toPrettyString() + "\n");
    }
    assertThat(document).isEqualTo(json(Files.readString(golden)));
    // What tools that read trivy's documents ask for.
    for (JsonNode result : document.path("Results")) {
      assertThat(result.path("Class").asText()).isIn("os-pkgs", "lang-pkgs");
      for (JsonNode one : result.path("Vulnerabilities")) {
        assertThat(one.path("VulnerabilityID").asText()).isNotEmpty();
        assertThat(one.path("PkgName").asText()).isNotEmpty();
        assertThat(one.path("InstalledVersion").asText()).isNotEmpty();
        assertThat(one.path("Severity").asText())
            .isIn("CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN");
        assertThat(one.path("Layer").path("DiffID").asText())
            .isIn(report.image().diffIds().stream().map(Object::toString).toList());
      }
    }
  }

  /// By the schema of OASIS.
  private static Set<ValidationMessage> wrong(ObjectNode sarif) throws IOException {
    try (InputStream schema =
        requireNonNull(ReportsTest.class.getResourceAsStream("/schema/sarif-schema-2.1.0.json"))) {
      SchemaValidatorsConfig strict =
          SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7)
          .getSchema(schema, strict)
          .validate(sarif);
    }
  }

  @Test
  void sarifByItsSchema() throws IOException {
    for (Vex vex : List.of(Vex.NONE, advisories.vex("vex.json", stream(VEX)))) {
      Lineage.Report report = report(vex);
      assertThat(report.scan().findings()).hasSize(3);
      for (String name : List.of(NAME, "host.example:5000/a b/ü@sha256:00", "sha256:00")) {
        assertThat(wrong(Sarif.document(report, report.scan().findings(), name))).isEmpty();
      }
      assertThat(wrong(Sarif.document(report, List.of(), NAME))).isEmpty();
    }
    // What it does not allow is seen.
    Lineage.Report report = report(Vex.NONE);
    ObjectNode document = Sarif.document(report, report.scan().findings(), NAME);
    ObjectNode result = (ObjectNode) document.path("runs").get(0).path("results").get(0);
    result.put("level", "fatal").put("colour", "red");
    ((ObjectNode) result.path("locations").get(0).path("physicalLocation").path("region"))
        .put("startLine", 0);
    assertThat(wrong(document)).hasSize(3);
  }

  @Test
  void sarif() throws IOException {
    Lineage.Report report = report(Vex.NONE);
    ObjectNode document = Sarif.document(report, report.scan().findings(), NAME);
    assertThat(fields(document)).containsOnly("$schema", "version", "runs");
    assertThat(document.path("version").asText()).isEqualTo("2.1.0");
    assertThat(document.path("runs")).hasSize(1);
    JsonNode run = document.path("runs").get(0);
    assertThat(fields(run)).containsOnly("tool", "results", "columnKind", "properties");
    assertThat(run.path("columnKind").asText()).isIn("utf16CodeUnits", "unicodeCodePoints");
    JsonNode rules = run.path("tool").path("driver").path("rules");
    Set<String> ids = new TreeSet<>();
    for (JsonNode rule : rules) {
      assertThat(ids.add(rule.path("id").asText())).as("unique").isTrue();
      assertThat(fields(rule))
          .containsOnly(
              "id",
              "name",
              "shortDescription",
              "fullDescription",
              "helpUri",
              "help",
              "defaultConfiguration",
              "properties");
      for (String text : List.of("shortDescription", "fullDescription", "help")) {
        assertThat(rule.path(text).path("text").asText()).isNotEmpty();
      }
      assertThat(URI.create(rule.path("helpUri").asText()).isAbsolute()).isTrue();
      assertThat(rule.path("defaultConfiguration").path("level").asText())
          .isIn("none", "note", "warning", "error");
      assertThat(rule.path("properties").path("security-severity").asText())
          .isIn(rule.path("id").asText().startsWith("CVE-2025-0002") ? "" : "9.8", "4.8");
    }
    List<String> shown = new ArrayList<>();
    for (JsonNode result : run.path("results")) {
      assertThat(fields(result))
          .isSubsetOf(
              "ruleId",
              "ruleIndex",
              "level",
              "message",
              "locations",
              "partialFingerprints",
              "suppressions",
              "properties");
      int index = result.path("ruleIndex").asInt();
      assertThat(rules.get(index).path("id").asText()).isEqualTo(result.path("ruleId").asText());
      JsonNode physical = result.path("locations").get(0).path("physicalLocation");
      String uri = physical.path("artifactLocation").path("uri").asText();
      assertThat(URI.create(uri).isAbsolute()).as("relative to the repository").isFalse();
      assertThat(physical.path("region").path("startLine").asInt()).isPositive();
      shown.add(result.path("level").asText() + " " + result.path("message").path("text").asText());
    }
    assertThat(shown)
        .containsExactly(
            "error CVE-2025-0001: libssl3 3.0.17-1, openssl 3.0.17-1 in shop/cart:1.4, fixed in"
                + " openssl 3.0.20-1. It came with base:12.",
            "warning GHSA-aaaa-bbbb-cccc: left 1.0.0 in shop/cart:1.4, fixed in left 2.0.0. It came"
                + " with shop/cart:1.4.",
            "note CVE-2025-0002: curl 7.88.1-10+deb12u5 in shop/cart:1.4, not fixed yet. It came"
                + " with shop/cart:1.4.");
  }

  private static List<String> fields(JsonNode node) {
    return node.properties().stream().map(e -> e.getKey()).toList();
  }

  @Test
  void cycloneDx() throws IOException, ParseException {
    Lineage.Report report = report(advisories.vex("vex.json", stream(VEX)));
    ObjectNode document = FindingsSbom.cycloneDx(report, report.scan().findings());
    byte[] bytes = Json.bytes(document);
    assertThat(new JsonParser().validate(bytes, Version.VERSION_16)).isEmpty();
    Set<String> references =
        document
            .path("components")
            .valueStream()
            .map(c -> c.path("bom-ref").asText() + " " + c.path("name").asText())
            .collect(Collectors.toSet());
    JsonNode first = document.path("vulnerabilities").get(0);
    assertThat(first.path("id").asText()).isEqualTo("CVE-2025-0001");
    assertThat(first.path("ratings").get(0).path("score").asDouble()).isEqualTo(9.8);
    List<String> affected =
        first.path("affects").valueStream().map(a -> a.path("ref").asText()).toList();
    assertThat(references).contains(affected.get(0) + " libssl3", affected.get(1) + " openssl");
    assertThat(document.path("vulnerabilities").get(2).path("analysis").path("state").asText())
        .isEqualTo("not_affected");
  }

  @Test
  void spdx() throws Exception {
    Lineage.Report report = report(Vex.NONE);
    ObjectNode document = FindingsSbom.spdx(report, report.scan().findings());
    SpdxModelFactory.init();
    MultiFormatStore store = new MultiFormatStore(new InMemSpdxStore(), Format.JSON);
    assertThat(store.deSerialize(new ByteArrayInputStream(Json.bytes(document)), false).verify())
        .isEmpty();
    assertThat(
            document
                .path("packages")
                .valueStream()
                .flatMap(p ->
                    p.path("externalRefs")
                        .valueStream()
                        .filter(r -> r.path("referenceType").asText().equals("advisory"))
                        .map(r ->
                            p.path("name").asText() + " " + r.path("referenceLocator").asText())))
        .containsExactlyInAnyOrder(
            "libssl3 https://nvd.nist.gov/vuln/detail/CVE-2025-0001",
            "openssl https://nvd.nist.gov/vuln/detail/CVE-2025-0001",
            "curl https://nvd.nist.gov/vuln/detail/CVE-2025-0002",
            "left https://github.com/advisories/GHSA-aaaa-bbbb-cccc");
  }

  private static final String VEX =
      """
      {"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://x/vex-1","author":"us",
      "timestamp":"2026-01-01T00:00:00Z","version":1,"statements":[{"vulnerability":
      {"name":"CVE-2025-0002"},"products":[{"@id":"pkg:deb/debian/curl"}],"status":"not_affected",
      "justification":"vulnerable_code_not_in_execute_path"}]}
      """;

  private static List<String> ids(Lineage.Report report, Selection selection) {
    return selection.of(report).stream().filter(Finding::open).map(Finding::vulnerability).toList();
  }

  @Test
  void selections() throws IOException {
    Lineage.Report report = report(Vex.NONE);
    String ssl = "CVE-2025-0001";
    String curl = "CVE-2025-0002";
    String left = "GHSA-aaaa-bbbb-cccc";
    assertThat(ids(report, Selection.ALL)).containsExactly(ssl, left, curl);
    assertThat(ids(report, new Selection(Set.of(), true, false, Set.of())))
        .containsExactly(left, curl);
    assertThat(ids(report, new Selection(Set.of(), false, true, Set.of())))
        .containsExactly(ssl, left);
    assertThat(ids(report, new Selection(Set.of(Severity.CRITICAL), false, false, Set.of())))
        .containsExactly(ssl);
    Selection ignoring =
        new Selection(Set.of(), false, false, Set.of("CVE-2025-0001", "CVE-1999-0001"));
    assertThat(ids(report, ignoring)).containsExactly(left, curl);
    assertThat(ignoring.ignored(report)).isEqualTo(1);
  }

  @Test
  void statementsForOneQuestion() throws IOException {
    Lineage.Report report = report(advisories.vex("vex.json", stream(VEX)));
    assertThat(ids(report, Selection.ALL)).doesNotContain("CVE-2025-0002").hasSize(2);
    // The next one does not know of it.
    assertThat(ids(report(Vex.NONE), Selection.ALL)).contains("CVE-2025-0002");
    assertThatThrownBy(() -> advisories.vex("vex.json", stream("{\"a\":1}")))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("vex.json is not made of VEX documents");
    assertThatThrownBy(() -> advisories.vex("osv.json", stream(OSV)))
        .isInstanceOf(GraftException.class);
  }
}

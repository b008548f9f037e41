package graft.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.packageurl.MalformedPackageURLException;
import com.github.packageurl.PackageURL;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import graft.inventory.Inventory.Missing;
import graft.oci.Digest;
import graft.oci.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.cyclonedx.Version;
import org.cyclonedx.exception.ParseException;
import org.cyclonedx.parsers.JsonParser;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.spdx.core.InvalidSPDXAnalysisException;
import org.spdx.jacksonstore.MultiFormatStore;
import org.spdx.jacksonstore.MultiFormatStore.Format;
import org.spdx.library.SpdxModelFactory;
import org.spdx.storage.simple.InMemSpdxStore;

/// What the reference implementations of both formats say of our documents.
class SbomTest {
  private static final Digest IMAGE = Digest.of(new byte[] {1});
  private static final Instant CREATED = Instant.parse("2026-01-02T03:04:05.678Z");

  private static final Installed LIBSSL =
      new Installed(
          Manager.DPKG,
          "libssl3",
          "3.0.17-1~deb12u2",
          "amd64",
          "openssl",
          "3.0.17-1",
          "",
          "Debian OpenSSL Team <pkg@lists>");

  private static final List<Installed> ONE_OF_EACH =
      List.of(
          LIBSSL,
          new Installed(Manager.APK, "musl", "1.2-r4", "x86_64", "musl", "1.2-r4", "MIT", ""),
          new Installed(
              Manager.RPM,
              "bash",
              "1:5.1-2.el9",
              "x86_64",
              "bash",
              "1:5.1-2.el9",
              "GPLv3+",
              "",
              "",
              "m:1",
              ""),
          Installed.at("n/node_modules/@a/b/package.json", Manager.NPM, "@a/b", "1.0", "MIT"),
          Installed.at("p/METADATA", Manager.PYPI, "Flask_Login", "1", "").ownedBy("python3-flask"),
          Installed.at("s/x.gemspec", Manager.GEM, "rack", "2.2", "(weird) text & more"),
          Installed.at("a.war!/b.jar", Manager.MAVEN, "org.a:one", "1.0", ""),
          Installed.at("bin/app", Manager.GO, "example.com/App", "", ""),
          Installed.at("bin/rust", Manager.CARGO, "adler", "1.0.2", ""));

  private static Inventory inventory(Distribution distribution) {
    return new Inventory(
        distribution,
        ONE_OF_EACH,
        List.of(new Missing(LIBSSL, List.of("usr/lib/libssl.so.3"), 2)),
        List.of(new Skipped("bad.jar", "it is no zip, or not whole")));
  }

  @BeforeAll
  static void offline() {
    System.setProperty("org.spdx.useJARLicenseInfoOnly", "true");
    SpdxModelFactory.init();
  }

  @Test
  void cycloneDx() throws IOException {
    for (Distribution distribution :
        List.of(new Distribution("debian", "12"), Distribution.UNKNOWN)) {
      ObjectNode document = CycloneDx.document(inventory(distribution), IMAGE, CREATED);
      assertThat(errors(document)).isEmpty();
      assertThat(errors(CycloneDx.document(Inventory.EMPTY, IMAGE, CREATED))).isEmpty();
    }
    ObjectNode wrong = CycloneDx.document(Inventory.EMPTY, IMAGE, CREATED);
    wrong.put("version", "one");
    assertThat(errors(wrong)).isNotEmpty();
  }

  private static List<ParseException> errors(ObjectNode document) throws IOException {
    return new JsonParser().validate(Json.bytes(document), Version.VERSION_16);
  }

  @Test
  void spdx() throws IOException, InvalidSPDXAnalysisException {
    for (Distribution distribution :
        List.of(new Distribution("debian", "12"), Distribution.UNKNOWN)) {
      assertThat(verified(Spdx.document(inventory(distribution), IMAGE, CREATED))).isEmpty();
    }
    assertThat(verified(Spdx.document(Inventory.EMPTY, IMAGE, CREATED))).isEmpty();
    ObjectNode wrong = Spdx.document(Inventory.EMPTY, IMAGE, CREATED);
    wrong.put("dataLicense", "MIT");
    assertThat(verified(wrong)).isNotEmpty();
  }

  private static List<String> verified(ObjectNode document)
      throws IOException, InvalidSPDXAnalysisException {
    MultiFormatStore store = new MultiFormatStore(new InMemSpdxStore(), Format.JSON);
    return store.deSerialize(new ByteArrayInputStream(Json.bytes(document)), false).verify();
  }

  /// Both formats say the same of the same inventory.
  @Test
  void theSamePackages() {
    Inventory inventory = inventory(new Distribution("debian", "12"));
    List<String> spdx = new ArrayList<>();
    for (JsonNode one : Spdx.document(inventory, IMAGE, CREATED).path("packages")) {
      one.path("externalRefs").forEach(r -> spdx.add(r.path("referenceLocator").asText()));
    }
    List<String> cyclone = new ArrayList<>();
    for (JsonNode one : CycloneDx.document(inventory, IMAGE, CREATED).path("components")) {
      if (one.has("purl")) {
        cyclone.add(one.path("purl").asText());
      }
    }
    assertThat(cyclone).hasSize(ONE_OF_EACH.size()).containsExactlyElementsOf(spdx);
  }

  @Test
  void whatIsMissingAndWhatWasNotReadIsSaid() {
    Inventory inventory = inventory(Distribution.UNKNOWN);
    for (ObjectNode document :
        List.of(
            Spdx.document(inventory, IMAGE, CREATED),
            CycloneDx.document(inventory, IMAGE, CREATED))) {
      assertThat(document.toString())
          .contains("but 2 of its files were removed, among them usr/lib/libssl.so.3")
          .contains("bad.jar (it is no zip, or not whole)")
          .contains("python3-flask")
          .contains("2026-01-02T03:04:05Z");
    }
  }

  /// As the library of the specification reads them.
  @ParameterizedTest
  @EnumSource(Manager.class)
  void purls(Manager manager) throws MalformedPackageURLException {
    for (Installed one : ONE_OF_EACH) {
      if (one.manager() == manager) {
        String purl = Purl.of(one, new Distribution("debian", "12"));
        // It escapes colons of qualifiers, of which the specification says that they are not.
        assertThat(new PackageURL(purl).canonicalize().replace("%3A", ":")).isEqualTo(purl);
      }
    }
    assertThat(ONE_OF_EACH).anyMatch(one -> one.manager() == manager);
  }
}

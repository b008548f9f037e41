package graft.advisory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.error.GraftException;
import graft.inventory.Distribution;
import graft.inventory.Inventory;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdvisoriesTest {
  private static final Distribution DEBIAN = new Distribution("debian", "12");
  private static final Distribution ALPINE = new Distribution("alpine", "3.19.1");

  @TempDir Path directory;
  private Advisories advisories;

  @BeforeEach
  void open() throws IOException {
    advisories = Advisories.open(directory);
  }

  private static Installed deb(String name, String source, String version) {
    return new Installed(Manager.DPKG, name, version, "amd64", source, version, "", "");
  }

  private static Installed apk(String name, String origin, String version) {
    return new Installed(Manager.APK, name, version, "x86_64", origin, version, "", "");
  }

  private static Inventory inventory(Distribution distribution, Installed... packages) {
    return new Inventory(distribution, List.of(packages), List.of(), List.of());
  }

  private Source bring(String source, String... lines) throws IOException {
    return bring(source, String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
  }

  private Source bring(String source, byte[] bytes) throws IOException {
    return advisories.importFrom(source, false, "file", new ByteArrayInputStream(bytes));
  }

  private List<String> found(Inventory inventory) throws IOException {
    return advisories.match(inventory).open().stream()
        .map(m ->
            m.vulnerability()
                + " "
                + m.source()
                + " "
                + m.version()
                + " -> "
                + m.fixed().orElse("none")
                + " "
                + m.severity().word())
        .toList();
  }

  private static String osv(String id, String ecosystem, String name, String fixed, String more) {
    return "{\"id\":\""
        + id
        + "\",\"modified\":\"2026-01-02T03:04:05Z\","
        + more
        + "\"affected\":[{\"package\":{\"ecosystem\":\""
        + ecosystem
        + "\",\"name\":\""
        + name
        + "\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\""
        + fixed
        + "\"}]}]}]}";
  }

  @Test
  void oneCveOfTwoRecordsAndTwoPackagesIsOneMatch() throws Exception {
    bring(
        "dsa",
        osv(
            "DSA-5764-1",
            "Debian:12",
            "openssl",
            "3.0.14-1~deb12u1",
            "\"upstream\":[\"CVE-2024-6119\",\"CVE-2024-5535\"],"));
    bring(
        "osv",
        osv(
            "DEBIAN-CVE-2024-6119",
            "Debian:12",
            "openssl",
            "3.0.14-1~deb12u2",
            "\"upstream\":[\"CVE-2024-6119\"],\"severity\":[{\"type\":\"CVSS_V3\",\"score\":"
                + "\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H\"}],"));
    Inventory inventory =
        inventory(
            DEBIAN,
            deb("libssl3", "openssl", "3.0.13-1~deb12u1"),
            deb("openssl", "openssl", "3.0.13-1~deb12u1"),
            deb("curl", "curl", "7.88.1-10"));
    assertThat(found(inventory))
        .containsExactly(
            "CVE-2024-6119 openssl 3.0.13-1~deb12u1 -> 3.0.14-1~deb12u2 high",
            "CVE-2024-5535 openssl 3.0.13-1~deb12u1 -> 3.0.14-1~deb12u1 unknown");
    Match first = advisories.match(inventory).all().getFirst();
    assertThat(first.packages()).extracting(Installed::name).containsExactly("libssl3", "openssl");
    assertThat(first.records())
        .containsExactly(
            new Match.Cited("dsa", "DSA-5764-1"), new Match.Cited("osv", "DEBIAN-CVE-2024-6119"));
    // Where the one says that it is fixed, the other may not.
    assertThat(found(inventory(DEBIAN, deb("openssl", "openssl", "3.0.14-1~deb12u1"))))
        .containsExactly("CVE-2024-6119 openssl 3.0.14-1~deb12u1 -> 3.0.14-1~deb12u2 high");
  }

  /// PYSEC and GHSA know each other, and only one of them knows the CVE.
  @Test
  void otherNamesLeadToTheCve() throws Exception {
    bring(
        "py",
        osv("PYSEC-2024-1", "Debian:12", "a", "2", "\"aliases\":[\"GHSA-aaaa-bbbb-cccc\"],"),
        osv("GHSA-aaaa-bbbb-cccc", "Debian:12", "a", "3", "\"aliases\":[\"CVE-2024-1111\"],"),
        osv("GHSA-xxxx-yyyy-zzzz", "Debian:12", "b", "3", "\"aliases\":[\"PYSEC-2024-2\"],"),
        osv("PYSEC-2024-2", "Debian:12", "b", "3", ""));
    Matches matches = advisories.match(inventory(DEBIAN, deb("a", "a", "1"), deb("b", "b", "1")));
    assertThat(matches.all())
        .extracting(Match::vulnerability)
        .containsExactly("CVE-2024-1111", "GHSA-xxxx-yyyy-zzzz");
    assertThat(matches.all().getFirst().records()).hasSize(2);
    assertThat(matches.all().getFirst().aliases()).contains("GHSA-aaaa-bbbb-cccc");
    assertThat(matches.all().getLast().records()).hasSize(2);
  }

  @Test
  void theReleaseCountsAndSoDoesTheSource() throws Exception {
    bring(
        "osv",
        osv("A-1", "Debian:11", "a", "2", ""),
        osv("A-2", "Debian", "a", "2", ""),
        osv("A-3", "Debian:12", "libssl3", "9", ""),
        osv("A-4", "Alpine:v3.19", "a", "2", ""));
    assertThat(found(inventory(DEBIAN, deb("a", "a", "1"), deb("libssl3", "openssl", "1"))))
        .containsExactly("A-2 a 1 -> 2 unknown");
    assertThat(found(inventory(ALPINE, apk("a-libs", "a", "1-r0"))))
        .containsExactly("A-4 a 1-r0 -> 2 unknown");
  }

  @Test
  void whereNothingIsKnownIsSaid() throws Exception {
    bring("osv", osv("A-1", "Debian:12", "a", "2", ""));
    assertThat(advisories.match(inventory(DEBIAN, deb("b", "b", "1"))).unknown()).isEmpty();
    assertThat(advisories.match(inventory(ALPINE, apk("b", "b", "1"))).unknown())
        .containsExactly("Alpine:v3.19");
    assertThat(
            advisories
                .match(inventory(new Distribution("kali", "2026.1"), deb("b", "b", "1")))
                .unknown())
        .containsExactly("kali 2026.1");
    assertThat(advisories.match(inventory(Distribution.UNKNOWN, deb("b", "b", "1"))).unknown())
        .containsExactly("a distribution that does not say its name");
  }

  private static Installed of(Manager manager, String name, String version) {
    return Installed.at("some/path", manager, name, version, "");
  }

  @Test
  void packagesOfLanguagesByTheirEcosystems() throws Exception {
    bring(
        "osv",
        osv("CVE-2024-0001", "npm", "@scope/a", "1.10.0", ""),
        osv("CVE-2024-0002", "PyPI", "Flask_Login.x", "2.0rc2", ""),
        osv("CVE-2024-0003", "Maven", "org.a:b", "2.0", ""),
        osv("CVE-2024-0004", "Go", "stdlib", "1.21.0-rc.3", ""),
        osv("CVE-2024-0005", "RubyGems", "rails", "7.0.0.rc2", ""),
        osv("CVE-2024-0006", "crates.io", "time", "0.2.23", ""));
    Inventory old =
        inventory(
            DEBIAN,
            of(Manager.NPM, "@scope/a", "1.9.0"),
            of(Manager.PYPI, "flask-login.X", "2.0rc1"),
            of(Manager.MAVEN, "org.a:b", "2.0-SNAPSHOT"),
            of(Manager.GO, "stdlib", "go1.21rc2"),
            of(Manager.GEM, "rails", "7.0.0.rc1"),
            of(Manager.CARGO, "time", "0.2.9"));
    assertThat(advisories.match(old).all())
        .extracting(m -> m.vulnerability().substring(9))
        .containsExactlyInAnyOrder("0001", "0002", "0003", "0004", "0005", "0006");
    assertThat(
            found(
                inventory(
                    DEBIAN,
                    of(Manager.NPM, "@scope/a", "1.10.0"),
                    of(Manager.PYPI, "flask-login.x", "2.0rc2"),
                    of(Manager.MAVEN, "org.a:b", "2.0.0"),
                    of(Manager.GO, "stdlib", "go1.21rc3"),
                    of(Manager.GEM, "rails", "7.0.0.rc2"),
                    of(Manager.CARGO, "time", "0.2.23"),
                    // Fixed by the distribution, whatever its files say.
                    of(Manager.NPM, "@scope/a", "1.0.0").ownedBy("node-a"))))
        .isEmpty();
    bring(
        "vex",
        vex("not_affected", "2026-01-01T00:00:00Z", "\"pkg:maven/org.a/b\"")
            .replace("-1\"", "-0003\""));
    assertThat(advisories.match(old).open()).hasSize(5);
    bring(
        "vex",
        vex("not_affected", "2026-01-01T00:00:00Z", "\"pkg:npm/%40scope/a@1.9.0\"")
            .replace("-1\"", "-0001\""));
    assertThat(advisories.match(old).open()).hasSize(5);
  }

  @Test
  void packagesOfRpm() throws Exception {
    bring(
        "osv",
        osv(
            "RHSA-2024:1",
            "Red Hat:enterprise_linux:9::baseos",
            "openssl-libs",
            "1:3.0.7-27.el9",
            "\"upstream\":[\"CVE-2024-0001\"],"),
        osv(
            "RHSA-2024:2",
            "Red Hat:rhel_eus:9.2::baseos",
            "openssl-libs",
            "1:9-1.el9",
            "\"upstream\":[\"CVE-2024-0002\"],"));
    Installed libs =
        new Installed(
            Manager.RPM,
            "openssl-libs",
            "1:3.0.7-6.el9_2",
            "x86_64",
            "openssl",
            "1:3.0.7-6.el9_2",
            "",
            "");
    assertThat(found(inventory(new Distribution("rhel", "9.2"), libs)))
        .containsExactly("CVE-2024-0001 openssl-libs 1:3.0.7-6.el9_2 -> 1:3.0.7-27.el9 unknown");
    assertThat(found(inventory(new Distribution("rhel", "8.9"), libs))).isEmpty();
  }

  @Test
  void whatIsSkippedIsCountedWithItsReason() throws Exception {
    Source source =
        bring(
            "osv",
            osv("GOOD-1", "Debian:12", "a", "2", ""),
            osv("GONE-1", "Debian:12", "a", "2", "\"withdrawn\":\"2025-01-01T00:00:00Z\","),
            osv("NEVER-1", "Debian:12", "a", "0", ""),
            osv("OTHER-1", "NuGet", "a", "2", ""),
            osv("BAD\\t-1", "Debian:12", "a", "2", ""),
            "{\"id\":\"NOTHING-1\",\"modified\":\"x\"}",
            "{\"id\":\"GIT-1\",\"affected\":[{\"package\":{\"ecosystem\":\"Debian:12\",\"name\":\"a\"},"
                + "\"ranges\":[{\"type\":\"GIT\",\"events\":[{\"introduced\":\"0\"}]}]}]}",
            "{\"what\":1}",
            "{\"broken\":}");
    assertThat(source.records()).isEqualTo(1);
    assertThat(source.skipped())
        .containsEntry("withdrawn", 1L)
        .containsEntry("fixed in 0, that is, not affected", 1L)
        .containsEntry("about NuGet, of which no packages are looked for", 1L)
        .containsEntry("an id or a name of a package that is empty, too long or not one line", 1L)
        .containsEntry("names no package", 1L)
        .containsEntry("names no versions to compare", 1L)
        .containsEntry("not a format known here", 1L);
    assertThat(source.skipped().values().stream().mapToLong(Long::longValue).sum()).isEqualTo(8);
    assertThat(source.examples()).anyMatch(e -> e.startsWith("file line 9: not valid JSON"));
    assertThat(advisories.status().sources()).containsExactly(source);
  }

  @Test
  void listedVersionsCountBesideRanges() throws Exception {
    bring(
        "osv",
        """
        {"id": "A-1", "modified": "2026-01-01T00:00:00Z",
         "database_specific": {"severity": "MODERATE"},
         "affected": [{"package": {"ecosystem": "Debian:12", "name": "a"},
          "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "1"}, {"last_affected": "2"}]}],
          "versions": ["1", "1.5", "7.0"]}]}
        """);
    assertThat(found(inventory(DEBIAN, deb("a", "a", "2")))).hasSize(1);
    assertThat(found(inventory(DEBIAN, deb("a", "a", "2.1")))).isEmpty();
    assertThat(found(inventory(DEBIAN, deb("a", "a", "7.0"))))
        .containsExactly("A-1 a 7.0 -> none medium");
  }

  @Test
  void theTrackerOfDebian() throws Exception {
    Source source =
        bring(
            "tracker",
            """
            {"openssl":{"CVE-2024-1111":{"description":"bad","scope":"remote","releases":{
            "bookworm":{"status":"open","urgency":"low**","repositories":{"bookworm":"3.0.11-1"}},
            "bullseye":{"status":"resolved","fixed_version":"1.1.1n-0","urgency":"high"},
            "sid":{"status":"resolved","fixed_version":"0","urgency":"unimportant"},
            "hamm":{"status":"open"}}},
            "CVE-2024-2222":{"releases":{"bookworm":{"status":"undetermined"}}},
            "TEMP-0000000-ABCDEF":{"releases":{"bookworm":{"status":"resolved","fixed_version":"4",
            "urgency":"not yet assigned"}}}},
            "zlib":{"CVE-2023-3333":{"releases":{"bookworm":{"status":"resolved",
            "fixed_version":"1:1.2.13.dfsg-2","urgency":"unimportant"}}}},"bad":7}
            """);
    assertThat(source.formats()).containsExactly("Debian tracker");
    assertThat(source.records()).isEqualTo(3);
    assertThat(source.skipped())
        .containsEntry("the status is 'undetermined'", 1L)
        .containsEntry("about hamm, which is no release known here", 1L)
        .containsEntry("fixed in 0, that is, not affected", 1L)
        .containsEntry("not a package with its vulnerabilities", 1L);
    assertThat(
            found(
                inventory(
                    DEBIAN,
                    deb("libssl3", "openssl", "3.0.11-1"),
                    deb("zlib1g", "zlib", "1:1.2.13.dfsg-1"))))
        .containsExactly(
            "CVE-2024-1111 openssl 3.0.11-1 -> none low",
            "CVE-2023-3333 zlib 1:1.2.13.dfsg-1 -> 1:1.2.13.dfsg-2 negligible",
            "TEMP-0000000-ABCDEF openssl 3.0.11-1 -> 4 unknown");
  }

  @Test
  void secdbAsJsonAndAsYaml() throws Exception {
    String json =
        """
        {"apkurl":"x","distroversion":"v3.19","reponame":"main","packages":[{"pkg":{
        "name":"openssl","secfixes":{"3.1.4-r10":["CVE-2024-0727 XSA-1"],"0":["CVE-2023-9999"]}}},
        {"pkg":{"name":"none"}}]}
        """;
    String yaml =
        """
        ---
        distroversion: v3.19
        reponame: community
        archs:
          - x86_64
        packages:
          - pkg:
              name: ansible
              secfixes:
                2.10:
                  - CVE-2019-14846
                  - "CVE-2019-14858"
        """;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, String> file : Map.of("a.json", json, "d/b.yaml", yaml).entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    Source source = bring("secdb", bytes.toByteArray());
    assertThat(source.formats()).containsExactly("Alpine secdb");
    assertThat(source.skipped())
        .containsOnlyKeys("fixed in 0, that is, not affected", "a package without secfixes");
    assertThat(
            found(
                inventory(
                    ALPINE,
                    apk("libssl3", "openssl", "3.1.4-r5"),
                    apk("ansible", "ansible", "2.9-r0"))))
        .containsExactly(
            "CVE-2019-14846 ansible 2.9-r0 -> 2.10 unknown",
            "CVE-2019-14858 ansible 2.9-r0 -> 2.10 unknown",
            "CVE-2024-0727 openssl 3.1.4-r5 -> 3.1.4-r10 unknown");
    assertThat(found(inventory(ALPINE, apk("libssl3", "openssl", "3.1.4-r10")))).isEmpty();
  }

  private static String vex(String status, String time, String product) {
    return "{\"@context\":\"https://openvex.dev/ns/v0.2.0\",\"@id\":\"urn:vex:"
        + status
        + time
        + "\",\"timestamp\":\""
        + time
        + "\",\"statements\":[{\"vulnerability\":{\"name\":"
        + "\"CVE-2024-1\"},\"status\":\""
        + status
        + "\",\"justification\":"
        + "\"vulnerable_code_not_in_execute_path\",\"products\":["
        + product
        + "]}]}";
  }

  private List<String> suppressedBy(Subject subject, Inventory inventory) throws IOException {
    return advisories.match(inventory, subject).all().stream()
        .map(m -> m.source() + " " + m.suppression().map(s -> s.status()).orElse("open"))
        .toList();
  }

  @Test
  void openVexSuppressesWhatItNames() throws Exception {
    bring(
        "osv",
        osv("CVE-2024-1000", "Debian:12", "z", "2", ""),
        osv("CVE-2024-1111", "Debian:12", "a", "2", ""),
        osv("CVE-2024-1111", "Debian:12", "b", "2", ""));
    Inventory inventory =
        inventory(DEBIAN, deb("liba", "a", "1"), deb("b", "b", "1"), deb("z", "z", "1"));
    Subject cart = new Subject(Set.of("shop/cart:1.4"), Set.of("sha256:" + "a".repeat(64)));
    String[][] table = {
      {"not_affected", "{\"@id\":\"pkg:deb/debian/a\"}", "a not_affected"},
      {
        "not_affected",
        "{\"@id\":\"pkg:deb/debian/liba@1?arch=amd64&distro=debian-12\"}",
        "a not_affected"
      },
      {"not_affected", "{\"@id\":\"pkg:deb/debian/a?distro=bookworm\"}", "a not_affected"},
      {"not_affected", "\"pkg:deb/debian/a?distro=bullseye\"", "a open"},
      {"not_affected", "\"pkg:deb/ubuntu/a\"", "a open"},
      {"not_affected", "\"pkg:deb/debian/a?arch=arm64\"", "a open"},
      {"not_affected", "\"pkg:deb/debian/a@2\"", "a open"},
      {"not_affected", "\"pkg:apk/debian/a\"", "a open"},
      {"fixed", "\"pkg:deb/debian/a@1\"", "a fixed"},
      {"fixed", "\"pkg:deb/debian/a\"", "a open"},
      {"affected", "\"pkg:deb/debian/a\"", "a open"},
      {"under_investigation", "\"pkg:deb/debian/a\"", "a open"},
      {
        "not_affected",
        "{\"@id\":\"pkg:oci/cart?repository_url=shop/cart\",\"subcomponents\":[{\"@id\":\"pkg:deb/debian/a\"}]}",
        "a not_affected"
      },
      {
        "not_affected",
        "{\"@id\":\"pkg:oci/cart@sha256%3A"
            + "a".repeat(64)
            + "\",\"subcomponents\":[{\"@id\":\"pkg:deb/debian/a\"}]}",
        "a not_affected"
      },
      {
        "not_affected",
        "{\"@id\":\"pkg:oci/pay?repository_url=shop/pay\",\"subcomponents\":[{\"@id\":\"pkg:deb/debian/a\"}]}",
        "a open"
      },
      {
        "not_affected",
        "{\"@id\":\"pkg:oci/cart?tag=1.5\",\"subcomponents\":[{\"@id\":\"pkg:deb/debian/a\"}]}",
        "a open"
      },
      // Parts that have no names must not make it a word on the whole.
      {"not_affected", "{\"@id\":\"pkg:oci/cart\",\"subcomponents\":[{}]}", "a open"},
    };
    for (String[] row : table) {
      bring(
          "vex",
          vex(row[0], "2026-01-01T00:00:00Z", row[1] + ",\"pkg:deb/debian/other\"")
              .replace("CVE-2024-1\"", "CVE-2024-1111\""));
      assertThat(suppressedBy(cart, inventory))
          .as(row[1])
          .containsExactlyInAnyOrder(row[2], "b open", "z open");
    }
    assertThat(advisories.match(inventory).open()).hasSize(3);
  }

  @Test
  void theLastWordCounts() throws Exception {
    bring(
        "osv", osv("CVE-2024-1", "Debian:12", "a", "2", "").replace("CVE-2024-1", "CVE-2024-0001"));
    String no = vex("not_affected", "2026-01-01T00:00:00Z", "\"pkg:deb/debian/a\"");
    String yes = vex("affected", "2026-02-01T00:00:00+01:00", "\"pkg:deb/debian/a\"");
    Inventory inventory = inventory(DEBIAN, deb("a", "a", "1"));
    bring("vex", no.replace("-1\"", "-0001\""));
    assertThat(suppressedBy(Subject.NONE, inventory)).containsExactly("a not_affected");
    bring("vex", no.replace("-1\"", "-0001\""), yes.replace("-1\"", "-0001\""));
    assertThat(suppressedBy(Subject.NONE, inventory)).containsExactly("a open");
    bring(
        "vex",
        no.replace("-1\"", "-0001\""),
        yes.replace("-1\"", "-0001\"").replace("2026-02", "2025-02"));
    assertThat(suppressedBy(Subject.NONE, inventory)).containsExactly("a not_affected");
  }

  @Test
  void csafSuppressesOnItsPlatformOnly() throws Exception {
    bring(
        "osv",
        osv("CVE-2024-1111", "Debian:12", "a", "2", ""),
        osv("CVE-2024-1111", "Debian:11", "a", "2", ""));
    Source source =
        bring(
            "csaf",
            """
            {"document": {"csaf_version": "2.0", "tracking": {"id": "V-1",
              "current_release_date": "2026-01-01T00:00:00+00:00"}},
             "product_tree": {"branches": [{"branches": [
               {"product": {"product_id": "deb12", "product_identification_helper":
                 {"cpe": "cpe:2.3:o:debian:debian_linux:12.0:*:*:*:*:*:*:*"}}},
               {"product": {"product_id": "a", "product_identification_helper":
                 {"purl": "pkg:deb/debian/a?arch=source"}}}]}],
              "relationships": [
               {"category": "default_component_of", "product_reference": "a",
                "relates_to_product_reference": "deb12", "full_product_name": {"product_id": "deb12:a"}},
               {"category": "default_component_of", "product_reference": "b",
                "relates_to_product_reference": "deb12", "full_product_name": {"product_id": "deb12:b"}}]},
             "vulnerabilities": [{"cve": "CVE-2024-1111",
               "flags": [{"label": "component_not_present", "product_ids": ["deb12:a"]}],
               "product_status": {"known_not_affected": ["deb12:a", "deb12:b"]}}]}
            """);
    assertThat(source.formats()).containsExactly("CSAF");
    assertThat(source.skipped()).containsOnlyKeys("a product without a package URL");
    Inventory twelve = inventory(DEBIAN, deb("a", "a", "1"));
    assertThat(suppressedBy(Subject.NONE, twelve)).containsExactly("a not_affected");
    assertThat(advisories.match(twelve).all().getFirst().suppression())
        .hasValue(new Match.Suppressed("csaf", "V-1", "not_affected", "component_not_present"));
    assertThat(
            suppressedBy(
                Subject.NONE, inventory(new Distribution("debian", "11"), deb("a", "a", "1"))))
        .containsExactly("a open");
  }

  @Test
  void sourcesAreReplacedAddedToAndRemoved() throws Exception {
    bring("one", osv("A-1", "Debian:12", "a", "2", ""));
    String digest = advisories.status().digest().toString();
    bring("two", osv("B-1", "Debian:12", "a", "2", ""));
    bring("one", osv("A-2", "Debian:12", "a", "2", ""));
    Inventory a = inventory(DEBIAN, deb("a", "a", "1"));
    assertThat(found(a)).containsExactly("A-2 a 1 -> 2 unknown", "B-1 a 1 -> 2 unknown");
    advisories.importFrom(
        "one",
        true,
        "more",
        new ByteArrayInputStream(
            osv("A-1", "Debian:12", "a", "2", "").getBytes(StandardCharsets.UTF_8)));
    assertThat(found(a)).hasSize(3);
    assertThat(advisories.status().sources().getFirst().records()).isEqualTo(2);
    advisories.remove("two");
    bring("one", osv("A-1", "Debian:12", "a", "2", ""));
    // The same contents have the same digest, whenever they were brought in.
    assertThat(advisories.status().digest()).hasToString(digest);
    assertThat(Advisories.open(directory).status().digest()).hasToString(digest);
    assertThatThrownBy(() -> advisories.remove("two"))
        .isInstanceOfSatisfying(
            GraftException.class,
            e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.NOT_FOUND));
    advisories.remove("one");
    assertThat(found(a)).isEmpty();
    assertThat(advisories.status().sources()).isEmpty();
  }

  @Test
  void whatIsUselessOrBrokenChangesNothing() throws Exception {
    bring("one", osv("A-1", "Debian:12", "a", "2", ""));
    String before = advisories.status().toString();
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(
          osv("A-2", "Debian:12", "a", "2", "").repeat(1000).getBytes(StandardCharsets.UTF_8));
    }
    byte[] cut = Arrays.copyOf(packed.toByteArray(), packed.size() / 2);
    for (byte[] bad :
        List.of(
            new byte[0],
            "{}".getBytes(StandardCharsets.UTF_8),
            "plain text".getBytes(StandardCharsets.UTF_8),
            "[1,2".getBytes(StandardCharsets.UTF_8),
            new byte[] {'P', 'K', 3, 4, 9, 9, 9},
            cut)) {
      assertThatThrownBy(() -> bring("one", bad))
          .isInstanceOfSatisfying(
              GraftException.class,
              e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.INVALID));
    }
    InputStream gone =
        new FilterInputStream(InputStream.nullInputStream()) {
          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            throw new IOException("connection reset");
          }
        };
    assertThatThrownBy(() -> advisories.importFrom("one", false, "file", gone))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("connection reset");
    assertThatThrownBy(() -> bring("../x", osv("A-1", "Debian:12", "a", "2", "")))
        .hasMessageContaining("no name of a source");
    assertThat(advisories.status()).hasToString(before);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(f -> f.getFileName().toString())).containsExactly("advisories");
    }
  }

  @Test
  void aDamagedDatabaseIsSetAsideAndSaid() throws Exception {
    bring("one", osv("A-1", "Debian:12", "a", "2", ""));
    byte[] bytes = Files.readAllBytes(directory.resolve("advisories"));
    bytes[10] ^= 1;
    Files.write(directory.resolve("advisories"), bytes);
    Advisories again = Advisories.open(directory);
    assertThat(again.status().trouble())
        .contains("is damaged")
        .contains("import its sources again");
    assertThat(again.status().sources()).isEmpty();
    again.importFrom(
        "one",
        false,
        "f",
        new ByteArrayInputStream(
            osv("A-1", "Debian:12", "a", "2", "").getBytes(StandardCharsets.UTF_8)));
    assertThat(again.status().trouble()).isEmpty();
    // One that was cut off, as by a power cut of a file system that does not keep its word.
    Files.write(directory.resolve("advisories"), Arrays.copyOf(bytes, bytes.length / 2));
    assertThat(Advisories.open(directory).status().trouble()).isNotEmpty();
  }

  /// What a killed import leaves is no part of the database and goes.
  @Test
  void leftoversGo() throws Exception {
    bring("one", osv("A-1", "Debian:12", "a", "2", ""));
    Files.writeString(directory.resolve("part-123"), "half");
    assertThat(Advisories.open(directory).status().sources()).hasSize(1);
    assertThat(directory.resolve("part-123")).doesNotExist();
  }

  /// No order of bytes makes a reader throw what is no answer, and none takes what was there.
  @Test
  void brokenFilesAreRefusedOrSkipped() throws Exception {
    Random random = new Random(5);
    byte[][] seeds = {
      osv("A-1", "Debian:12", "a", "2", "").getBytes(StandardCharsets.UTF_8),
      ("---\ndistroversion: v3.19\npackages:\n  - pkg:\n      name: a\n      secfixes:\n        1:\n"
              + "          - CVE-2024-1111\n")
          .getBytes(StandardCharsets.UTF_8),
      "{\"a\":{\"CVE-2024-1\":{\"releases\":{\"sid\":{\"status\":\"open\"}}}}}"
          .getBytes(StandardCharsets.UTF_8),
      vex("affected", "2026-01-01T00:00:00Z", "\"pkg:deb/debian/a\"")
          .getBytes(StandardCharsets.UTF_8)
    };
    for (int i = 0; i < 3000; i++) {
      byte[] bytes = seeds[i % seeds.length].clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Draft draft = new Draft("x", new SortedLines(directory));
      try {
        new Import(draft).read("f", new ByteArrayInputStream(bytes));
      } catch (GraftException e) {
        assertThat(e.kind()).isEqualTo(GraftException.Kind.INVALID);
      }
    }
  }

  @Test
  void bombsAreBounded() throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(osv("A-1", "Debian:12", "a", "2", "").getBytes(StandardCharsets.UTF_8));
      for (int i = 0; i < 40; i++) {
        gzip.write(new byte[1 << 20]);
      }
    }
    Draft draft = new Draft("x", new SortedLines(directory));
    new Import(draft).read("f", new ByteArrayInputStream(packed.toByteArray()));
    assertThat(draft.finish(java.time.Instant.EPOCH).skipped())
        .containsKey("a record larger than 16 MiB");
    assertThatThrownBy(() ->
            new Import(draft, 10 << 20).read("f", new ByteArrayInputStream(packed.toByteArray())))
        .hasMessageContaining("more in it, unpacked, than is read of one import");
    String deep = "{\"id\":\"A\",\"affected\":" + "[".repeat(100_000);
    new Import(draft).read("f", new ByteArrayInputStream(deep.getBytes(StandardCharsets.UTF_8)));
    new Import(draft)
        .read(
            "f",
            new ByteArrayInputStream(
                ("a: " + "[".repeat(100_000)).getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void moreLinesThanMemoryHoldsAreSorted() throws Exception {
    StringBuilder lines = new StringBuilder();
    Set<String> different = new HashSet<>();
    Random random = new Random(3);
    String summary = "\"summary\":\"" + "x".repeat(200) + "\",";
    for (int i = 0; i < 60_000; i++) {
      String id = "CVE-2024-" + (10000 + random.nextInt(90000));
      String name = "p" + i % 500;
      lines.append(osv(id, "Debian:12", name, "2", summary)).append('\n');
      different.add(name + " " + id);
    }
    bring("big", lines.toString());
    int all = 0;
    for (int i = 0; i < 500; i++) {
      all += advisories.match(inventory(DEBIAN, deb("p" + i, "p" + i, "1"))).all().size();
    }
    assertThat(all).isEqualTo(different.size());
    assertThat(Files.readAllLines(directory.resolve("advisories")).subList(0, all)).isSorted();
  }

  /// `-Dgraft.advisories=FILE` of records generated from Debian's changelogs; the counts are those
  /// of its makers.
  @Test
  void openCountsOfRealRecords() throws Exception {
    String file = System.getProperty("graft.advisories", "");
    assumeTrue(!file.isEmpty(), "-Dgraft.advisories is not given");
    long start = System.nanoTime();
    Source source;
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      source = advisories.importFrom("debian", false, file, in);
    }
    System.out.println(source + " in " + (System.nanoTime() - start) / 1_000_000 + " ms");
    String[][] table = {
      {"openssl", "3.0.17-1~deb12u2", "37"},
      {"openssl", "3.0.20-1~deb12u2", "12"},
      {"openssl", "3.0.22-1~deb12u2", "0"},
      {"glibc", "2.36-9+deb12u7", "9"},
      {"glibc", "2.36-9+deb12u14", "0"},
      {"curl", "7.88.1-10+deb12u5", "14"},
      {"curl", "7.88.1-10+deb12u15", "0"},
      {"libxml2", "2.9.14+dfsg-1.3~deb12u4", "6"},
      {"libxml2", "2.9.14+dfsg-1.3~deb12u6", "0"},
      {"perl", "5.36.0-7+deb12u3", "13"},
      {"perl", "5.36.0-7+deb12u4", "0"}
    };
    for (String[] row : table) {
      assertThat(advisories.match(inventory(DEBIAN, deb("x", row[0], row[1]))).all())
          .as(row[0] + " " + row[1])
          .hasSize(Integer.parseInt(row[2]));
    }
  }
}

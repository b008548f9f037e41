package graft.advisory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.inventory.Distribution;
import graft.inventory.Inventory;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

/// Which packages are concerned, by the records of every format.
class MatchesTest extends AdvisoriesCase {
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

package graft.advisory;

import static org.assertj.core.api.Assertions.assertThat;

import graft.inventory.Distribution;
import graft.inventory.Inventory;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What VEX documents say of what is found.
class SuppressionsTest extends AdvisoriesCase {
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
}

package graft.lineage;

import static graft.lineage.SyntheticTree.DEBIAN;
import static graft.lineage.SyntheticTree.STATUS;
import static graft.lineage.SyntheticTree.stanza;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import graft.advisory.Advisories;
import graft.inventory.Inventory.Installed;
import graft.tree.Tree;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttributionTest {
  private static final int TREES = 1000;
  private static final int SOURCES = 5;
  private static final int VERSIONS = 8;

  /// Of each source, `CVE-2026-<source>00<n>`: which versions have it.
  private static final int[][] AFFECTED = {{1, 4}, {3, 6}, {2, 8}};

  private static Advisories advisories;

  @BeforeAll
  static void advisories(@TempDir Path directory) throws IOException {
    advisories = Advisories.open(directory);
    StringBuilder osv = new StringBuilder();
    for (int source = 0; source < SOURCES; source++) {
      for (int n = 0; n < AFFECTED.length; n++) {
        osv.append(record(cve(source, n), "src" + source, AFFECTED[n][0], AFFECTED[n][1]));
      }
    }
    osv.append(record("CVE-2025-0001", "openssl", 1, 20));
    osv.append(record("CVE-2025-0002", "openssl", 18, 30));
    osv.append(record("CVE-2025-0003", "curl", 1, 30));
    advisories.importFrom(
        "test",
        false,
        "test.json",
        new ByteArrayInputStream(osv.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private static String cve(int source, int n) {
    return "CVE-2026-" + (source + 1) + "00" + n;
  }

  private static String record(String id, String source, int introduced, int fixed) {
    return String.format(
        """
        {"id":"%s","affected":[{"package":{"ecosystem":"Debian:12","name":"%s"},\
        "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"%d"},{"fixed":"%d"}]}]}]}
        """,
        id, source, introduced, fixed);
  }

  // ---- the tree of real images, by hand

  /// A: a base. B installs libssl3, C libcurl4 on it, D upgrades libssl3, E downgrades it, F (on C)
  /// removes libcurl4, G (on F) installs it again, H (on B) installs libxml2, I (on H) removes
  /// files of libssl3 by hand, J (on C) sets only the environment, K (on J) upgrades libssl3, which
  /// leaves one open and brings another, L is D's as one layer.
  private static SyntheticTree known() {
    SyntheticTree tree = new SyntheticTree();
    String base = stanza("base-files", "base-files", "12");
    String ssl = stanza("libssl3", "openssl", "17");
    String curl = stanza("libcurl4", "curl", "5");
    String fixedSsl = stanza("libssl3", "openssl", "30");
    tree.image("A", Optional.empty(), true, List.of(List.of(DEBIAN, STATUS + "=" + base)));
    child(tree, "B", "A", STATUS + "=" + base + ssl, "usr/lib/libssl.so.3=");
    child(tree, "C", "B", STATUS + "=" + base + ssl + curl);
    child(tree, "D", "C", STATUS + "=" + base + fixedSsl + curl);
    child(tree, "E", "D", STATUS + "=" + base + ssl + curl);
    child(tree, "F", "C", STATUS + "=" + base + ssl);
    child(tree, "G", "F", STATUS + "=" + base + ssl + curl);
    child(tree, "H", "B", STATUS + "=" + base + ssl + stanza("libxml2", "libxml2", "4"));
    child(tree, "I", "H", "-usr/lib/libssl.so.3");
    tree.image("J", Optional.of("C"), true, List.of());
    child(tree, "K", "J", STATUS + "=" + base + stanza("libssl3", "openssl", "19") + curl);
    tree.image(
        "L", Optional.empty(), true, List.of(List.of(DEBIAN, STATUS + "=" + base + ssl + curl)));
    return tree;
  }

  private static void child(SyntheticTree tree, String name, String parent, String... words) {
    tree.image(name, Optional.of(parent), true, List.of(List.of(words)));
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          # image, carriers of packages, origins of findings
          A, base-files A, ''
          B, base-files A; libssl3 B, CVE-2025-0001 B
          C, base-files A; libcurl4 C; libssl3 B, CVE-2025-0003 C; CVE-2025-0001 B
          D, base-files A; libcurl4 C; libssl3 D, CVE-2025-0003 C
          E, base-files A; libcurl4 C; libssl3 E, CVE-2025-0003 C; CVE-2025-0001 E
          F, base-files A; libssl3 B, CVE-2025-0001 B
          G, base-files A; libcurl4 G; libssl3 B, CVE-2025-0003 G; CVE-2025-0001 B
          H, base-files A; libssl3 B; libxml2 H, CVE-2025-0001 B
          I, base-files A; libssl3 B; libxml2 H, CVE-2025-0001 B
          J, base-files A; libcurl4 C; libssl3 B, CVE-2025-0003 C; CVE-2025-0001 B
          K, base-files A; libcurl4 C; libssl3 K, CVE-2025-0003 C; CVE-2025-0001 B; CVE-2025-0002 K
          L, base-files L; libcurl4 L; libssl3 L, CVE-2025-0003 L; CVE-2025-0001 L
          """)
  void whoseDoingItIs(String image, String packages, String findings) throws IOException {
    SyntheticTree all = known();
    SyntheticTree.Traced traced = all.trace(all.tree(), image, advisories);
    assertThat(
            traced.top().packages().stream()
                .map(p -> p.name() + " " + traced.carrier(p))
                .collect(Collectors.joining("; ")))
        .isEqualTo(packages);
    assertThat(
            traced.findings().stream()
                .map(f -> f.vulnerability() + " " + traced.owners().get(f.origin()))
                .collect(Collectors.joining("; ")))
        .isEqualTo(findings);
  }

  // ---- random trees

  /// What was really done, as whoever does it knows it.
  private static final class Ledger {
    /// By package: its version, and the image that gave it that.
    final TreeMap<String, Integer> versions = new TreeMap<>();

    final Map<String, String> carriers = new HashMap<>();

    /// By vulnerability that is open: the image that opened it.
    final Map<String, String> origins = new HashMap<>();

    /// Packages whose record is a file of its own.
    final TreeSet<String> alone = new TreeSet<>();

    Ledger copy() {
      Ledger copy = new Ledger();
      copy.versions.putAll(versions);
      copy.carriers.putAll(carriers);
      copy.origins.putAll(origins);
      copy.alone.addAll(alone);
      return copy;
    }

    void set(String name, int version, String image) {
      Integer before = versions.put(name, version);
      if (before == null || before != version) {
        carriers.put(name, image);
      }
    }

    void remove(String name) {
      versions.remove(name);
      carriers.remove(name);
      alone.remove(name);
    }

    /// After each step: what is open now and was not before is this image's.
    void settle(String image) {
      TreeSet<String> open = new TreeSet<>();
      versions.forEach((name, version) -> {
        int source = source(name);
        for (int n = 0; n < AFFECTED.length; n++) {
          if (AFFECTED[n][0] <= version && version < AFFECTED[n][1]) {
            open.add(cve(source, n));
          }
        }
      });
      origins.keySet().retainAll(open);
      open.forEach(cve -> origins.putIfAbsent(cve, image));
    }
  }

  /// Two packages of each source: `lib0`, `lib0-dev`.
  private static int source(String name) {
    return name.charAt(3) - '0';
  }

  private static String name(Random random) {
    return "lib" + random.nextInt(SOURCES) + (random.nextBoolean() ? "" : "-dev");
  }

  private static String status(Ledger ledger) {
    StringBuilder text = new StringBuilder(STATUS + "=");
    ledger.versions.forEach((name, version) -> {
      if (!ledger.alone.contains(name)) {
        text.append(stanza(name, "src" + source(name), version.toString()));
      }
    });
    return text.toString();
  }

  private static String fileOf(String name) {
    return "var/lib/dpkg/status.d/" + name;
  }

  /// One layer, and what it does to the ledger.
  private static List<String> step(Random random, Ledger ledger, String image) {
    String name = name(random);
    List<String> words = new ArrayList<>();
    switch (random.nextInt(10)) {
      case 0 -> {
        // Something else.
        words.add("app/file=" + random.nextInt());
      }
      case 1 -> {
        // The database goes, and with it all that it lists.
        words.add("-" + (random.nextBoolean() ? STATUS : "var/lib/dpkg"));
        List<String> gone =
            ledger.versions.keySet().stream()
                .filter(n -> !words.getFirst().endsWith("status") || !ledger.alone.contains(n))
                .toList();
        gone.forEach(ledger::remove);
      }
      case 2, 3 -> {
        if (ledger.alone.contains(name)) {
          words.add("-" + fileOf(name));
          ledger.remove(name);
        } else {
          ledger.remove(name);
          words.add(status(ledger));
        }
      }
      case 4 -> {
        if (!ledger.versions.containsKey(name)) {
          ledger.alone.add(name);
        }
        ledger.set(name, 1 + random.nextInt(VERSIONS), image);
        words.add(record(ledger, name));
      }
      default -> {
        // Install, upgrade, downgrade, or the same again.
        ledger.set(name, 1 + random.nextInt(VERSIONS), image);
        words.add(record(ledger, name));
      }
    }
    ledger.settle(image);
    return words;
  }

  private static String record(Ledger ledger, String name) {
    return ledger.alone.contains(name)
        ? fileOf(name)
            + "="
            + stanza(
                name, "src" + source(name), requireNonNull(ledger.versions.get(name)).toString())
        : status(ledger);
  }

  private record Tally(int images, int packages, int findings) {
    Tally plus(Tally other) {
      return new Tally(images + other.images, packages + other.packages, findings + other.findings);
    }
  }

  private Tally grow(long seed) throws IOException {
    Random random = new Random(seed);
    SyntheticTree all = new SyntheticTree();
    Map<String, Ledger> ledgers = new LinkedHashMap<>();
    int images = 4 + random.nextInt(5);
    for (int i = 0; i < images; i++) {
      String image = "i" + i;
      List<List<String>> layers = new ArrayList<>();
      Optional<String> parent = i == 0 ? Optional.empty() : Optional.of("i" + random.nextInt(i));
      Ledger ledger = parent.map(p -> requireNonNull(ledgers.get(p)).copy()).orElseGet(Ledger::new);
      if (i == 0) {
        layers.add(List.of(DEBIAN));
      }
      // None at all: only settings.
      int steps = random.nextInt(4);
      for (int k = 0; k < steps; k++) {
        layers.add(step(random, ledger, image));
      }
      all.image(image, parent, random.nextBoolean(), layers);
      ledgers.put(image, ledger);
    }
    Tree tree = all.tree();
    Map<String, SyntheticTree.Traced> traces = new HashMap<>();
    Map<String, Counts> counts = new HashMap<>();
    Tally tally = new Tally(images, 0, 0);
    for (Map.Entry<String, Ledger> entry : ledgers.entrySet()) {
      SyntheticTree.Traced traced = all.trace(tree, entry.getKey(), advisories);
      traces.put(entry.getKey(), traced);
      Map<String, String> carriers = new HashMap<>();
      for (Installed one : traced.top().packages()) {
        carriers.put(one.name(), traced.carrier(one));
      }
      Map<String, String> origins = new HashMap<>();
      Map<String, Integer> byOrigin = new HashMap<>();
      for (Finding finding : traced.findings()) {
        String origin = traced.owners().get(finding.origin());
        assertThat(origins.put(finding.vulnerability(), origin)).as("found once").isNull();
        byOrigin.merge(origin, 1, Integer::sum);
        for (Finding.Affected one : finding.packages()) {
          assertThat(traced.owners().get(one.carrier()))
              .isEqualTo(entry.getValue().carriers.get(one.installed().name()));
        }
      }
      assertThat(carriers)
          .as("seed %d %s", seed, entry.getKey())
          .isEqualTo(entry.getValue().carriers);
      assertThat(origins)
          .as("seed %d %s", seed, entry.getKey())
          .isEqualTo(entry.getValue().origins);
      tally = tally.plus(new Tally(0, carriers.size(), origins.size()));

      Tree.Node node = tree.node(SyntheticTree.id(entry.getKey())).orElseThrow();
      List<Tree.Node> owners = Owners.of(tree, node);
      List<Finding> above =
          node.parent()
              .map(p ->
                  requireNonNull(traces.get(tree.node(p).orElseThrow().names().getFirst()))
                      .findings())
              .orElse(List.of());
      Counts numbers = Counts.of(node, owners, traced.findings(), above);
      counts.put(entry.getKey(), numbers);
      // Over the image and its ancestors each finding is somebody's, and nobody's twice.
      TreeSet<String> lineage = new TreeSet<>(List.of(entry.getKey()));
      tree.ancestors(node.id()).forEach(n -> lineage.add(n.names().getFirst()));
      assertThat(lineage).containsAll(byOrigin.keySet());
      assertThat(numbers.total()).isEqualTo(origins.size());
      assertThat(Counts.sum(numbers.here())).isEqualTo(byOrigin.getOrDefault(entry.getKey(), 0));
      // What all brought in, without what was fixed on the way, is what is there.
      int sum = 0;
      for (String one : lineage) {
        sum +=
            Counts.sum(requireNonNull(counts.get(one)).here())
                - requireNonNull(counts.get(one)).fixed();
      }
      assertThat(sum).isEqualTo(origins.size());
    }
    return tally;
  }

  @Test
  void aLedgerSaysTheSameOfRandomTrees() throws IOException {
    Tally tally = new Tally(0, 0, 0);
    for (long seed = 0; seed < TREES; seed++) {
      tally = tally.plus(grow(seed));
    }
    assertThat(tally.images()).isGreaterThan(5000);
    assertThat(tally.packages()).isGreaterThan(5000);
    assertThat(tally.findings()).isGreaterThan(1000);
  }
}

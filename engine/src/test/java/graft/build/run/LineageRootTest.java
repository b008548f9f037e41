package graft.build.run;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.engine.BusyboxTar;
import graft.engine.Engine;
import graft.images.ImageRecord;
import graft.images.Progress;
import graft.inventory.Inventory.Installed;
import graft.lineage.Counts;
import graft.lineage.Finding;
import graft.lineage.Lineage;
import graft.lineage.Outdated;
import graft.lineage.Place;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.registry.Credentials;
import graft.tree.Tree;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A tree of images that a real engine has built, with dpkg's databases in them: whose doing what
/// is wrong with each is.
@Tag("root")
class LineageRootTest {
  private static final String STATUS = "/var/lib/dpkg/status";

  @TempDir Path dir;
  private BuildLab lab;
  private Engine engine;

  /// What the test did, by image: the packages with the images that gave them their version, and
  /// the vulnerabilities with those that opened them.
  private final Map<String, String> carriers = new LinkedHashMap<>();

  private final Map<String, String> origins = new LinkedHashMap<>();

  @BeforeEach
  void open() throws Exception {
    assumeTrue(BusyboxTar.available(), "busybox-static is not installed");
    lab = new BuildLab(dir);
    engine = lab.engine();
    String advisories =
        advisory("CVE-2025-0001", "openssl", "3.0.17-1~deb12u1", "3.0.19-1~deb12u1")
            + advisory("CVE-2025-0002", "openssl", "0", "3.0.20-1~deb12u2")
            + advisory("CVE-2025-0003", "curl", "0", "7.88.1-10+deb12u15")
            + advisory("CVE-2025-0004", "perl", "0", "5.36.0-7+deb12u4");
    assertThat(
            engine.advisories().importFrom("test", false, "test", stream(advisories)).statements())
        .isEqualTo(4);
  }

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String advisory(String id, String source, String introduced, String fixed) {
    return String.format(
        """
        {"id":"%s","affected":[{"package":{"ecosystem":"Debian:12","name":"%s"},\
        "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"%s"},{"fixed":"%s"}]}]}]}
        """,
        id, source, introduced, fixed);
  }

  /// @param packages `name source version` of each
  private static String status(String... packages) {
    StringBuilder all = new StringBuilder();
    for (String one : packages) {
      String[] words = one.split(" ");
      all.append("Package: ").append(words[0]);
      all.append("\nStatus: install ok installed\nArchitecture: amd64\nSource: ").append(words[1]);
      all.append("\nVersion: ").append(words[2]).append("\n\n");
    }
    return all.toString();
  }

  private void image(
      String name, String dockerfile, String status, String itsCarriers, String itsOrigins)
      throws Exception {
    FakeClient client =
        lab.client().file("os-release", "ID=debian\nVERSION_ID=\"12\"\n").file("status", status);
    ImageRecord made = lab.build(client, dockerfile);
    engine.images().tag(made.id().toString(), Reference.parse(name + ":1"));
    carriers.put(name, itsCarriers);
    origins.put(name, itsOrigins);
  }

  private void grow() throws Exception {
    String perl = "perl-base perl 5.36.0-7+deb12u3";
    String ssl = "libssl3 openssl 3.0.17-1~deb12u2";
    String curl = "libcurl4 curl 7.88.1-10+deb12u5";
    String copy = "COPY status " + STATUS + "\n";
    image(
        "a",
        "FROM busybox:1\nENV A=1\nCOPY os-release /etc/os-release\n" + copy,
        status(perl),
        "perl-base a",
        "0004 a");
    image(
        "b",
        "FROM a:1\n# a remark\n" + copy,
        status(perl, ssl),
        "libssl3 b, perl-base a",
        "0001 b, 0002 b, 0004 a");
    // By RUN, as a package manager would; and more than one layer.
    image(
        "c",
        "FROM b:1\nCOPY status /new\nRUN cat /new > " + STATUS + " && rm /new\nENV C=1\n",
        status(perl, ssl, curl),
        "libcurl4 c, libssl3 b, perl-base a",
        "0001 b, 0002 b, 0003 c, 0004 a");
    // An upgrade that closes one and leaves the other open: of origin b, carried by u.
    image(
        "u",
        "FROM c:1\n" + copy,
        status(perl, "libssl3 openssl 3.0.19-1~deb12u1", curl),
        "libcurl4 c, libssl3 u, perl-base a",
        "0002 b, 0003 c, 0004 a");
    // Back again: what was closed is open anew.
    image(
        "e",
        "FROM u:1\n" + copy,
        status(perl, ssl, curl),
        "libcurl4 c, libssl3 e, perl-base a",
        "0001 e, 0002 b, 0003 c, 0004 a");
    image(
        "f",
        "FROM c:1\n" + copy,
        status(perl, ssl),
        "libssl3 b, perl-base a",
        "0001 b, 0002 b, 0004 a");
    image(
        "g",
        "FROM f:1\n" + copy,
        status(perl, ssl, curl),
        "libcurl4 g, libssl3 b, perl-base a",
        "0001 b, 0002 b, 0003 g, 0004 a");
    // Settings only: the layers are all another's.
    image(
        "h",
        "FROM g:1\nENV H=1\nLABEL h=1\n",
        "",
        "libcurl4 g, libssl3 b, perl-base a",
        "0001 b, 0002 b, 0003 g, 0004 a");
    // The database goes.
    image("i", "FROM h:1\nRUN rm " + STATUS + "\n", "", "", "");
    image("j", "FROM i:1\n" + copy, status(perl), "perl-base j", "0004 j");
  }

  private static String name(Place place) {
    return place.names().isEmpty()
        ? place.image().shortHex()
        : place.names().getFirst().replace(":1", "");
  }

  private Lineage.Report report(String name) throws Exception {
    return engine.lineage().report(engine.images().find(name + ":1"));
  }

  private static String origins(Lineage.Report report) {
    return report.scan().findings().stream()
        .map(f ->
            f.vulnerability().replace("CVE-2025-", "")
                + " "
                + name(report.places().get(f.origin())))
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private String carriers(String image) throws Exception {
    Lineage.Packages packages = engine.lineage().packages(engine.images().find(image + ":1"));
    List<String> all = new ArrayList<>();
    for (Installed one : packages.inventory().packages()) {
      all.add(
          one.name()
              + " "
              + name(packages.places().get(requireNonNull(packages.introduced().get(one)))));
    }
    return String.join(", ", all);
  }

  private void check() throws Exception {
    Map<String, String> found = new LinkedHashMap<>();
    Map<String, String> has = new LinkedHashMap<>();
    for (String name : origins.keySet()) {
      found.put(name, origins(report(name)));
      has.put(name, carriers(name));
    }
    assertThat(found).isEqualTo(origins);
    assertThat(has).isEqualTo(carriers);
  }

  @Test
  void whoBroughtItInAndWhoHasIt() throws Exception {
    grow();
    check();

    // The line of the Dockerfile, of another image's recipe too.
    Lineage.Report cart = report("u");
    Finding ssl =
        cart.scan().findings().stream()
            .filter(f -> f.vulnerability().equals("CVE-2025-0002"))
            .findFirst()
            .orElseThrow();
    Place origin = cart.places().get(ssl.origin());
    Place carrier = cart.places().get(ssl.packages().getFirst().carrier());
    assertThat(name(origin)).isEqualTo("b");
    assertThat(origin.step()).map(Place.Step::line).contains(3);
    assertThat(origin.step()).map(Place.Step::file).contains("Dockerfile");
    assertThat(name(carrier)).isEqualTo("u");
    assertThat(carrier.step()).map(Place.Step::line).contains(2);
    assertThat(ssl.fixed()).contains("3.0.20-1~deb12u2");
    assertThat(cart.inherited(ssl)).isTrue();

    Tree tree = engine.lineage().tree();
    Map<Digest, Counts> counts = engine.lineage().counts(tree, tree.nodes()).counts();
    Counts of = requireNonNull(counts.get(engine.images().find("u:1").id()));
    assertThat(Counts.sum(of.here())).isZero();
    assertThat(Counts.sum(of.inherited())).isEqualTo(3);
    assertThat(of.carried()).isEqualTo(1);
    assertThat(of.fixed()).isEqualTo(1);

    Lineage.Vulnerability everywhere = engine.lineage().vulnerability("CVE-2025-0003");
    assertThat(
            everywhere.nodes().stream()
                .filter(Lineage.Affected::origin)
                .map(n -> n.names().getFirst()))
        .containsExactlyInAnyOrder("c:1", "g:1");
    assertThat(everywhere.nodes()).hasSize(5);

    // Made here, all of it: no registry has to be asked, and the tags are what they were.
    assertThat(
            engine.lineage().outdated(Credentials.NONE).stream()
                .filter(o -> o.names().contains("b:1"))
                .map(Outdated.Answer::state))
        .containsExactly(Outdated.State.CURRENT);
    engine.images().tag("j:1", Reference.parse("a:1"));
    assertThat(
            engine.lineage().outdated(Credentials.NONE).stream()
                .filter(o -> o.state() == Outdated.State.OUTDATED)
                .map(o -> o.names().getFirst()))
        .containsExactly("b:1");
  }

  /// Most layers change no package, and one may write a package again as it was: then that has it.
  @Test
  void layersThatChangeNoPackage() throws Exception {
    engine
        .advisories()
        .importFrom(
            "npm",
            false,
            "npm",
            stream(
                """
                {"id":"CVE-2025-0005","affected":[{"package":{"ecosystem":"npm","name":"left"},\
                "ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}
                """));
    String path = "/app/node_modules/left/package.json";
    String left = "{\"name\":\"left\",\"version\":\"1.0.0\"}";
    List<String> dockerfiles =
        List.of(
            "FROM busybox:1\nCOPY one " + path + "\n",
            "FROM m0:1\nCOPY other /srv/a\n",
            "FROM m1:1\nCOPY two " + path + "\n",
            "FROM m2:1\nCOPY other /srv/b\n");
    for (int i = 0; i < dockerfiles.size(); i++) {
      FakeClient client =
          lab.client().file("one", left).file("two", left + "\n").file("other", "x" + i);
      ImageRecord made = lab.build(client, dockerfiles.get(i));
      engine.images().tag(made.id().toString(), Reference.parse("m" + i + ":1"));
    }
    Map<String, String> found = new LinkedHashMap<>();
    for (String name : List.of("m3", "m2", "m1", "m0")) {
      Lineage.Report report = report(name);
      Finding finding = report.scan().findings().getFirst();
      found.put(
          name,
          name(report.places().get(finding.origin()))
              + " "
              + name(report.places().get(finding.packages().getFirst().carrier())));
    }
    assertThat(found).isEqualTo(Map.of("m0", "m0 m0", "m1", "m0 m0", "m2", "m0 m2", "m3", "m0 m2"));
  }

  @Test
  void anImageThatIsRemovedKeepsWhatItDid() throws Exception {
    grow();
    List<String> names = origins.keySet().stream().map(n -> n + ":1").toList();
    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    engine.images().save(names, saved);
    for (String name : names.reversed()) {
      engine.images().remove(name, true, true);
    }
    // Elsewhere, nothing is known of them but their layers.
    engine
        .images()
        .load(new ByteArrayInputStream(saved.toByteArray()), Optional.empty(), Progress.SILENT);
    check();
    for (String name : List.of("b:1", "f:1")) {
      engine.images().remove(name, false, true);
      origins.remove(name.substring(0, 1));
      carriers.remove(name.substring(0, 1));
    }
    check();
    lab.restart();
    engine = lab.engine();
    check();
    assertThat(engine.images().tombstones()).hasSize(2);
    for (String name : List.of("j", "i", "h", "g", "e", "u", "c")) {
      engine.images().remove(name + ":1", false, true);
    }
    assertThat(engine.images().tombstones()).isEmpty();
  }
}

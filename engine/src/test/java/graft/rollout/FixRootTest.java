package graft.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.oci.Reference;
import graft.registry.Credentials;
import graft.registry.FakeRegistry;
import graft.registry.Registries;
import graft.registry.RegistryOptions;
import graft.rollout.Plan.Verdict;
import graft.tree.ImageTree;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What is wrong is fixed where it came in, and in all that stands on that.
@Tag("root")
class FixRootTest extends RolloutTree {
  /// A base whose package manager has version 2 of libz.
  private void vulnerable() throws Exception {
    var _ =
        lab.build(
            "debian:1",
            """
            FROM busybox:1
            COPY etc /etc
            COPY lib /var/lib
            COPY --chmod=755 apt-get /bin/apt-get
            """,
            Map.of(
                "etc/os-release",
                RELEASE,
                "lib/dpkg/status",
                status("libc 1", "libz 1"),
                "lib/next",
                status("libc 1", "libz 2"),
                "apt-get",
                "#!/bin/sh\ncase \"$*\" in\n*only-upgrade*libz*) cat /var/lib/next"
                    + " > /var/lib/dpkg/status;;\nesac\n"));
    lab.engine()
        .advisories()
        .importFrom(
            "osv",
            false,
            "osv.json",
            new ByteArrayInputStream(
                """
                {"id":"DEBIAN-CVE-2026-1","aliases":["CVE-2026-1"],"summary":"it is bad","affected":[
                 {"package":{"ecosystem":"Debian:12","name":"libz"},"ranges":[{"type":"ECOSYSTEM",
                  "events":[{"introduced":"0"},{"fixed":"2"}]}]}]}
                """
                    .replace("\n", "")
                    .getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void whatIsFixedAtItsCarrierIsFixedInAllThatStandsOnIt() throws Exception {
    vulnerable();
    var _ =
        commit(
            "curl:1",
            "debian:1",
            Map.of("var/lib/dpkg/status", status("curl 7", "libc 1", "libz 1")));
    var _ = lab.build("app:1", "FROM curl:1\nCOPY a /srv/a\n", Map.of("a", "text"));
    Map<String, String> before = names();

    Plan plan =
        lab.engine()
            .rollouts()
            .fix("CVE-2026-1", List.of("debian:1"), Optional.empty(), "", Plan.Options.SAFE);

    assertThat(names()).isEqualTo(before);
    assertThat(plan.parents())
        .singleElement()
        .satisfies(p -> {
          assertThat(p.names()).containsExactly("debian:1");
          assertThat(p.how()).isEqualTo(Plan.How.PATCH);
          assertThat(p.command().orElseThrow()).contains("--only-upgrade libz ");
        });
    assertThat(verdicts(plan))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("curl:1", Verdict.MERGE, "app:1", Verdict.PROVEN));
    assertThat(plan.nodes()).allMatch(n -> n.closes().equals(List.of("CVE-2026-1")));
    assertThat(plan.totals().closes()).isEqualTo(2);

    Generation generation = apply(plan).orElseThrow();

    assertThat(generation.names()).hasSize(3);
    for (String name : List.of("debian:1", "curl:1", "app:1")) {
      assertThat(names().get(name)).isNotEqualTo(before.get(name));
      assertThat(lab.engine().lineage().report(image(name)).scan().findings()).isEmpty();
    }
    assertThat(
            lab.engine().images().open(image("debian:1")).config().history().getLast().createdBy())
        .contains("apt-get");
    assertThatThrownBy(() ->
            lab.engine()
                .rollouts()
                .fix("CVE-2026-1", List.of("debian:1"), Optional.empty(), "", Plan.Options.SAFE))
        .hasMessageContaining("no image here carries CVE-2026-1");
    lab.engine().rollouts().rollback(generation.generation(), false);
    assertThat(names()).isEqualTo(before);
  }

  private Plan fix(String what, String onto, String... images) throws Exception {
    return lab.engine()
        .rollouts()
        .fix(what, List.of(images), Optional.empty(), onto, Plan.Options.SAFE);
  }

  /// The child has the package in a layer of its own: in a version that is as bad.
  ///
  /// @param next what its package manager would make of it
  private void upgradedByTheChild(String next) throws Exception {
    vulnerable();
    var _ =
        commit(
            "own:1",
            "debian:1",
            Map.of(
                "var/lib/dpkg/status", status("curl 7", "libc 1", "libz 1.5"),
                "var/lib/next", status("curl 7", "libc 1", next)));
    var _ = lab.build("app:1", "FROM own:1\nCOPY a /srv/a\n", Map.of("a", "text"));
  }

  @Test
  void everyLayerThatCarriesItIsFixedByOnePlan() throws Exception {
    upgradedByTheChild("libz 2");
    Map<String, String> before = names();
    int images = lab.engine().images().list().size();
    Plan plan = fix("CVE-2026-1", "", "debian:1", "own:1");

    assertThat(plan.parents())
        .extracting(p -> p.names().getFirst())
        .containsExactly("debian:1", "own:1");
    assertThat(plan.parents()).allMatch(p -> p.how() == Plan.How.PATCH);
    assertThat(verdicts(plan)).isEqualTo(Map.of("own:1", Verdict.CHECKED, "app:1", Verdict.PROVEN));
    assertThat(plan.nodes()).allMatch(n -> n.closes().equals(List.of("CVE-2026-1")));
    assertThat(PlanJson.plan(PlanJson.bytes(plan))).isEqualTo(plan);
    // By another engine, which has it from a file only.
    lab.restart();
    Generation generation = apply(plan).orElseThrow();

    assertThat(generation.names()).hasSize(3);
    for (String name : List.of("debian:1", "own:1", "app:1")) {
      assertThat(lab.engine().lineage().report(image(name)).scan().findings()).isEmpty();
      int below = image("debian:1").diffIds().size();
      assertThat(image(name).diffIds().subList(0, below)).isEqualTo(image("debian:1").diffIds());
    }
    assertThat(lab.tree(image("app:1")).get("/var/lib/dpkg/status"))
        .endsWith(status("curl 7", "libc 1", "libz 2"));
    // Three new ones, and none that was only needed on the way.
    assertThat(lab.engine().images().list()).hasSize(images + 3);
    lab.engine().rollouts().rollback(generation.generation(), false);
    assertThat(names()).isEqualTo(before);
  }

  /// An image that takes the place of the lower one does not mend the upper one, which has the
  /// package in a layer of its own: that is made anew by the same plan.
  @Test
  void alsoWhereTheBaseIsGiven() throws Exception {
    upgradedByTheChild("libz 2");
    var _ =
        lab.build(
            "debian:2",
            "FROM debian:1\nCOPY s /var/lib/dpkg/status\n",
            Map.of("s", status("libc 1", "libz 2")));
    Plan plan = fix("CVE-2026-1", "debian:2", "debian:1", "own:1");
    assertThat(plan.parents())
        .extracting(Plan.Parent::how)
        .containsExactly(Plan.How.GIVEN, Plan.How.PATCH);
    assertThat(plan.parents()).allMatch(p -> p.onto().isPresent());
    fixesAll(plan, "debian:1");
  }

  private void fixesAll(Plan plan, String base) throws Exception {
    assertThat(apply(plan).orElseThrow().names()).hasSize(3);
    for (String name : List.of(base, "own:1", "app:1")) {
      assertThat(lab.engine().lineage().report(image(name)).scan().findings()).isEmpty();
      int below = image(base).diffIds().size();
      assertThat(image(name).diffIds().subList(0, below)).isEqualTo(image(base).diffIds());
    }
  }

  @Test
  void whatCannotFollowItsBaseIsFixedWhereItIs() throws Exception {
    // Both are fixed, but not by the same version.
    upgradedByTheChild("libz 3");
    String before = names().get("own:1");
    Plan plan = fix("CVE-2026-1", "", "debian:1", "own:1");
    assertThat(verdicts(plan)).isEqualTo(Map.of("own:1", Verdict.SAME, "app:1", Verdict.PROVEN));
    assertThat(plan.nodes()).allMatch(n -> n.closes().equals(List.of("CVE-2026-1")));
    assertThat(plan.nodes().getFirst().reasons().toString()).contains("libz");
    lab.restart();
    assertThat(apply(plan).orElseThrow().names()).hasSize(3);
    for (String name : List.of("debian:1", "own:1", "app:1")) {
      assertThat(lab.engine().lineage().report(image(name)).scan().findings()).isEmpty();
    }
    assertThat(lab.tree(image("app:1")).get("/var/lib/dpkg/status"))
        .endsWith(status("curl 7", "libc 1", "libz 3"));
    assertThat(ImageTree.of(lab.engine().images()).node(image("own:1").id()).orElseThrow().parent())
        .map(Object::toString)
        .contains(before);
  }

  /// Whatever becomes of a plan, nothing of it is left when it is not carried out.
  @Test
  void aPlanThatIsGivenUpLeavesNothing() throws Exception {
    vulnerable();
    var _ = lab.build("app:1", "FROM debian:1\nCOPY a /srv/a\n", Map.of("a", "text"));
    int images = lab.engine().images().list().size();
    Plan dropped = fix("CVE-2026-1", "", "debian:1");
    assertThat(lab.engine().images().list()).hasSize(images + 1);
    lab.restart();
    assertThat(lab.engine().images().list()).hasSize(images + 1);
    lab.engine().rollouts().drop(dropped.digest());
    assertThat(lab.engine().images().list()).hasSize(images);
    assertThatThrownBy(() -> apply(dropped)).hasMessageContaining("there is no plan");

    Plan late = fix("CVE-2026-1", "", "debian:1");
    var _ = apply(fix("CVE-2026-1", "", "debian:1")).orElseThrow();
    // The names are not where it saw them any more.
    assertThat(lab.engine().images().byId(late.parents().getFirst().onto().orElseThrow()))
        .isEmpty();
    assertThat(lab.engine().images().list()).hasSize(images + 2);
    assertThatThrownBy(() -> apply(late)).hasMessageContaining("make a new plan");
  }

  @Test
  void theNameOfWhatIsFixedMoves() throws Exception {
    var _ = lab.build("copied:1", "FROM base:1\nCOPY a /srv/a\n", Map.of("a", "text"));
    Map<String, String> before = names();
    var _ = apply(fix("base:1", "base:2")).orElseThrow();
    assertThat(names()).containsEntry("base:1", before.get("base:2"));
    assertThat(names()).containsEntry("base:2", before.get("base:2"));
    assertThat(names().get("copied:1")).isNotEqualTo(before.get("copied:1"));
    int last = lab.engine().rollouts().generations().getFirst().generation();
    lab.engine().rollouts().rollback(last, false);
    assertThat(names()).isEqualTo(before);
    // A number is never given twice.
    lab.engine().rollouts().forget(last);
    lab.restart();
    assertThat(apply(fix("base:1", "base:2")).orElseThrow().generation()).isEqualTo(last + 1);
  }

  @Test
  void aFixThatFixesNothingIsNone() throws Exception {
    vulnerable();
    int images = lab.engine().images().list().size();
    assertThatThrownBy(() ->
            lab.engine()
                .rollouts()
                .fix(
                    "libz",
                    List.of("debian:1"),
                    Optional.of(Plan.How.RERUN),
                    "",
                    Plan.Options.SAFE))
        .hasMessageContaining("debian:1");
    assertThat(lab.engine().images().list()).hasSize(images);
  }

  @Test
  void whatItsRegistryHasNowTakesItsPlace() throws Exception {
    vulnerable();
    try (FakeRegistry registry = new FakeRegistry();
        Registries registries = new Registries(RegistryOptions.defaults())) {
      String name = registry.host() + "/debian:1";
      Reference reference = Reference.parse(name);
      // The registry has a newer one than this machine.
      lab.engine().images().tag("base:2", reference);
      var _ =
          lab.engine()
              .images()
              .push(
                  registries.repository(reference, Credentials.NONE),
                  reference,
                  graft.images.Progress.SILENT);
      lab.engine().images().tag("base:1", reference);
      lab.engine().images().remove("base:1", false, false);
      lab.engine().images().remove("base:2", true, false);
      var _ = lab.build("app:1", "FROM " + name + "\nCOPY a /srv/a\n", Map.of("a", "text"));
      int images = lab.engine().images().list().size();

      Plan plan =
          lab.engine()
              .rollouts()
              .fix("CVE-2026-1", List.of(name), Optional.of(Plan.How.PULL), "", Plan.Options.SAFE);
      assertThat(plan.parents().getFirst().text()).contains("as its registry has it now");
      assertThat(verdicts(plan)).isEqualTo(Map.of("app:1", Verdict.PROVEN));
      // Given up, what was pulled for it goes.
      lab.engine().rollouts().drop(plan.digest());
      assertThat(lab.engine().images().list()).hasSize(images);

      plan =
          lab.engine()
              .rollouts()
              .fix("CVE-2026-1", List.of(name), Optional.of(Plan.How.PULL), "", Plan.Options.SAFE);
      assertThat(apply(plan).orElseThrow().names()).hasSize(2);
      assertThat(lab.engine().lineage().report(image("app:1")).scan().findings()).isEmpty();
      assertThat(image(name).diffIds())
          .isEqualTo(image("app:1").diffIds().subList(0, image(name).diffIds().size()));
      assertThatThrownBy(() ->
              lab.engine()
                  .rollouts()
                  .fix(name, List.of(), Optional.of(Plan.How.PULL), "", Plan.Options.SAFE))
          .hasMessageContaining("nothing newer");
      lab.engine().rollouts().rollback(1, false);
      lab.engine().rollouts().forget(1);
      // One that upgraded it in a layer of its own is mended there by the same plan.
      lab.engine().images().remove("app:1", false, false);
      var _ =
          commit(
              "own:1",
              name,
              Map.of(
                  "var/lib/dpkg/status",
                  bytes(status("curl 7", "libc 1", "libz 1.5")),
                  "bin/apt-get",
                  bytes("#!/bin/sh\nsed -i 's/1\\.5/2/' /var/lib/dpkg/status\n")),
              0755,
              Map.of());
      var _ = lab.build("app:1", "FROM own:1\nCOPY a /srv/a\n", Map.of("a", "text"));
      plan =
          lab.engine()
              .rollouts()
              .fix(
                  "CVE-2026-1",
                  List.of(name, "own:1"),
                  Optional.of(Plan.How.PULL),
                  "",
                  Plan.Options.SAFE);
      assertThat(plan.parents())
          .extracting(Plan.Parent::how)
          .containsExactly(Plan.How.PULL, Plan.How.PATCH);
      fixesAll(plan, name);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

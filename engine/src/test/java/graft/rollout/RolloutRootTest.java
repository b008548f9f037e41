package graft.rollout;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.build.run.BuildLab;
import graft.error.GraftException;
import graft.images.Growth;
import graft.images.ImageRecord;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import graft.oci.ImageConfig.History;
import graft.oci.Reference;
import graft.recipe.Recipe;
import graft.rollout.Plan.Verdict;
import graft.tree.ImageTree;
import graft.tree.Tree;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Trees of images on a base that is replaced: real builds, commits, layers and names.
@Tag("root")
class RolloutRootTest {
  private static final String RELEASE = "ID=debian\nVERSION_ID=\"12\"\n";

  @TempDir Path dir;
  private BuildLab lab;

  @BeforeEach
  void open() throws Exception {
    lab = new BuildLab(dir);
    base("base:1", "1");
    base("base:2", "2");
  }

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  private static String status(String... packages) {
    StringBuilder all = new StringBuilder();
    for (String one : packages) {
      String[] words = one.split(" ");
      all.append("Package: ")
          .append(words[0])
          .append("\nStatus: install ok installed\nArchitecture: amd64\nVersion: ")
          .append(words[1])
          .append("\n\n");
    }
    return all.toString();
  }

  private void base(String name, String version) throws Exception {
    var _ =
        lab.build(
            name,
            "FROM busybox:1\nCOPY etc /etc\nCOPY lib /var/lib\nENV VERSION=" + version + "\n",
            Map.of(
                "etc/os-release",
                RELEASE,
                "etc/app.conf",
                "version " + version + "\n",
                "lib/dpkg/status",
                status("libc 1", "libz " + version)));
  }

  /// As `apt-get install` in a container that is committed.
  private ImageRecord commit(String name, String on, Map<String, String> files) throws Exception {
    ImageRecord base = lab.engine().images().find(on);
    return lab.engine()
        .images()
        .commit(
            new Growth.Commit(
                base,
                on,
                Optional.of(Reference.parse(name)),
                new History(Optional.of(Instant.now()), "sh", "", "", false),
                settings -> settings,
                out -> {
                  try (TarWriter tar = new TarWriter(out)) {
                    for (Map.Entry<String, String> f : new TreeMap<>(files).entrySet()) {
                      byte[] bytes = f.getValue().getBytes(StandardCharsets.UTF_8);
                      tar.write(
                          new TarEntry(
                              Name.of(f.getKey()),
                              Type.FILE,
                              0644,
                              0,
                              0,
                              bytes.length,
                              Instant.EPOCH,
                              Name.EMPTY,
                              0,
                              0,
                              Map.of()),
                          new ByteArrayInputStream(bytes));
                    }
                  }
                },
                Growth.Recorded.NOTHING));
  }

  private Plan plan(String image, String onto) throws Exception {
    return lab.engine()
        .rollouts()
        .plan(new Rollouts.Rebase(image, onto, true, true, Plan.Options.SAFE));
  }

  private final List<Progress> progress = new ArrayList<>();

  private Optional<Generation> apply(Plan plan) throws Exception {
    progress.clear();
    return lab.engine().rollouts().apply(plan.digest(), Rollouts.Apply.PLAIN, progress::add);
  }

  private static Map<String, Verdict> verdicts(Plan plan) {
    Map<String, Verdict> all = new TreeMap<>();
    plan.nodes().forEach(n -> all.put(n.title(), n.verdict()));
    return all;
  }

  private ImageRecord image(String name) {
    return lab.engine().images().find(name);
  }

  private Map<String, String> names() {
    Map<String, String> all = new TreeMap<>();
    lab.engine()
        .images()
        .list()
        .forEach(i -> i.names().forEach(n -> all.put(n.familiar(), i.id().toString())));
    return all;
  }

  private void tree() throws Exception {
    var copied =
        lab.build("copied:1", "FROM base:1\nCOPY a /srv/a\nENV A=b\n", Map.of("a", "text"));
    assertThat(copied.names()).hasSize(1);
    var _ =
        commit(
            "merged:1",
            "base:1",
            Map.of("var/lib/dpkg/status", status("curl 7", "libc 1", "libz 1")));
    var _ = commit("refused:1", "base:1", Map.of("etc/app.conf", "mine"));
    var _ =
        lab.build(
            "again:1",
            "FROM base:1\nRUN cat /etc/app.conf > /etc/app.conf.new && echo mine >> /etc/app.conf\n",
            Map.of());
    var _ = lab.build("leaf:1", "FROM merged:1\nRUN echo x > /srv-x\n", Map.of());
    var _ = lab.build("stuck:1", "FROM refused:1\nRUN echo x > /srv-x\n", Map.of());
  }

  @Test
  void aTreeFollowsItsBaseAndGoesBack() throws Exception {
    tree();
    Plan plan = plan("base:1", "base:2");
    assertThat(verdicts(plan))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "copied:1", Verdict.PROVEN,
                "merged:1", Verdict.MERGE,
                "refused:1", Verdict.REFUSE,
                "again:1", Verdict.RERUN,
                "leaf:1", Verdict.CHECKED,
                "stuck:1", Verdict.REFUSE));
    Map<String, String> before = names();
    Map<String, ImageRecord> old = new TreeMap<>();
    before.keySet().forEach(n -> old.put(n, image(n)));

    Generation generation = apply(plan).orElseThrow();

    assertThat(generation.names()).hasSize(4);
    assertThat(names().keySet()).isEqualTo(before.keySet());
    assertThat(names())
        .containsEntry("refused:1", before.get("refused:1"))
        .containsEntry("stuck:1", before.get("stuck:1"));
    for (String moved : List.of("copied:1", "merged:1", "leaf:1", "again:1")) {
      assertThat(names().get(moved)).as(moved).isNotEqualTo(before.get(moved));
      int below = image("base:2").diffIds().size();
      assertThat(image(moved).diffIds().subList(0, below)).isEqualTo(image("base:2").diffIds());
    }
    assertThat(lab.tree(image("merged:1")).get("/var/lib/dpkg/status"))
        .endsWith(status("curl 7", "libc 1", "libz 2"));
    assertThat(lab.tree(image("leaf:1")).get("/var/lib/dpkg/status"))
        .endsWith(status("curl 7", "libc 1", "libz 2"));
    assertThat(lab.tree(image("leaf:1"))).containsKey("/srv-x");
    assertThat(lab.tree(image("again:1")).get("/etc/app.conf.new")).endsWith("version 2\n");
    assertThat(lab.engine().images().open(image("leaf:1")).config().config().env())
        .contains("VERSION=2");
    Tree tree = ImageTree.of(lab.engine().images());
    assertThat(tree.node(image("copied:1").id()).orElseThrow().parent())
        .contains(image("base:2").id());
    assertThat(tree.node(image("leaf:1").id()).orElseThrow().parent())
        .contains(image("merged:1").id());
    Recipe.Build recipe =
        (Recipe.Build) lab.engine().builds().recipes().find(image("copied:1")).orElseThrow();
    assertThat(((Recipe.Base.Image) recipe.bases().getFirst()).config())
        .isEqualTo(image("base:2").id());

    assertThatThrownBy(() -> apply(plan))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("make a new plan");
    lab.engine().rollouts().rollback(generation.generation(), false);
    assertThat(names()).isEqualTo(before);
    assertThat(lab.engine().rollouts().state(lab.engine().rollouts().generations().getFirst()))
        .isEqualTo("rolled back");
    assertThatThrownBy(() -> lab.engine().rollouts().rollback(generation.generation(), false))
        .hasMessageContaining("already");
  }

  /// What an image that was built again has is what its steps made, each on those before it.
  @Test
  void onlyWhatHasToRunsAgain() throws Exception {
    var _ =
        lab.build(
            "part:1",
            """
            FROM busybox:1 AS tool
            RUN echo tool > /tool
            FROM base:1
            ARG WHO=me
            WORKDIR /srv/app
            RUN cat /proc/sys/kernel/random/uuid > first && \\
                sed -i 's/libc 1/libc 1/;$a Package: curl\\nStatus: install ok installed\\n\
            Architecture: amd64\\nVersion: 7\\n' /var/lib/dpkg/status
            COPY --from=tool /tool /bin/tool
            ENV WHO=$WHO
            RUN cat /proc/sys/kernel/random/uuid > second; cat /etc/app.conf /bin/tool > both; \\
                grep -A3 libz /var/lib/dpkg/status > libz; echo $WHO >> /etc/app.conf
            CMD ["cat", "both"]
            """,
            Map.of());
    Map<String, String> before = lab.tree(image("part:1"));
    Plan plan = plan("base:1", "base:2");
    assertThat(plan.nodes())
        .singleElement()
        .satisfies(n -> {
          assertThat(n.verdict()).isEqualTo(Verdict.RERUN);
          // ARG, WORKDIR, RUN, COPY, ENV.
          assertThat(n.swapped()).isEqualTo(5);
          assertThat(n.merged()).containsExactly("var/lib/dpkg/status");
        });
    int images = lab.engine().images().list().size();
    var _ = apply(plan).orElseThrow();

    ImageRecord made = image("part:1");
    Map<String, String> after = lab.tree(made);
    assertThat(after.get("/srv/app/first")).isEqualTo(before.get("/srv/app/first"));
    assertThat(after.get("/bin/tool")).isEqualTo(before.get("/bin/tool"));
    assertThat(after.get("/srv/app/second")).isNotEqualTo(before.get("/srv/app/second"));
    assertThat(after.get("/srv/app/both")).endsWith("version 2\ntool\n");
    assertThat(after.get("/srv/app/libz")).contains("Version: 2");
    assertThat(after.get("/var/lib/dpkg/status")).contains("curl");
    assertThat(after.get("/etc/app.conf")).endsWith("version 2\nme\n");
    var settings = lab.engine().images().open(made).config().config();
    assertThat(settings.env()).contains("VERSION=2", "WHO=me");
    assertThat(settings.workingDir()).isEqualTo("/srv/app");
    assertThat(settings.cmd().orElseThrow()).containsExactly("cat", "both");
    assertThat(lab.engine().images().list()).hasSize(images + 1);
    assertThat(ImageTree.of(lab.engine().images()).node(made.id()).orElseThrow().parent())
        .contains(image("base:2").id());
    // Its recipe is that of the whole, and can run again as such: here, from its beginning.
    Recipe.Build recipe = (Recipe.Build) lab.engine().builds().recipes().find(made).orElseThrow();
    assertThat(recipe.dockerfile().text()).contains("FROM base:1", "WORKDIR /srv/app");
    assertThat(recipe.layers()).isEqualTo(made.diffIds());
    assertThat(made.diffIds())
        .containsAll(
            recipe.stages().getLast().steps().stream()
                .flatMap(s -> s.result().stream())
                .map(Recipe.Result::layer)
                .toList());
    base("base:3", "3");
    Plan next = plan("base:2", "base:3");
    assertThat(verdicts(next)).containsEntry("part:1", Verdict.RERUN);
    var _ = apply(next).orElseThrow();
    assertThat(lab.tree(image("part:1")).get("/srv/app/both")).endsWith("version 3\ntool\n");
    assertThat(lab.tree(image("part:1")).get("/srv/app/libz")).contains("Version: 3");
  }

  @Test
  void aSecondChangeOfBaseReplacesThePatch() throws Exception {
    base("base:3", "3");
    var _ =
        commit(
            "merged:1",
            "base:1",
            Map.of("var/lib/dpkg/status", status("curl 7", "libc 1", "libz 1")));
    var _ = lab.build("copied:1", "FROM base:1\nCOPY a /srv/a\n", Map.of("a", "text"));
    int layers = image("merged:1").diffIds().size();
    var _ = apply(plan("base:1", "base:2"));
    assertThat(image("merged:1").diffIds()).hasSize(layers + 1);
    lab.restart();
    Plan next = plan("base:2", "base:3");
    assertThat(verdicts(next))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("merged:1", Verdict.MERGE, "copied:1", Verdict.PROVEN));
    var _ = apply(next);
    assertThat(image("merged:1").diffIds()).hasSize(layers + 1);
    assertThat(lab.tree(image("merged:1")).get("/var/lib/dpkg/status"))
        .endsWith(status("curl 7", "libc 1", "libz 3"));
    assertThat(lab.engine().rollouts().generations()).hasSize(2);
  }

  @Test
  void namesThatMovedMeanwhileStopIt() throws Exception {
    tree();
    Plan plan = plan("base:1", "base:2");
    Map<String, String> before = names();
    lab.engine().images().tag("base:2", Reference.parse("copied:1"));
    assertThatThrownBy(() -> apply(plan))
        .isInstanceOfSatisfying(
            GraftException.class,
            e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.CONFLICT));
    lab.engine().images().tag(requireNonNull(before.get("copied:1")), Reference.parse("copied:1"));
    int images = lab.engine().images().list().size();
    // And while it goes on: after the guard, before the switch.
    assertThatThrownBy(() ->
            lab.engine()
                .rollouts()
                .apply(
                    plan.digest(),
                    Rollouts.Apply.PLAIN,
                    p -> {
                      if (p instanceof Progress.OfImage i && i.names().contains("leaf:1")) {
                        lab.engine().images().tag("base:2", Reference.parse("copied:1"));
                      }
                    }))
        .isInstanceOfSatisfying(
            GraftException.class,
            e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.CONFLICT));
    assertThat(lab.engine().images().list()).hasSize(images);
    assertThat(names()).containsEntry("merged:1", before.get("merged:1"));
    assertThat(lab.engine().rollouts().generations()).isEmpty();
  }

  @Test
  void aPlanIsAFile() throws Exception {
    tree();
    Plan plan = plan("base:1", "base:2");
    byte[] file = PlanJson.bytes(Rollouts.json(plan));
    assertThat(lab.engine().rollouts().bring(file)).isEqualTo(plan);
    assertThat(lab.engine().rollouts().plans()).containsExactly(plan);
    byte[] changed =
        new String(file, StandardCharsets.UTF_8)
            .replace("\"level\":1", "\"level\":2")
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> lab.engine().rollouts().bring(changed))
        .hasMessageContaining("changed since");
    lab.restart();
    assertThat(apply(plan).orElseThrow().names()).hasSize(4);
  }

  private void fails(Plan plan, Rollouts.OnFailure what, String test) throws Exception {
    progress.clear();
    var _ =
        lab.engine()
            .rollouts()
            .apply(
                plan.digest(),
                new Rollouts.Apply(
                    Optional.of(List.of("/bin/sh", "-c", test)), what, Optional.empty(), false),
                progress::add);
  }

  private Map<String, Progress.State> states() {
    Map<String, Progress.State> all = new TreeMap<>();
    progress.forEach(p -> {
      if (p instanceof Progress.OfImage i && !i.parent() && !i.names().isEmpty()) {
        all.put(i.names().getFirst(), i.state());
      }
    });
    return all;
  }

  @Test
  void aRecipeThatFailsOnTheNewBaseLeavesItsImage() throws Exception {
    var _ =
        lab.build(
            "fails:1",
            "FROM base:1\nRUN grep 1 /etc/app.conf && echo >> /etc/app.conf\n",
            Map.of());
    var _ = lab.build("copied:1", "FROM base:1\nCOPY a /srv/a\n", Map.of("a", "text"));
    Map<String, String> before = names();
    progress.clear();
    Rollouts.Apply how =
        new Rollouts.Apply(Optional.empty(), Rollouts.OnFailure.CONTINUE, Optional.empty(), false);
    var _ = lab.engine().rollouts().apply(plan("base:1", "base:2").digest(), how, progress::add);
    assertThat(states())
        .isEqualTo(Map.of("fails:1", Progress.State.FAILED, "copied:1", Progress.State.READY));
    assertThat(progress.toString()).contains("did not complete successfully");
    assertThat(names()).containsEntry("fails:1", before.get("fails:1"));
  }

  @Test
  void whatFailsItsTestStaysWithAllThatStandsOnIt() throws Exception {
    tree();
    Map<String, String> before = names();
    String test = "! grep -q curl /var/lib/dpkg/status || { echo no curl please; exit 3; }";
    fails(plan("base:1", "base:2"), Rollouts.OnFailure.ROLLBACK, test);
    assertThat(names()).isEqualTo(before);
    assertThat(lab.engine().rollouts().generations()).isEmpty();
    int images = lab.engine().images().list().size();

    fails(plan("base:1", "base:2"), Rollouts.OnFailure.CONTINUE, test);
    assertThat(states())
        .containsEntry("merged:1", Progress.State.FAILED)
        .containsEntry("leaf:1", Progress.State.SKIPPED)
        .containsEntry("copied:1", Progress.State.READY)
        .containsEntry("again:1", Progress.State.READY);
    assertThat(progress)
        .anySatisfy(p ->
            assertThat(p)
                .isInstanceOfSatisfying(
                    Progress.OfImage.class,
                    i -> assertThat(i.message()).contains("ended with 3", "no curl please")));
    assertThat(names())
        .containsEntry("merged:1", before.get("merged:1"))
        .containsEntry("leaf:1", before.get("leaf:1"))
        .doesNotContainEntry("copied:1", before.get("copied:1"));
    // Two new ones; nothing is left of what failed.
    assertThat(lab.engine().images().list()).hasSize(images + 2);
    assertThat(lab.engine().containers().list()).isEmpty();
  }

  /// G6 and G9: measured, and not judged.
  @Test
  void fiftyFollow() throws Exception {
    for (int i = 0; i < 10; i++) {
      var _ =
          commit(
              "m" + i + ":1",
              "base:1",
              Map.of("var/lib/dpkg/status", status("curl " + i, "libc 1", "libz 1")));
      for (int k = 0; k < 4; k++) {
        var _ = commit("m" + i + "-" + k + ":1", "m" + i + ":1", Map.of("srv/" + k, "text " + i));
      }
    }
    var _ = plan("base:1", "base:2");
    long start = System.nanoTime();
    Plan plan = plan("base:1", "base:2");
    long planned = System.nanoTime();
    Map<String, String> before = names();
    Generation generation = apply(plan).orElseThrow();
    long applied = System.nanoTime();
    assertThat(generation.names()).hasSize(50);
    assertThat(names().keySet()).isEqualTo(before.keySet());
    long back = System.nanoTime();
    lab.engine().rollouts().rollback(generation.generation(), false);
    long done = System.nanoTime();
    assertThat(names()).isEqualTo(before);
    assertThat(plan.nodes()).allMatch(n -> n.written() < 64 << 10);
    System.out.printf(
        "50 dependents: planned in %d ms, applied in %d ms, rolled back in %d ms; %d bytes"
            + " written at most for one%n",
        (planned - start) / 1_000_000,
        (applied - planned) / 1_000_000,
        (done - back) / 1_000_000,
        plan.nodes().stream().mapToLong(Plan.Node::written).max().orElse(0));
  }

  /// G8. `graft.rollout.kills` says how often; a few times by default, as each takes two starts.
  @Test
  void aKilledEngineHasAllNamesOrNone() throws Exception {
    int tries = Integer.getInteger("graft.rollout.kills", 4);
    for (int i = 0; i < 6; i++) {
      var _ =
          commit(
              "m" + i + ":1",
              "base:1",
              Map.of("var/lib/dpkg/status", status("curl " + i, "libc 1", "libz 1")));
    }
    var _ = lab.build("again:1", "FROM base:1\nRUN echo mine >> /etc/app.conf\n", Map.of());
    Map<String, String> before = names();
    int images = lab.engine().images().list().size();
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int moved = 0;
    long longest = Long.MAX_VALUE;
    for (int i = 0; i < tries; i++) {
      Plan plan = plan("base:1", "base:2");
      lab.engine().close();
      RolloutKillChild.Outcome outcome =
          RolloutKillChild.run(
              dir, plan.digest(), false, i == 0 ? longest : random.nextLong(longest));
      if (i == 0) {
        longest = outcome.millis();
      }
      lab.reopen();
      Map<String, String> after = names();
      boolean all =
          before.entrySet().stream()
              .filter(e -> e.getKey().startsWith("m") || e.getKey().startsWith("again"))
              .noneMatch(e -> e.getValue().equals(after.get(e.getKey())));
      assertThat(all || after.equals(before)).as("seed %d, try %d", seed, i).isTrue();
      assertThat(all || !outcome.ended()).isTrue();
      assertThat(lab.engine().containers().list()).isEmpty();
      assertThat(lab.engine().images().list()).hasSize(all ? images + 7 : images);
      if (all) {
        moved++;
        int number = lab.engine().rollouts().generations().getFirst().generation();
        Generation back = lab.engine().rollouts().rollback(number, false);
        lab.engine().rollouts().forget(number);
        for (Generation.Replaced one : back.images()) {
          lab.engine().images().discard(one.to());
        }
        assertThat(lab.engine().images().list()).hasSize(images);
      }
      assertThat(names()).isEqualTo(before);
    }
    System.out.printf("%d of %d killed engines had moved the names%n", moved, tries);
  }

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

  private Follow followed(String name, Follow.State state) throws Exception {
    for (int i = 0; i < 300; i++) {
      Follow now =
          lab.engine().rollouts().follows().list().stream()
              .filter(f -> f.name().equals(name))
              .findFirst()
              .orElseThrow();
      if (now.state() == state) {
        return now;
      }
      Thread.sleep(50);
    }
    throw new AssertionError(lab.engine().rollouts().follows().list().toString());
  }

  @Test
  void aNameIsFollowedAsFarAsThePolicyGoes() throws Exception {
    lab.engine().images().tag("base:1", Reference.parse("base:latest"));
    var _ =
        commit(
            "merged:1",
            "base:1",
            Map.of("var/lib/dpkg/status", status("curl 7", "libc 1", "libz 1")));
    String before = names().get("merged:1");
    var _ =
        lab.engine()
            .rollouts()
            .follows()
            .follow("base:latest", Follow.Policy.CAREFUL, Optional.empty());
    lab.engine().images().tag("base:2", Reference.parse("base:latest"));
    assertThat(followed("base:latest", Follow.State.APPLIED).last().orElseThrow().text())
        .contains("generation 1");
    assertThat(names().get("merged:1")).isNotEqualTo(before);
    // Now one that cannot be swapped.
    var _ = lab.build("again:1", "FROM base:2\nRUN echo mine >> /etc/app.conf\n", Map.of());
    base("base:3", "3");
    before = names().get("merged:1");
    lab.engine().close();
    lab.reopen();
    lab.engine().images().tag("base:3", Reference.parse("base:latest"));
    assertThat(followed("base:latest", Follow.State.REPORTED).last().orElseThrow().text())
        .contains("again:1 would have to be built again");
    assertThat(names()).containsEntry("merged:1", before);
    lab.engine().rollouts().follows().leave("base:latest");
    assertThat(lab.engine().rollouts().follows().list()).isEmpty();
  }
}

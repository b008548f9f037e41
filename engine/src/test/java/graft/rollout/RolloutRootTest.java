package graft.rollout;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.facts.LayerIndexes;
import graft.images.ImageRecord;
import graft.layer.Limits;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.recipe.Recipe;
import graft.rollout.Plan.Verdict;
import graft.snapshot.PackedLayerStore;
import graft.tree.ImageTree;
import graft.tree.Tree;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Trees of images on a base that is replaced.
@Tag("root")
class RolloutRootTest extends RolloutTree {
  @Test
  void aTreeFollowsItsBaseAndGoesBack() throws Exception {
    tree();
    // What a failed step left stays as it is.
    assertThatThrownBy(() -> lab.build("broken:1", "FROM base:1\nRUN exit 3\n", Map.of()));
    assertThat(names().keySet()).anyMatch(n -> n.startsWith("failed:"));
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
    Digest patch = image("merged:1").diffIds().getLast();
    Path stack = dir.resolve("data/overlay");
    assertThat(stack.resolve("packed").resolve(patch.hex())).isRegularFile();
    assertThat(stack.resolve("layers").resolve(patch.hex())).doesNotExist();
    assertThat(lab.tree(image("merged:1")).get("/var/lib/dpkg/status"))
        .endsWith(status("curl 7", "libc 1", "libz 2"));
    // What was said of it is what can be read in it.
    try (PackedLayerStore layers = PackedLayerStore.open(stack, Limits.DEFAULT);
        LayerIndexes read = LayerIndexes.open(dir.resolve("facts"), layers)) {
      assertThat(lab.engine().facts().of(patch)).isEqualTo(read.of(patch));
    }
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
    assertThat(lab.engine().rollouts().plans()).containsExactly(new StoredPlan.Readable(plan));
    byte[] changed =
        new String(file, StandardCharsets.UTF_8)
            .replace("\"level\":1", "\"level\":2")
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> lab.engine().rollouts().bring(changed))
        .hasMessageContaining("changed since");
    lab.restart();
    assertThat(apply(plan).orElseThrow().names()).hasSize(4);
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

  private Follow followed(String name, Follow.State state) throws Exception {
    for (int i = 0; i < 1200; i++) {
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

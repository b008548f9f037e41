package graft.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.rollout.Plan.Verdict;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Files that programs of the images make of others, of which the new base has more.
@Tag("root")
class RegenerateRootTest extends RolloutTree {
  private static final String CACHE = "usr/share/mime/mime.cache";
  private static final String LIST = "#!/bin/sh\nls $1/packages > $1/mime.cache\n";
  private static final Path LDCONFIG = Path.of("/usr/sbin/ldconfig");

  @Test
  void areMadeAnewWhereTheyCanBe() throws Exception {
    String dockerfile =
        "FROM base:1\nCOPY --chmod=755 list /usr/bin/update-mime-database\n"
            + "COPY mime /usr/share/mime/packages\nUSER 7\n";
    var _ = lab.build("mime:1", dockerfile, Map.of("list", LIST, "mime/a.xml", "a"));
    var _ =
        lab.build("mime:2", dockerfile, Map.of("list", LIST, "mime/a.xml", "a", "mime/b.xml", "b"));
    var _ = commit("made:1", "mime:1", Map.of(CACHE, "a.xml\n"));
    var _ = lab.build("leaf:1", "FROM made:1\nCOPY x /srv/x\n", Map.of("x", "x"));
    // Its program is another, which does what it should not.
    var _ =
        commit(
            "stray:1",
            "mime:1",
            Map.of(
                "usr/bin/update-mime-database",
                (LIST + "echo x >> /etc/app.conf\n").getBytes(StandardCharsets.UTF_8),
                CACHE,
                "a.xml\n".getBytes(StandardCharsets.UTF_8)),
            0755,
            Map.of());
    var _ =
        lab.build(
            "fails:1",
            "FROM mime:1\nUSER 0\nCOPY --chmod=755 p /usr/bin/update-mime-database\n"
                + "RUN ls /usr/share/mime/packages > /"
                + CACHE
                + "\n",
            Map.of("p", "#!/bin/sh\necho no such thing; exit 3\n"));
    int images = lab.engine().images().list().size();

    Plan plan = plan("mime:1", "mime:2");
    assertThat(verdicts(plan))
        .isEqualTo(
            Map.of(
                "made:1", Verdict.MERGE,
                "leaf:1", Verdict.PROVEN,
                "stray:1", Verdict.MERGE,
                "fails:1", Verdict.MERGE));
    Plan.Node made =
        plan.nodes().stream().filter(n -> n.title().equals("made:1")).findFirst().orElseThrow();
    assertThat(made.generated())
        .containsExactly(
            new Plan.Generated(
                "update-mime-database",
                List.of("/usr/bin/update-mime-database", "/usr/share/mime"),
                List.of(CACHE)));
    assertThat(made.steps().getFirst().text()).contains("made anew by update-mime-database");

    var _ = rolledOut(plan);
    assertThat(states())
        .isEqualTo(
            Map.of(
                "made:1", Progress.State.READY,
                "leaf:1", Progress.State.READY,
                "stray:1", Progress.State.SKIPPED,
                "fails:1", Progress.State.READY));
    for (String name : List.of("made:1", "leaf:1", "fails:1")) {
      assertThat(lab.tree(image(name)).get("/" + CACHE)).contains("a.xml\nb.xml\n");
    }
    assertThat(lab.tree(image("leaf:1"))).containsKey("/srv/x");
    // Only the cache is in the layer that lies on it.
    assertThat(image("leaf:1").diffIds()).hasSize(image("mime:2").diffIds().size() + 3);
    assertThat(messages("stray:1"))
        .anyMatch(m -> m.contains("update-mime-database wrote /etc/app.conf as well"));
    assertThat(messages("fails:1")).anyMatch(m -> m.contains("ended with 3: no such thing"));
    // Three new ones, and nothing of what was tried.
    assertThat(lab.engine().images().list()).hasSize(images + 3);
    assertThat(lab.engine().containers().list()).isEmpty();

    // What was made is the image's own then: back on the first base it is made anew again.
    Plan back = plan("mime:2", "mime:1");
    assertThat(verdicts(back)).containsEntry("made:1", Verdict.MERGE);
    var _ = rolledOut(back);
    assertThat(lab.tree(image("made:1")).get("/" + CACHE))
        .contains("a.xml")
        .doesNotContain("b.xml");
    assertThat(image("made:1").diffIds()).hasSize(image("mime:1").diffIds().size() + 1);
  }

  /// Steps that are done again run on layers whose files were made anew before.
  @Test
  void areMadeAnewUnderWhatIsBuiltAgain() throws Exception {
    String dockerfile =
        "COPY --chmod=755 list /usr/bin/update-mime-database\nCOPY mime /usr/share/mime/packages\n";
    var _ =
        lab.build("mime:1", "FROM base:1\n" + dockerfile, Map.of("list", LIST, "mime/a.xml", ""));
    var _ =
        lab.build("mime:2", "FROM base:2\n" + dockerfile, Map.of("list", LIST, "mime/b.xml", ""));
    var _ =
        lab.build(
            "part:1",
            "FROM mime:1\nRUN /usr/bin/update-mime-database /usr/share/mime\n"
                + "RUN echo and more >> /etc/app.conf && cp /"
                + CACHE
                + " /etc/seen\n",
            Map.of());
    List<Digest> before = image("part:1").diffIds();

    Plan plan = plan("mime:1", "mime:2");
    Plan.Node node = plan.nodes().getFirst();
    assertThat(node.verdict()).isEqualTo(Verdict.RERUN);
    assertThat(node.swapped()).isEqualTo(1);
    assertThat(node.generated())
        .extracting(Plan.Generated::generator)
        .containsExactly("update-mime-database");
    assertThat(rolledOut(plan)).isPresent();
    ImageRecord made = image("part:1");
    Map<String, String> tree = lab.tree(made);
    assertThat(tree.get("/" + CACHE)).contains("b.xml").doesNotContain("a.xml");
    assertThat(tree.get("/etc/seen")).contains("b.xml").doesNotContain("a.xml");
    assertThat(tree.get("/etc/app.conf")).contains("version 2\nand more\n");
    // The layer that stays, what was made anew, and the step that was done again.
    int below = image("mime:2").diffIds().size();
    assertThat(made.diffIds()).hasSize(below + 3);
    assertThat(made.diffIds().get(below)).isEqualTo(before.get(before.size() - 2));
    assertThat(lab.engine().containers().list()).isEmpty();

    // Now the program fails there: then its step is done again, too.
    var _ = rolledOut(plan("mime:2", "mime:1"));
    var _ =
        lab.build(
            "mime:3",
            "FROM base:2\n" + dockerfile,
            Map.of(
                "list", "#!/bin/sh\necho z > $1/mime.cache; echo x > /etc/y\n", "mime/b.xml", ""));
    plan = plan("mime:1", "mime:3");
    assertThat(plan.nodes().getFirst().swapped()).isEqualTo(1);
    assertThat(rolledOut(plan)).isPresent();
    assertThat(messages("part:1")).anyMatch(m -> m.contains("wrote /etc/y as well"));
    assertThat(lab.tree(image("part:1")).get("/etc/seen")).contains("z");
    assertThat(image("part:1").diffIds()).hasSize(image("mime:3").diffIds().size() + 2);
  }

  /// The real one, where it is a program that needs no library.
  @Test
  void theCacheOfLibraries() throws Exception {
    assumeTrue(Files.exists(LDCONFIG) && Files.size(LDCONFIG) > 500_000);
    var _ =
        commit(
            "ld:1",
            "base:1",
            Map.of("usr/sbin/ldconfig", Files.readAllBytes(LDCONFIG)),
            0755,
            Map.of());
    var _ =
        lab.build("ld:2", "FROM ld:1\nCOPY c /etc/ld.so.conf.d/c.conf\n", Map.of("c", "/opt\n"));
    var _ = commit("made:1", "ld:1", Map.of("etc/ld.so.cache", "stale"));
    Plan plan = plan("ld:1", "ld:2");
    assertThat(verdicts(plan)).isEqualTo(Map.of("made:1", Verdict.MERGE));
    assertThat(rolledOut(plan)).isPresent();
    assertThat(lab.tree(image("made:1")).get("/etc/ld.so.cache")).contains("glibc-ld.so.cache1.1");
  }

  private Optional<Generation> rolledOut(Plan plan) throws Exception {
    progress.clear();
    return lab.engine()
        .rollouts()
        .apply(
            plan.digest(),
            new Rollouts.Apply(
                Optional.empty(), Rollouts.OnFailure.CONTINUE, Optional.empty(), true),
            progress::add);
  }

  private List<String> messages(String name) {
    return progress.stream()
        .filter(p -> p instanceof Progress.OfImage i && i.names().contains(name))
        .map(p -> ((Progress.OfImage) p).message())
        .toList();
  }
}

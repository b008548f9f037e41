package graft.rebase;

import static org.assertj.core.api.Assertions.assertThat;

import graft.facts.LayerFacts;
import graft.facts.Root;
import graft.rebase.Decision.Options;
import graft.rebase.Layers.Layer;
import graft.rebase.Patch.Put;
import graft.rebase.Step.Kind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// An image of several layers, or one that programs or former merges have added to: which of its
/// steps stay, and with what over them.
class DecisionOfStepsTest extends DecisionCase {
  @Test
  void onlyTheStepThatIsConcernedIsDoneAgain() {
    Base before = Base.of(List.of(base(layers).facts()), Layers.config(""));
    Base after =
        Base.of(List.of(base(layers).file("etc/app.conf", "two").facts()), Layers.config(""));
    List<Step> steps =
        List.of(
            new Step(Kind.RUN, "a", Optional.of(layers.layer().file("srv/a", "").facts()), true),
            new Step(Kind.SETTING, "b", Optional.empty(), true),
            new Step(
                Kind.RUN, "c", Optional.of(layers.layer().file("etc/app.conf", "x").facts()), true),
            new Step(Kind.COPY, "d", Optional.of(layers.layer().file("srv/d", "").facts()), true),
            new Step(Kind.RUN, "e", Optional.of(layers.layer().file("srv/e", "").facts()), false));
    Decision decision =
        Decision.of(
            Move.between(before, after, layers),
            steps,
            Layers.config(""),
            Options.SAFE,
            Optional.empty());
    assertThat(decision.swapped()).isEqualTo(2);
    assertThat(decision.verdicts())
        .containsExactly(
            new Verdict.CheckedSwap(List.of(), List.of(), Trust.STABLE),
            new Verdict.ProvenSwap(),
            new Verdict.ReRun(List.of(new Reason.Shadowed(1, "etc/app.conf"))),
            new Verdict.ProvenSwap(),
            new Verdict.Refuse(List.of(new Reason.Follows(3, 1))));
    assertThat(decision.possible()).isFalse();
  }

  /// What is made anew lies under what is done again.
  @Test
  void filesAreMadeAnewUnderAStepThatIsDoneAgain() {
    Base before =
        Base.of(List.of(base(layers).file("etc/app.conf", "").facts()), Layers.config(""));
    Base after =
        Base.of(
            List.of(
                base(layers)
                    .file("etc/app.conf", "two")
                    .file("etc/ld.so.conf.d/b.conf", "")
                    .file("sbin/ldconfig", "", 0755, 0)
                    .facts()),
            Layers.config(""));
    Move move = Move.between(before, after, layers);
    List<Step> steps =
        List.of(
            new Step(
                Kind.RUN,
                "a",
                Optional.of(layers.layer().file("etc/ld.so.cache", "x").facts()),
                true),
            new Step(
                Kind.RUN,
                "b",
                Optional.of(layers.layer().file("etc/app.conf", "x").facts()),
                true));
    Decision decision = Decision.of(move, steps, Layers.config(""), Options.SAFE, Optional.empty());
    assertThat(decision.swapped()).isEqualTo(1);
    assertThat(decision.regenerations())
        .containsExactly(
            new Regeneration(
                "ldconfig",
                List.of("/sbin/ldconfig", "-X"),
                List.of("etc/ld.so.cache"),
                0,
                "etc/ld.so.conf.d/b.conf"));
    assertThat(decision.verdicts())
        .containsExactly(
            new Verdict.CheckedSwap(List.of(), decision.regenerations(), Trust.STABLE),
            new Verdict.ReRun(List.of(new Reason.Shadowed(1, "etc/app.conf"))));
    // The program has failed: the lower step has to be done again, too.
    Decision again =
        Decision.of(move, steps, Layers.config(""), Options.SAFE, Optional.of("ended with 1"));
    assertThat(again.swapped()).isZero();
    assertThat(again.regenerations()).isEmpty();
    // The step that has the file is itself done again, and makes it.
    Decision above =
        Decision.of(move, steps.reversed(), Layers.config(""), Options.SAFE, Optional.empty());
    assertThat(above.swapped()).isZero();
    assertThat(above.regenerations()).isEmpty();
  }

  /// Where the program failed, the image is judged as if it were not there, and told why.
  @Test
  void whatCannotBeMadeAnewIsAReason() {
    Base before = Base.of(List.of(base(layers).facts()), Layers.config(""));
    Base after =
        Base.of(
            List.of(
                base(layers)
                    .file("etc/ld.so.conf.d/b.conf", "")
                    .file("sbin/ldconfig", "", 0755, 0)
                    .facts()),
            Layers.config(""));
    Layer own = layers.layer().file("etc/ld.so.cache", "x");
    Step step = new Step(Kind.RUN, "", Optional.of(own.facts()), true);
    Move move = Move.between(before, after, layers);
    Decision first =
        Decision.of(move, List.of(step), Layers.config(""), Options.SAFE, Optional.empty());
    assertThat(first.swapsAll()).isTrue();
    assertThat(first.verdicts())
        .containsExactly(new Verdict.CheckedSwap(List.of(), first.regenerations(), Trust.STABLE));
    Decision again =
        Decision.of(
            move,
            List.of(step),
            Layers.config(""),
            Options.SAFE,
            Optional.of("ldconfig ended with 1"));
    assertThat(again.regenerations()).isEmpty();
    assertThat(again.verdicts())
        .containsExactly(
            new Verdict.ReRun(
                List.of(
                    new Reason.Derived(
                        0,
                        "etc/ld.so.cache",
                        "ldconfig",
                        "etc/ld.so.conf.d/b.conf",
                        "ldconfig ended with 1"))));
  }

  /// Of what a program writes only what it is for is taken.
  @Test
  void ofWhatAProgramWroteOnlyItsFilesAreTaken() {
    Regeneration ldconfig =
        new Regeneration("ldconfig", List.of("/sbin/ldconfig"), List.of("etc/ld.so.cache"), 0, "");
    Root root =
        Root.of(List.of(layers.layer().file("etc/ld.so.cache", "x").file("etc/a", "a").facts()));
    Put fresh = new Put.File(0644, 0, 0, Map.of(), new byte[] {'y'});
    Put same = new Put.File(0644, 0, 0, Map.of(), new byte[] {'a'});
    assertThat(
            Regenerated.of(
                ldconfig,
                root,
                new TreeMap<>(
                    Map.of(
                        "etc/ld.so.cache", fresh, "etc/a", same, "var/cache/ldconfig/aux", fresh))))
        .isEqualTo(
            new Regenerated.Files(new Patch(new TreeMap<>(Map.of("etc/ld.so.cache", fresh)))));
    assertThat(
            Regenerated.of(
                ldconfig, root, new TreeMap<>(Map.of("etc/ld.so.cache", fresh, "etc/a", fresh))))
        .isEqualTo(new Regenerated.Stray("etc/a"));
    assertThat(Regenerated.of(ldconfig, root, new TreeMap<>(Map.of("etc/a", new Put.Nothing()))))
        .isEqualTo(new Regenerated.Stray("etc/a"));
  }

  /// Base by base, the image has one patch, and its database is what one merge would have made.
  @Test
  void aPatchTakesThePlaceOfTheOneBefore() {
    Step own =
        new Step(
            Kind.RUN,
            "apt",
            Optional.of(
                layers
                    .layer()
                    .file("var/lib/dpkg/status", status("curl 7", "libc 1", "libz 1"))
                    .file("etc/app.conf", "one")
                    .facts()),
            true);
    Base first = withStatus("libc 1", "libz 1", "one");
    Base second = withStatus("libc 1", "libz 2", "two");
    Base third = withStatus("libc 3", "libz 2", "two");
    Patch one = decide(first, second, own).patch();
    assertThat(one.files()).containsOnlyKeys("var/lib/dpkg/status", "etc/app.conf");
    Step patched = new Step(Kind.PATCH, "", Optional.of(layerOf(one)), false);
    Decision again = decide(second, third, own, patched);
    assertThat(again.swapsAll()).isTrue();
    assertThat(again.patch()).isEqualTo(decide(first, third, own).patch());
    // Back to where the image came from, nothing has to be laid over it.
    assertThat(decide(second, first, own, patched).patch().isEmpty()).isTrue();
  }

  /// A step below may not be kept without the patch of its files.
  @Test
  void stepsWhoseFilesThePatchHadAreDoneAgainWithIt() {
    Step apt =
        new Step(
            Kind.RUN,
            "apt",
            Optional.of(
                layers
                    .layer()
                    .file("var/lib/dpkg/status", status("curl 7", "libc 1", "libz 1"))
                    .facts()),
            true);
    Step conf =
        new Step(
            Kind.RUN, "conf", Optional.of(layers.layer().file("etc/app.conf", "x").facts()), true);
    Base first = withStatus("libc 1", "libz 1", "one");
    Base second = withStatus("libc 1", "libz 2", "one");
    Base third = withStatus("libc 1", "libz 2", "two");
    Step patched =
        new Step(
            Kind.PATCH, "", Optional.of(layerOf(decide(first, second, apt, conf).patch())), false);
    Decision decision = decide(second, third, apt, conf, patched);
    assertThat(decision.swapped()).isZero();
    assertThat(decision.possible()).isTrue();
    assertThat(decision.verdicts()).allMatch(v -> v instanceof Verdict.ReRun);
  }

  private Base withStatus(String libc, String libz, String conf) {
    return Base.of(
        List.of(
            base(layers)
                .file("var/lib/dpkg/status", status(libc, libz))
                .file("etc/app.conf", conf)
                .facts()),
        Layers.config(""));
  }

  private Decision decide(Base old, Base now, Step... steps) {
    return Decision.of(
        Move.between(old, now, layers),
        List.of(steps),
        Layers.config(""),
        Options.SAFE,
        Optional.empty());
  }

  private LayerFacts layerOf(Patch patch) {
    Layer layer = layers.layer();
    patch
        .files()
        .forEach((path, put) -> {
          switch (put) {
            case Put.File f ->
                layer.file(
                    path, new String(f.content(), StandardCharsets.ISO_8859_1), f.mode(), f.uid());
            case Put.Directory d -> layer.directory(path, d.mode());
            case Put.Link l -> layer.link(path, l.target());
            case Put.Nothing _ -> layer.whiteout(path);
          }
        });
    return layer.facts();
  }
}

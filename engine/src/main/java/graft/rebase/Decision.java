package graft.rebase;

import graft.facts.Entry;
import graft.facts.LayerFacts;
import graft.inventory.Skipped;
import graft.oci.ImageConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What becomes of an image whose base changes: a verdict for each of its steps.
///
/// The first `swapped` steps keep their layers. Then may come one that is done again, on the new
/// base with the swapped layers and the patch; whoever has done it asks again for the steps behind
/// it, with both roots as bases. Until then those are judged by what is known.
///
/// @param verdicts as many as steps
/// @param swapped how many steps keep their layers from the first on
/// @param patch of the swapped layers: to be laid over them
/// @param regenerations to be done in that; what comes of it belongs to the patch. What is done
///   again makes its files itself.
/// @param warnings what was allowed although a check says no
public record Decision(
    List<Verdict> verdicts,
    int swapped,
    Patch patch,
    List<Regeneration> regenerations,
    List<Reason> warnings) {
  public Decision {
    verdicts = List.copyOf(verdicts);
    regenerations = List.copyOf(regenerations);
    warnings = List.copyOf(warnings);
  }

  /// @param releaseChange take a base of another release, if everything else is right
  /// @param force take what the checks say no to: the reasons become warnings, which are to be
  ///   written down in the image
  public record Options(boolean releaseChange, boolean force) {
    public static final Options SAFE = new Options(false, false);
  }

  /// True if all steps can be done.
  public boolean possible() {
    return verdicts.stream().noneMatch(v -> v instanceof Verdict.Refuse);
  }

  /// True if no step has to be done again.
  public boolean swapsAll() {
    return swapped == verdicts.size();
  }

  /// @param config of the image
  /// @param steps above the base, in their order
  /// @param asTheyAre why files that programs make of others are not made anew, half a sentence;
  ///   empty if they are
  public static Decision of(
      Move move,
      List<Step> steps,
      ImageConfig config,
      Options options,
      Optional<String> asTheyAre) {
    Judged whole = judge(move, steps, config, options, asTheyAre);
    int end = whole.firstConcerned(steps.size());
    Judged below = whole;
    // What is wrong may be hidden by what stands above it.
    while (below.firstConcerned(end) < end || below.size() > end) {
      end = apartFromPatch(steps, Math.min(end, below.firstConcerned(end)));
      below = judge(move, steps.subList(0, end), config, options, asTheyAre);
    }
    List<Verdict> all = new ArrayList<>();
    for (int i = 0; i < end; i++) {
      all.add(swap(move, steps.get(i), below));
    }
    for (int i = end; i < steps.size(); i++) {
      int step = i;
      all.add(
          notSwapped(
              move,
              steps,
              end,
              i,
              whole.reasons.stream().filter(r -> whole.step(r) == step).toList()));
    }
    return new Decision(
        all,
        end,
        patch(move, steps.subList(0, end), below),
        below.shadowing.regenerations(),
        below.warnings);
  }

  private static Patch patch(Move move, List<Step> swapped, Judged judged) {
    Patch fresh = judged.shadowing.patch();
    if (swapped.isEmpty() || swapped.getLast().kind() != Step.Kind.PATCH) {
      return fresh;
    }
    List<LayerFacts> layers =
        swapped.subList(0, swapped.size() - 1).stream().flatMap(s -> s.layer().stream()).toList();
    return swapped
        .getLast()
        .layer()
        .map(earlier -> Carried.over(move, layers, earlier, fresh))
        .orElse(fresh);
  }

  /// Without its patch, a layer has what was right on a base before the present one. So where the
  /// patch goes, the steps go with it whose files it had.
  private static int apartFromPatch(List<Step> steps, int end) {
    if (end == steps.size() || steps.getLast().kind() != Step.Kind.PATCH) {
      return end;
    }
    LayerFacts patch = steps.getLast().layer().orElseThrow();
    for (int i = 0; i < end; i++) {
      if (steps.get(i).layer().filter(l -> meet(l, patch)).isPresent()) {
        return i;
      }
    }
    return end;
  }

  private static boolean meet(LayerFacts layer, LayerFacts patch) {
    return patch.entries().entrySet().stream()
        .anyMatch(e ->
            !(e.getValue() instanceof Entry.Directory) && layer.entries().containsKey(e.getKey()));
  }

  private static Verdict swap(Move move, Step step, Judged judged) {
    if (step.kind() == Step.Kind.PATCH) {
      return new Verdict.CheckedSwap(List.of(), List.of(), judged.trust);
    }
    if (step.readsNothing() && judged.warnings.isEmpty() && disjoint(move, step, judged)) {
      return new Verdict.ProvenSwap();
    }
    List<String> merges =
        judged.shadowing.patch().files().keySet().stream().filter(p -> has(step, p)).toList();
    List<Regeneration> regenerations =
        judged.shadowing.regenerations().stream()
            .filter(r -> r.paths().stream().anyMatch(p -> has(step, p)))
            .toList();
    return new Verdict.CheckedSwap(merges, regenerations, judged.trust);
  }

  private static boolean has(Step step, String path) {
    return step.layer().isPresent() && step.layer().get().entries().containsKey(path);
  }

  /// No path of the step is another in the new base, nor is a directory on the way to it.
  private static boolean disjoint(Move move, Step step, Judged judged) {
    return step.layer().isEmpty()
        || step.layer().get().entries().keySet().stream()
                .noneMatch(p ->
                    move.change(p).isPresent() || judged.shadowing.patch().files().containsKey(p))
            && judged.shadowing.regenerations().stream()
                .noneMatch(r -> r.paths().stream().anyMatch(p -> has(step, p)));
  }

  private static Verdict notSwapped(
      Move move, List<Step> steps, int end, int i, List<Reason> reasons) {
    Step step = steps.get(i);
    if (i > end && reasons.isEmpty() && step.kind() == Step.Kind.SETTING) {
      return new Verdict.ProvenSwap();
    }
    if (i > end
        && reasons.isEmpty()
        && step.kind() == Step.Kind.COPY
        && apart(move, step, steps.subList(end, i))) {
      return new Verdict.ProvenSwap();
    }
    List<Reason> why =
        reasons.isEmpty()
            ? List.of(new Reason.Follows(layer(steps, i), layer(steps, end)))
            : reasons;
    // A patch is made anew anyway.
    return step.again() || step.kind() == Step.Kind.PATCH
        ? new Verdict.ReRun(why)
        : new Verdict.Refuse(why);
  }

  /// Nothing of the step's is touched by the new base or by what is done again.
  private static boolean apart(Move move, Step step, List<Step> again) {
    return step.layer().isPresent()
        && step.layer().get().entries().entrySet().stream()
            .noneMatch(e ->
                move.change(e.getKey()).isPresent()
                    || !(e.getValue() instanceof Entry.Directory)
                        && again.stream()
                            .anyMatch(s ->
                                s.layer()
                                    .map(l -> l.entries().containsKey(e.getKey()))
                                    .orElse(false)));
  }

  /// The index of a step's layer among the image's own.
  private static int layer(List<Step> steps, int step) {
    return (int) steps.subList(0, step).stream().filter(s -> s.layer().isPresent()).count();
  }

  private static final class Judged {
    private final List<Integer> stepOfLayer = new ArrayList<>();
    private Shadowing.Result shadowing = Shadowing.Result.NOTHING;
    private Trust trust = Trust.STABLE;
    private final List<Reason> reasons = new ArrayList<>();
    private final List<Reason> warnings = new ArrayList<>();
    private final int steps;

    Judged(int steps) {
      this.steps = steps;
    }

    int size() {
      return steps;
    }

    /// @param end if no step is
    int firstConcerned(int end) {
      return reasons.stream().mapToInt(this::step).min().orElse(end);
    }

    int step(Reason r) {
      return r.layer() < stepOfLayer.size() ? stepOfLayer.get(r.layer()) : 0;
    }
  }

  private static Judged judge(
      Move move,
      List<Step> steps,
      ImageConfig config,
      Options options,
      Optional<String> asTheyAre) {
    Judged all = new Judged(steps.size());
    List<LayerFacts> layers = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      int step = i;
      steps
          .get(i)
          .layer()
          .ifPresent(l -> {
            layers.add(l);
            all.stepOfLayer.add(step);
          });
    }
    if (steps.isEmpty()) {
      return all;
    }
    Case c = Case.of(move, layers, config);
    all.shadowing = Shadowing.of(c, asTheyAre);
    Linking linking = c.linking();
    Interpreters interpreters = new Interpreters(c);
    List<Reason> found = new ArrayList<>(all.shadowing.reasons());
    found.addAll(unread(layers));
    found.addAll(PackageCheck.reasons(c, all.shadowing.patch()));
    found.addAll(linking.reasons());
    found.addAll(interpreters.reasons());
    found.addAll(Identities.reasons(c, all.shadowing.patch()));
    found.addAll(Settings.reasons(c));
    all.trust = Trust.of(c, linking, interpreters);
    for (Reason r : found) {
      boolean allowed =
          options.force()
              || options.releaseChange() && r instanceof Reason.Release && found.size() == 1;
      (allowed ? all.warnings : all.reasons).add(r);
    }
    return all;
  }

  /// Parts of layers of which nothing is known. A file that is known, but of which it is not known
  /// what it needs, is a matter of trust: see [Trust].
  private static List<Reason> unread(List<LayerFacts> layers) {
    List<Reason> all = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      for (Skipped s : layers.get(i).skipped()) {
        if (!(layers.get(i).entries().get(s.path()) instanceof Entry.File)) {
          all.add(new Reason.Unread(i, s.path(), s.reason()));
        }
      }
    }
    return all;
  }
}

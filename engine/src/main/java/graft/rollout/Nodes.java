package graft.rollout;

import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.rebase.Decision;
import graft.rebase.Reason;
import graft.rebase.Regeneration;
import graft.rebase.Step;
import graft.rebase.Trust;
import graft.rebase.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Lines of plans from decisions.
final class Nodes {
  private static final int MOST_PATHS = 20;

  private Nodes() {}

  static Plan.Node swap(
      ImageRecord record,
      Digest parent,
      int level,
      OwnSteps steps,
      Decision decision,
      Optional<PatchLayer> patch,
      long reused,
      Optional<String> test) {
    List<Plan.Line> lines = lines(steps, decision);
    boolean more = patch.isPresent() || !decision.regenerations().isEmpty();
    Plan.Verdict worst = more ? Plan.Verdict.MERGE : worst(lines);
    return node(
        record,
        parent,
        level,
        worst,
        trust(decision),
        decision.warnings().stream().map(Nodes::why).toList(),
        Optional.empty(),
        lines,
        decision.swapped(),
        reused,
        size(patch),
        merged(patch),
        generated(decision.regenerations()),
        test);
  }

  private static List<Plan.Generated> generated(List<Regeneration> regenerations) {
    return regenerations.stream()
        .map(r ->
            new Plan.Generated(
                r.generator(),
                r.command(),
                r.paths().subList(0, Math.min(MOST_PATHS, r.paths().size()))))
        .toList();
  }

  private static long size(Optional<PatchLayer> patch) {
    return patch.map(p -> p.patch().size()).orElse(0L);
  }

  private static List<String> merged(Optional<PatchLayer> patch) {
    return patch.map(p -> List.copyOf(p.patch().files().keySet())).orElse(List.of());
  }

  /// @param swapped how many steps keep their layers: none if the whole recipe runs
  static Plan.Node rerun(
      ImageRecord record,
      Digest parent,
      int level,
      OwnSteps steps,
      Optional<Decision> decision,
      List<Plan.Why> more,
      int swapped,
      long reused,
      Optional<PatchLayer> patch,
      List<Regeneration> regenerations,
      Optional<String> test) {
    List<Plan.Why> reasons = new ArrayList<>(more);
    decision.ifPresent(d -> reasons.addAll(reasons(d)));
    return node(
        record,
        parent,
        level,
        Plan.Verdict.RERUN,
        Plan.Vouched.NONE,
        reasons,
        Optional.empty(),
        decision.map(d -> lines(steps, d)).orElse(List.of()),
        swapped,
        reused,
        size(patch),
        merged(patch),
        generated(regenerations),
        test);
  }

  static Plan.Node refused(
      ImageRecord record, Digest parent, int level, OwnSteps steps, Decision decision) {
    Set<String> unblock = new TreeSet<>();
    decision
        .verdicts()
        .forEach(v -> {
          if (v instanceof Verdict.Refuse r) {
            unblock.addAll(r.unblock());
          }
        });
    steps.again().ifPresent(why -> unblock.add("it cannot be built again here: " + why));
    return node(
        record,
        parent,
        level,
        Plan.Verdict.REFUSE,
        Plan.Vouched.NONE,
        reasons(decision),
        Optional.of(String.join("; ", unblock)),
        lines(steps, decision),
        0,
        0,
        0,
        List.of(),
        List.of(),
        Optional.empty());
  }

  static Plan.Node stays(
      ImageRecord record, Digest parent, int level, Plan.Why why, String unblock) {
    return node(
        record,
        parent,
        level,
        Plan.Verdict.REFUSE,
        Plan.Vouched.NONE,
        List.of(why),
        Optional.of(unblock),
        List.of(),
        0,
        0,
        0,
        List.of(),
        List.of(),
        Optional.empty());
  }

  /// The same where the image changes without its base.
  static Plan.Node inPlace(Plan.Node n) {
    return new Plan.Node(
        n.image(),
        n.names(),
        n.parent(),
        n.level(),
        Plan.Verdict.SAME,
        Plan.Vouched.NONE,
        n.reasons(),
        n.unblock(),
        n.steps(),
        0,
        0,
        0,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        n.test());
  }

  static Plan.Node same(ImageRecord record, Digest parent, int level) {
    return node(
        record,
        parent,
        level,
        Plan.Verdict.SAME,
        Plan.Vouched.NONE,
        List.of(),
        Optional.empty(),
        List.of(),
        0,
        0,
        0,
        List.of(),
        List.of(),
        Optional.empty());
  }

  static Plan.Node with(Plan.Node n, Collection<String> closes, Collection<String> opens) {
    return new Plan.Node(
        n.image(),
        n.names(),
        n.parent(),
        n.level(),
        n.verdict(),
        n.trust(),
        n.reasons(),
        n.unblock(),
        n.steps(),
        n.swapped(),
        n.reused(),
        n.written(),
        n.merged(),
        n.generated(),
        List.copyOf(closes),
        List.copyOf(opens),
        n.test());
  }

  private static Plan.Node node(
      ImageRecord record,
      Digest parent,
      int level,
      Plan.Verdict verdict,
      Plan.Vouched trust,
      List<Plan.Why> reasons,
      Optional<String> unblock,
      List<Plan.Line> steps,
      int swapped,
      long reused,
      long written,
      List<String> merged,
      List<Plan.Generated> generated,
      Optional<String> test) {
    return new Plan.Node(
        record.id(),
        BaseOf.names(record),
        parent,
        level,
        verdict,
        trust,
        reasons,
        unblock,
        steps,
        swapped,
        reused,
        written,
        merged,
        generated,
        List.of(),
        List.of(),
        test);
  }

  private static Plan.Verdict worst(List<Plan.Line> lines) {
    return lines.stream()
        .map(Plan.Line::verdict)
        .max(Comparable::compareTo)
        .orElse(Plan.Verdict.PROVEN);
  }

  static Plan.Vouched trust(Decision decision) {
    boolean unknown =
        !decision.warnings().isEmpty()
            || decision.verdicts().stream()
                .anyMatch(v ->
                    v instanceof Verdict.CheckedSwap c && c.trust().level() == Trust.Level.UNKNOWN);
    return unknown ? Plan.Vouched.UNKNOWN : Plan.Vouched.DISTRO_STABLE;
  }

  // ---- steps

  private static List<Plan.Line> lines(OwnSteps steps, Decision decision) {
    List<Plan.Line> all = new ArrayList<>();
    int layer = 0;
    for (int i = 0; i < steps.all().size(); i++) {
      Step step = steps.all().get(i);
      Optional<Integer> index = Optional.empty();
      if (step.layer().isPresent()) {
        index = Optional.of(layer++);
      }
      all.add(line(index, step, decision.verdicts().get(i)));
    }
    return all;
  }

  private static Plan.Line line(Optional<Integer> layer, Step step, Verdict verdict) {
    String made = step.layer().isPresent() ? "its layer stays" : "its settings stay";
    return switch (verdict) {
      case Verdict.ProvenSwap _ ->
          new Plan.Line(layer, step.instruction(), Plan.Verdict.PROVEN, made);
      case Verdict.CheckedSwap _ when step.kind() == Step.Kind.PATCH ->
          new Plan.Line(
              layer, step.instruction(), Plan.Verdict.CHECKED, "what is merged now replaces it");
      case Verdict.CheckedSwap c ->
          new Plan.Line(
              layer,
              step.instruction(),
              c.merges().isEmpty() && c.regenerations().isEmpty()
                  ? Plan.Verdict.CHECKED
                  : Plan.Verdict.MERGE,
              made
                  + (c.merges().isEmpty() ? "" : ", with " + some(c.merges()) + " merged")
                  + c.regenerations().stream().map(Nodes::anew).collect(Collectors.joining()));
      case Verdict.ReRun r ->
          new Plan.Line(layer, step.instruction(), Plan.Verdict.RERUN, text(r.reasons()));
      case Verdict.Refuse r ->
          new Plan.Line(layer, step.instruction(), Plan.Verdict.REFUSE, text(r.reasons()));
    };
  }

  private static String anew(Regeneration r) {
    return ", with " + some(r.paths()) + " made anew by " + r.generator();
  }

  private static String text(List<Reason> reasons) {
    return reasons.isEmpty() ? "" : reasons.getFirst().text();
  }

  private static String some(List<String> paths) {
    int most = 3;
    String text = String.join(", ", paths.subList(0, Math.min(most, paths.size())));
    return paths.size() > most ? text + " and " + (paths.size() - most) + " more" : text;
  }

  private static List<Plan.Why> reasons(Decision decision) {
    List<Plan.Why> all = new ArrayList<>();
    for (Verdict verdict : decision.verdicts()) {
      List<Reason> reasons =
          switch (verdict) {
            case Verdict.ReRun r -> r.reasons();
            case Verdict.Refuse r -> r.reasons();
            case Verdict.ProvenSwap _, Verdict.CheckedSwap _ -> List.of();
          };
      reasons.stream()
          .filter(r -> !(r instanceof Reason.Follows))
          .map(Nodes::why)
          .filter(w -> !all.contains(w))
          .forEach(all::add);
    }
    return all;
  }

  private static Plan.Why why(Reason r) {
    List<String> paths = paths(r);
    return new Plan.Why(check(r), r.text(), paths.subList(0, Math.min(MOST_PATHS, paths.size())));
  }

  private static String check(Reason r) {
    return switch (r) {
      case Reason.Shadowed _, Reason.Clash _, Reason.OpaqueDatabase _, Reason.TooLarge _ -> "C1";
      case Reason.Removed _ -> "C2";
      case Reason.Ancestor _ -> "C3";
      case Reason.Unsatisfied _, Reason.SharedFile _, Reason.Release _ -> "C4";
      case Reason.Unlinked _, Reason.Overridden _ -> "C5";
      case Reason.Interpreter _, Reason.Runtime _ -> "C6";
      case Reason.Identity _ -> "C7";
      case Reason.Setting _ -> "C8";
      case Reason.Derived _ -> "C9";
      case Reason.Unread _, Reason.Follows _ -> "";
    };
  }

  private static List<String> paths(Reason r) {
    return switch (r) {
      case Reason.Shadowed s -> List.of(s.path());
      case Reason.Clash c -> List.of(c.path());
      case Reason.OpaqueDatabase o -> List.of(o.path());
      case Reason.TooLarge t -> List.of(t.path());
      case Reason.Removed x -> List.of(x.path());
      case Reason.Ancestor a -> List.of(a.path());
      case Reason.SharedFile s -> List.of(s.path());
      case Reason.Unlinked u -> List.of(u.path());
      case Reason.Overridden o -> List.of(o.path());
      case Reason.Interpreter i -> List.of(i.path());
      case Reason.Runtime x -> List.of(x.path());
      case Reason.Derived d -> List.of(d.path());
      case Reason.Unread u -> List.of(u.path());
      case Reason.Unsatisfied _,
          Reason.Release _,
          Reason.Identity _,
          Reason.Setting _,
          Reason.Follows _ ->
          List.of();
    };
  }
}

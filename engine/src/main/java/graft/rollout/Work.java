package graft.rollout;

import graft.facts.Contents;
import graft.facts.LayerFacts;
import graft.facts.Root;
import graft.image.Edits;
import graft.image.Image;
import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.oci.ImageConfig;
import graft.oci.ImageConfig.History;
import graft.oci.SettingsBuilder;
import graft.rebase.Base;
import graft.rebase.Decision;
import graft.rebase.Move;
import graft.rebase.Patch;
import graft.rebase.Regeneration;
import graft.recipe.Recipe;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/// Judges images against what their parents will be, and remembers it: each pair of bases is
/// compared once for all images on it. Images of one level may be judged at the same time.
final class Work {
  /// In an image that was put on its base although a check says no: why that was.
  static final String FORCED = "graft.lineage.forced";

  /// A command by which an image is tried.
  static final String TEST = "graft.lineage.test";

  /// @param on what the parent was taken to become; empty if it was to stay
  private record Known(Optional<Made> on, Judged judged) {}

  private final Material material;
  private final Instant created;
  private final Plan.Options options;
  private final Map<Digest, Made> outcomes = new ConcurrentHashMap<>();
  private final Map<Digest, Digest> instead = new ConcurrentHashMap<>();
  private final Map<Digest, Known> judged = new ConcurrentHashMap<>();
  private final Map<Digest, Move> moves = new ConcurrentHashMap<>();
  private final Map<Digest, PatchLayer> patches = new ConcurrentHashMap<>();
  private final Map<Digest, Set<String>> open = new ConcurrentHashMap<>();
  private final Map<Digest, Patch> regenerated = new ConcurrentHashMap<>();
  private final Map<Digest, String> asTheyAre = new ConcurrentHashMap<>();
  private final Contents contents = this::content;

  /// @param created of all images that are made
  Work(Material material, Instant created, Plan.Options options) {
    this.material = material;
    this.created = created;
    this.options = options;
  }

  private InputStream content(Digest layer, String path) throws IOException {
    PatchLayer patch = patches.get(layer);
    return patch != null && patch.patch().files().get(path) instanceof Patch.Put.File f
        ? new ByteArrayInputStream(f.content())
        : material.open(layer, path);
  }

  /// An image that is here, as it is.
  Made here(Digest id) throws IOException {
    ImageRecord record = material.record(id);
    return new Made(
        material.image(id),
        material.facts(record.diffIds()),
        Optional.empty(),
        Optional.of(record),
        BaseOf.name(record),
        true);
  }

  /// What an image will be, or has become: those on it are judged by that from now on.
  void becomes(Digest image, Made now) {
    outcomes.put(image, now);
    moves.remove(image);
  }

  /// Another image takes its place, whether it can be put on a new base or not.
  void instead(Digest image, Digest made) {
    instead.put(image, made);
  }

  /// Whose layers are put on a new base for an image: its own, or those of what takes its place.
  Digest source(Digest image) {
    return instead.getOrDefault(image, image);
  }

  /// It stays what it is, and so do those on it.
  void stays(Digest image) {
    outcomes.remove(image);
  }

  Optional<Made> outcome(Digest image) {
    return Optional.ofNullable(outcomes.get(image));
  }

  /// What programs have made anew in an image: with that it is judged again.
  void regenerated(Digest image, Patch made) {
    regenerated.put(image, made);
    judged.remove(image);
  }

  /// Nothing is made anew in an image, as that has failed: it is judged again without.
  ///
  /// @param why half a sentence
  void notRegenerated(Digest image, String why) {
    asTheyAre.put(image, why);
    judged.remove(image);
  }

  /// One image, after its parent. It is judged anew only if its parent has become something else
  /// since.
  @SuppressWarnings("ReferenceEquality") // Equal ones may be large, and are made once for each.
  Judged judge(Digest image, Digest parent, int level) throws IOException {
    Optional<Made> on = outcome(parent);
    Known known = judged.get(image);
    if (known != null && known.on().orElse(null) == on.orElse(null)) {
      return known.judged();
    }
    if (known != null) {
      // What programs made on another base says nothing of this one.
      regenerated.remove(image);
      asTheyAre.remove(image);
    }
    Judged now = judgeNow(image, parent, level, on);
    if (!source(image).equals(image)
        && !now.node().verdict().swaps()
        && now.node().verdict() != Plan.Verdict.RERUN) {
      now = inPlace(now.node(), here(source(image)));
    }
    judged.put(image, new Known(on, now));
    if (now.outcome().isPresent()) {
      becomes(image, now.outcome().get());
    } else {
      stays(image);
    }
    return now;
  }

  /// What takes an image's place does so on the base that is there.
  private Judged inPlace(Plan.Node node, Made made) throws IOException {
    return new Judged(
        vulnerabilities(Nodes.inPlace(node), material.record(node.image()), made),
        Optional.of(made));
  }

  private Judged judgeNow(Digest id, Digest parentId, int level, Optional<Made> on)
      throws IOException {
    ImageRecord record = material.record(id);
    ImageRecord source = material.record(source(id));
    ImageRecord parent = material.record(parentId);
    if (on.isEmpty()) {
      return stays(
          record,
          parentId,
          level,
          new Plan.Why("", "its base " + BaseOf.title(parent) + " stays where it is", List.of()),
          "see there");
    }
    Made now = on.get();
    Image image = material.image(source.id());
    Image old = material.image(parentId);
    if (now.image().config().id().equals(parentId)) {
      return same(record, parentId, level);
    }
    // That of a step more does not say how the image itself was made.
    Optional<Recipe> made = material.recipe(source.id()).filter(r -> isOn(r, parent));
    Optional<Recipe> recipe = made.isPresent() ? made : material.recipe(id);
    int below = old.layers().size();
    boolean stands =
        source.diffIds().size() >= below
            && source.diffIds().subList(0, below).equals(parent.diffIds());
    if (!stands) {
      OwnSteps steps = OwnSteps.of(image, old, List.of(), recipe, parent);
      Plan.Why why =
          new Plan.Why("", "its layers are not those of its base with more on them", List.of());
      return steps.again().isEmpty()
          ? rerun(
              record,
              parentId,
              level,
              image,
              now,
              steps,
              Optional.empty(),
              List.of(why),
              Optional.empty())
          : stays(record, parentId, level, why, steps.again().get());
    }
    if (!image.config().platform().equals(now.image().config().platform())) {
      return stays(
          record,
          parentId,
          level,
          new Plan.Why(
              "",
              "it is for "
                  + image.config().platform()
                  + ", and the new base for "
                  + now.image().config().platform(),
              List.of()),
          "name a base for " + image.config().platform());
    }
    List<LayerFacts> own = material.facts(source.diffIds().subList(below, source.diffIds().size()));
    OwnSteps steps = OwnSteps.of(image, old, own, recipe, parent);
    Decision decision =
        Decision.of(
            move(parentId, old, parent, now),
            steps.all(),
            image.config(),
            options.decision(),
            Optional.ofNullable(asTheyAre.get(id)));
    if (decision.swapsAll()) {
      return swap(record, parentId, level, image, old, now, own, steps, decision);
    }
    return decision.possible()
        ? rerun(
            record,
            parentId,
            level,
            image,
            now,
            steps,
            Optional.of(decision),
            List.of(),
            part(id, source, image, below, now, own, steps, decision, recipe))
        : new Judged(Nodes.refused(record, parentId, level, steps, decision), Optional.empty());
  }

  private static boolean isOn(Recipe recipe, ImageRecord parent) {
    return switch (recipe) {
      case Recipe.Build build -> BaseOf.find(build, parent).isPresent();
      case Recipe.Commit commit -> BaseOf.is(commit.base(), parent);
    };
  }

  private Move move(Digest parentId, Image old, ImageRecord parent, Made now) throws IOException {
    try {
      return moves.computeIfAbsent(
          parentId,
          _ -> {
            try {
              Base before = Base.of(material.facts(parent.diffIds()), old.config());
              return Move.between(
                  before, Base.after(before, now.layers(), now.image().config()), contents);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw new IOException("cannot read the layers of " + BaseOf.title(parent), e);
    }
  }

  // ---- outcomes

  private Judged swap(
      ImageRecord record,
      Digest parentId,
      int level,
      Image image,
      Image old,
      Made now,
      List<LayerFacts> own,
      OwnSteps steps,
      Decision decision)
      throws IOException {
    List<LayerFacts> kept = steps.patched() ? own.subList(0, own.size() - 1) : own;
    List<LayerFacts> layers = new ArrayList<>(now.layers());
    layers.addAll(kept);
    List<Regeneration> left = left(record.id(), decision);
    Optional<PatchLayer> patch = patch(withMade(record.id(), decision, layers), layers);
    Image moved =
        Edits.rebase(steps.patched() ? Edits.withoutTop(image) : image, old, now.image(), created);
    if (patch.isPresent()) {
      moved = Edited.patched(moved, patch.get(), created);
    }
    if (!decision.warnings().isEmpty()) {
      moved = Edited.forced(moved, decision.warnings(), created);
    }
    moved = Edited.onBase(moved, image, now);
    Made outcome =
        new Made(
            moved,
            layers,
            patch,
            Optional.empty(),
            BaseOf.name(record),
            now.exact() && left.isEmpty());
    Plan.Node node =
        Nodes.swap(record, parentId, level, steps, decision, patch, sum(kept), test(image));
    return new Judged(
        vulnerabilities(node, record, outcome), Optional.of(outcome), Optional.empty(), left);
  }

  /// The same, saying that nobody tried it.
  Made untried(Made made) {
    return Edited.untried(made, created);
  }

  /// The first steps keep their layers, if somebody vouches for that: what runs again is not tried
  /// for their sake.
  ///
  /// @param id of the image that is judged
  /// @param record of what takes its place
  private Optional<Judged.Part> part(
      Digest id,
      ImageRecord record,
      Image image,
      int below,
      Made now,
      List<LayerFacts> own,
      OwnSteps steps,
      Decision decision,
      Optional<Recipe> recipe)
      throws IOException {
    List<LayerFacts> kept =
        steps.all().subList(0, decision.swapped()).stream()
            .filter(s -> s.kind() != graft.rebase.Step.Kind.PATCH)
            .flatMap(s -> s.layer().stream())
            .toList();
    List<Digest> made = record.diffIds().subList(below, record.diffIds().size());
    Optional<Remainder> rest =
        recipe.flatMap(r ->
            r instanceof Recipe.Build build
                ? Remainder.of(
                    build, steps.patched() ? made.subList(0, own.size() - 1) : made, kept.size())
                : Optional.empty());
    if (rest.isEmpty()
        || !decision.warnings().isEmpty()
        || Nodes.trust(decision) == Plan.Vouched.UNKNOWN) {
      return Optional.empty();
    }
    List<LayerFacts> layers = new ArrayList<>(now.layers());
    layers.addAll(kept);
    Image part = now.image();
    for (int i = 0; i < kept.size(); i++) {
      part =
          Edits.append(
              part,
              image.layers().get(below + i),
              history(image, below + i),
              settings -> directory(settings, rest.get()));
    }
    Optional<PatchLayer> patch = patch(withMade(id, decision, layers), layers);
    return Optional.of(
        new Judged.Part(
            patch.isPresent() ? Edited.patched(part, patch.get(), created) : part,
            layers,
            patch,
            left(id, decision),
            rest.get()));
  }

  /// What programs still have to make anew for an image.
  private List<Regeneration> left(Digest image, Decision decision) {
    return regenerated.containsKey(image) ? List.of() : decision.regenerations();
  }

  /// What lies over layers, with what programs have made.
  private Patch withMade(Digest image, Decision decision, List<LayerFacts> layers) {
    Patch made = regenerated.get(image);
    return made == null ? decision.patch() : decision.patch().with(made).apartFrom(Root.of(layers));
  }

  private static ImageConfig.Settings directory(ImageConfig.Settings settings, Remainder rest) {
    if (rest.workingDirectory().isEmpty()) {
      return settings;
    }
    SettingsBuilder changed = new SettingsBuilder(settings);
    changed.workingDir = rest.workingDirectory().get();
    return changed.build();
  }

  /// What an image says of one of its layers.
  private static History history(Image image, int layer) {
    return image.config().history().stream()
        .filter(h -> !h.emptyLayer())
        .skip(layer)
        .findFirst()
        .orElse(new History(Optional.empty(), "", "", "", false));
  }

  /// What is merged, to lie over layers; they get it on top.
  private Optional<PatchLayer> patch(Patch all, List<LayerFacts> layers) throws IOException {
    if (all.isEmpty()) {
      return Optional.empty();
    }
    PatchLayer patch = PatchLayer.of(all, created, layers);
    patches.put(patch.diffId(), patch);
    layers.add(patch.facts());
    return Optional.of(patch);
  }

  /// @param why beside what the decision says
  private Judged rerun(
      ImageRecord record,
      Digest parentId,
      int level,
      Image image,
      Made now,
      OwnSteps steps,
      Optional<Decision> decision,
      List<Plan.Why> why,
      Optional<Judged.Part> part)
      throws IOException {
    List<LayerFacts> layers = new ArrayList<>(now.layers());
    for (graft.rebase.Step step : steps.all()) {
      step.layer().ifPresent(layers::add);
    }
    // Until it is made, it is taken to become what it is now.
    Image stand = Edited.standIn(image, layers, created);
    Made made =
        new Made(stand, layers, Optional.empty(), Optional.empty(), BaseOf.name(record), false);
    int swapped = part.isPresent() ? decision.map(Decision::swapped).orElse(0) : 0;
    List<LayerFacts> kept =
        steps.all().subList(0, swapped).stream().flatMap(s -> s.layer().stream()).toList();
    Plan.Node node =
        Nodes.rerun(
            record,
            parentId,
            level,
            steps,
            decision,
            why,
            swapped,
            sum(kept),
            part.flatMap(Judged.Part::patch),
            part.map(Judged.Part::regenerations).orElse(List.of()),
            test(image));
    return new Judged(
        node, Optional.of(made), part, part.map(Judged.Part::regenerations).orElse(List.of()));
  }

  private static Judged stays(
      ImageRecord record, Digest parentId, int level, Plan.Why why, String unblock) {
    return new Judged(Nodes.stays(record, parentId, level, why, unblock), Optional.empty());
  }

  private Judged same(ImageRecord record, Digest parentId, int level) throws IOException {
    return new Judged(Nodes.same(record, parentId, level), Optional.of(here(record.id())));
  }

  // ---- words and figures

  private long sum(List<LayerFacts> layers) {
    return layers.stream().mapToLong(l -> material.size(l.diffId())).sum();
  }

  private static Optional<String> test(Image image) {
    return Gate.own(image).map(Gate::text);
  }

  private Plan.Node vulnerabilities(Plan.Node node, ImageRecord record, Made made)
      throws IOException {
    Set<String> before = open(record.id(), material.facts(record.diffIds()));
    Set<String> after = material.vulnerabilities(made.layers());
    Set<String> closes = new TreeSet<>(before);
    closes.removeAll(after);
    Set<String> opens = new TreeSet<>(after);
    opens.removeAll(before);
    return Nodes.with(node, closes, opens);
  }

  private Set<String> open(Digest image, List<LayerFacts> layers) throws IOException {
    Set<String> known = open.get(image);
    if (known == null) {
      known = material.vulnerabilities(layers);
      open.put(image, known);
    }
    return known;
  }
}

package graft.lineage;

import graft.advisory.Advisories;
import graft.advisory.Matches;
import graft.advisory.Subject;
import graft.advisory.Vex;
import graft.facts.Entry;
import graft.facts.Inventories;
import graft.facts.LayerFacts;
import graft.facts.LayerIndexes;
import graft.images.ChainIds;
import graft.inventory.Inventory;
import graft.inventory.Inventory.Installed;
import graft.oci.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Scans stacks of layers, and remembers by the stack what it found: images that derive from each
/// other have most of it in common.
final class Scanner {
  /// Packages in all inventories that are remembered; they share what they have in common.
  private static final long MOST_PACKAGES = 2_000_000;

  private static final long MOST_MATCHES = 1_000_000;

  private final LayerIndexes facts;
  private final Advisories advisories;
  private final Memory<Digest, Inventory> inventories =
      new Memory<>(MOST_PACKAGES, i -> i.packages().size() + 1L);
  private final Memory<Known, Matches> matches =
      new Memory<>(MOST_MATCHES, m -> m.all().size() + 1L);
  private final Memory<Asked, Scan> scans =
      new Memory<>(MOST_MATCHES, s -> s.findings().size() + 1L);

  private record Known(Digest database, Digest chain) {}

  /// @param subject of which statements about images count
  private record Asked(Digest database, Digest chain, Subject subject) {}

  Scanner(LayerIndexes facts, Advisories advisories) {
    this.facts = facts;
    this.advisories = advisories;
  }

  /// @param layers bottom first
  /// @param vex counts too, beside the database
  Scan scan(List<Digest> layers, Subject subject, Vex vex) throws IOException {
    Digest database = advisories.status().digest();
    if (layers.isEmpty()) {
      return new Scan(database, Inventory.EMPTY, List.of(), List.of());
    }
    List<Digest> chains = ChainIds.of(layers);
    // Names matter only if somebody has said something about images.
    Asked asked =
        new Asked(
            database, chains.getLast(), advisories.hasSuppressions() ? subject : Subject.NONE);
    Optional<Scan> known = vex.isEmpty() ? scans.get(asked) : Optional.empty();
    if (known.isPresent()) {
      return known.get();
    }
    List<Inventory> states = inventories(layers);
    if (vex.isEmpty() && asked.subject().equals(Subject.NONE) && addsNothing(layers, states)) {
      Scan below = scan(layers.subList(0, layers.size() - 1), subject, vex);
      if (below.database().equals(database)) {
        scans.put(asked, below);
      }
      return below;
    }
    List<Matches> open = new ArrayList<>();
    for (int k = 0; k < states.size(); k++) {
      boolean same = k > 0 && states.get(k).equals(states.get(k - 1));
      open.add(same ? open.getLast() : matches(database, chains.get(k), states.get(k)));
    }
    Inventory top = states.getLast();
    Matches last =
        vex.isEmpty() && asked.subject().equals(Subject.NONE)
            ? open.getLast()
            : advisories.match(top, subject, vex);
    Scan scan =
        new Scan(
            last.database(),
            top,
            Attribution.findings(open, last, carriers(layers, states)),
            last.unknown());
    if (vex.isEmpty() && scan.database().equals(database)) {
      scans.put(asked, scan);
    }
    return scan;
  }

  /// Whether the uppermost layer has the packages of those below it, each where it was: then all
  /// that is to be said of them is said already. Most images only add an application.
  private boolean addsNothing(List<Digest> layers, List<Inventory> states) throws IOException {
    int top = layers.size() - 1;
    if (top == 0 || !states.get(top).equals(states.get(top - 1))) {
      return false;
    }
    LayerFacts added = facts.of(layers.get(top));
    return states.get(top).packages().stream()
        .filter(one -> !one.manager().ofSystem())
        .noneMatch(one -> added.entries().containsKey(Attribution.file(one.path())));
  }

  private Matches matches(Digest database, Digest chain, Inventory inventory) throws IOException {
    Known key = new Known(database, chain);
    Optional<Matches> known = matches.get(key);
    if (known.isPresent()) {
      return known.get();
    }
    Matches found = advisories.match(inventory);
    // An import may have come in between.
    if (found.database().equals(database)) {
      matches.put(key, found);
    }
    return found;
  }

  /// After each layer, bottom first.
  List<Inventory> inventories(List<Digest> layers) throws IOException {
    List<Digest> chains = ChainIds.of(layers);
    List<Inventory> states = new ArrayList<>();
    for (Digest chain : chains) {
      Optional<Inventory> known = inventories.get(chain);
      if (known.isEmpty()) {
        break;
      }
      states.add(known.get());
    }
    if (states.size() < layers.size()) {
      for (Inventory state : Inventories.afterEach(facts.of(layers), states.size())) {
        Inventory same =
            !states.isEmpty() && states.getLast().equals(state) ? states.getLast() : state;
        inventories.put(chains.get(states.size()), same);
        states.add(same);
      }
    }
    return states;
  }

  Map<Installed, Integer> carriers(List<Digest> layers, List<Inventory> states) throws IOException {
    boolean languages =
        states.getLast().packages().stream().anyMatch(one -> !one.manager().ofSystem());
    List<LayerFacts> all = languages ? facts.of(layers) : List.of();
    return Attribution.carriers(states, path -> top(all, path));
  }

  /// The uppermost that has a file there, which is the one to be seen where there is one.
  private static int top(List<LayerFacts> layers, String path) {
    for (int k = layers.size() - 1; k > 0; k--) {
      if (layers.get(k).entries().get(path) instanceof Entry.File) {
        return k;
      }
    }
    return 0;
  }
}

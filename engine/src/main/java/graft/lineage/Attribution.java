package graft.lineage;

import graft.advisory.Match;
import graft.advisory.Matches;
import graft.inventory.Inventory;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.ToIntFunction;

/// Which layer of a stack brought something in that is there at its top: the one where its last
/// unbroken run began. What was there, went away and came again is of the layer where it came
/// again. Pure.
///
/// There are two questions, whose answers differ: of a package, which layer has it in this very
/// version (its *carrier*: that is where it can be replaced), and of a vulnerability, since which
/// layer it is open in what was built of that source, in whatever version (its *origin*: whose
/// doing it is).
public final class Attribution {
  /// The same package in the same version; of languages, at the same place.
  private record Key(
      Manager manager, String name, String architecture, String version, String path) {
    static Key of(Installed one) {
      return new Key(one.manager(), one.name(), one.architecture(), one.version(), one.path());
    }
  }

  /// The same vulnerability in what was built of the same source.
  ///
  /// @param family an ecosystem without its release: an upgrade of the whole distribution that
  ///   leaves it open is no beginning
  private record Problem(String family, String source, String vulnerability) {
    static Problem of(Match match) {
      int colon = match.ecosystem().indexOf(':');
      return new Problem(
          colon < 0 ? match.ecosystem() : match.ecosystem().substring(0, colon),
          match.source(),
          match.vulnerability());
    }
  }

  private Attribution() {}

  /// Where the last run ends that goes down from the top: an index, from 0.
  ///
  /// @param states how many there are, at least one; it is so in the uppermost
  /// @param isSo of the state at an index
  static int runStart(int states, IntPredicate isSo) {
    int start = states - 1;
    while (start > 0 && isSo.test(start - 1)) {
      start--;
    }
    return start;
  }

  /// The carriers of the packages of the top, in its order.
  ///
  /// @param states after each layer, bottom first, at least one
  /// @param layerOf the layer whose file is to be seen at a path; those of archives are asked for
  ///   without what is in them
  public static Map<Installed, Integer> carriers(
      List<Inventory> states, ToIntFunction<String> layerOf) {
    List<Set<Key>> keys = new ArrayList<>();
    Inventory before = null;
    for (Inventory state : states) {
      if (state.equals(before)) {
        keys.add(keys.getLast());
      } else {
        Set<Key> all = new HashSet<>();
        state.packages().forEach(one -> all.add(Key.of(one)));
        keys.add(all);
      }
      before = state;
    }
    Map<Installed, Integer> carriers = new LinkedHashMap<>();
    for (Installed one : states.getLast().packages()) {
      Key key = Key.of(one);
      carriers.put(
          one,
          one.manager().ofSystem()
              ? runStart(keys.size(), k -> keys.get(k).contains(key))
              : layerOf.applyAsInt(file(one.path())));
    }
    return carriers;
  }

  /// The file of a package, which may be in an archive.
  static String file(String path) {
    int archive = path.indexOf("!/");
    return archive < 0 ? path : path.substring(0, archive);
  }

  /// What the advisories say of the top, each with its origin and the carriers of its packages; the
  /// worst first. There is one for each vulnerability and source, however many packages were built
  /// of it.
  ///
  /// @param states after each layer, bottom first, at least one
  /// @param top of the uppermost state, where statements about the image itself have counted
  public static List<Finding> findings(
      List<Matches> states, Matches top, Map<Installed, Integer> carriers) {
    List<Set<Problem>> open = new ArrayList<>();
    Matches before = null;
    for (Matches state : states) {
      if (state.equals(before)) {
        open.add(open.getLast());
      } else {
        Set<Problem> all = new HashSet<>();
        state.all().forEach(match -> all.add(Problem.of(match)));
        open.add(all);
      }
      before = state;
    }
    Map<Problem, List<Match>> grouped = new LinkedHashMap<>();
    for (Match match : top.all()) {
      grouped.computeIfAbsent(Problem.of(match), _ -> new ArrayList<>()).add(match);
    }
    List<Finding> findings = new ArrayList<>();
    grouped.forEach((problem, matches) -> {
      int origin = runStart(open.size(), k -> open.get(k).contains(problem));
      findings.add(Finding.of(matches, origin, carriers));
    });
    findings.sort(
        Comparator.comparing(Finding::severity)
            .reversed()
            .thenComparing(Finding::source)
            .thenComparing(Finding::vulnerability));
    return findings;
  }
}

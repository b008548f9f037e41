package graft.bench;

import graft.cli.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;

/// Files that programs make of others, by the programs themselves: images that have such a file are
/// put on a base that has more to make it of, and compared with the same installation made there.
///
/// ```
/// Derived GRAFT HOST CASES SOURCES PART    with A_PID in the environment
/// ```
///
/// CASES is `bench/derived.txt`, `lab/base:1` the base of all bases. The rest is as in [Lineage].
public final class Derived {
  private static final String BASE = "lab/base:1";
  private static final String NOTHING = "-";

  /// A line of the table.
  ///
  /// @param updates whether the new base comes with the updates of the suite
  /// @param look prints what is in the file; empty if its bytes say it
  private record Case(
      String name,
      boolean updates,
      String file,
      String old,
      String now,
      String image,
      Optional<String> look) {
    static Case of(String line) {
      String[] words = line.split(" \\| ", 6);
      String name = words[0].strip();
      return new Case(
          "derived-" + name.replaceFirst("\\+.*", ""),
          name.endsWith("+security"),
          words[1].strip(),
          words[2].strip(),
          words[3].strip(),
          words[4].strip(),
          words.length < 6 ? Optional.empty() : Optional.of(words[5].strip()));
    }
  }

  private final Lab lab;

  private Derived(Lab lab) {
    this.lab = lab;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    List<Case> cases = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(args[2]))) {
      if (!line.isBlank() && !line.startsWith("#")) {
        Case one = Case.of(line);
        if (one.name().contains(args[4])) {
          cases.add(one);
        }
      }
    }
    Derived all = new Derived(Lab.of(args[0], args[1], args[3]));
    int right = 0;
    for (Case c : cases) {
      right += all.isRight(c) ? 1 : 0;
    }
    Lab.say("derived files made anew as an installation makes them: %d of %d", right, cases.size());
  }

  private boolean isRight(Case c) throws IOException, InterruptedException {
    String old = c.name() + "-old";
    String now = c.name() + "-new";
    String again = c.name() + "-again";
    lab.build(old, c.old().equals(NOTHING) ? "FROM " + BASE + "\n" : on(BASE, c.old()), Map.of());
    lab.build(
        now,
        c.updates()
            ? Dependent.installing(Lab.image(old), c.now(), lab.sources())
            : on(Lab.image(old), c.now()),
        Map.of());
    lab.build(c.name(), on(Lab.image(old), c.image()), Map.of(), "--no-cache");
    lab.build(again, on(Lab.image(now), c.image()), Map.of());
    String image = Lab.image(c.name());
    Json node =
        lab.plan(Map.of("image", image, "onto", Lab.image(now))).at("nodes").items().getFirst();
    String planned =
        node.at("verdict").text()
            + ", by "
            + node.at("generated").items().stream().map(g -> g.at("generator").text()).toList()
            + " "
            + node.at("reasons").items().stream().map(r -> r.at("text").text()).limit(3).toList();
    ImageFiles before = lab.files(image);
    Cli.Result done = lab.cli().run("", "rebase", image, "--onto", Lab.image(now));
    Matcher generation = Lineage.GENERATION.matcher(done.out());
    if (!Lab.swaps(node) || !generation.find()) {
      Lab.say("%-18s %s; not moved: %s", c.name(), planned, done.out());
      return false;
    }
    try {
      ImageFiles mine = lab.files(image);
      ImageFiles theirs = lab.files(Lab.image(again));
      Set<String> wrong = new TreeSet<>(mine.differences(theirs));
      if (mine.find(c.file()).equals(before.find(c.file()))) {
        wrong.add(c.file() + " (as it was)");
      }
      boolean same = c.look().isPresent() || mine.find(c.file()).equals(theirs.find(c.file()));
      String shown = "the same bytes";
      if (c.look().isPresent()) {
        wrong.remove(c.file());
        Cli.Result looked = lab.inside(image, c.look().get());
        same =
            looked.code() == 0
                && !looked.out().isBlank()
                && looked.out().equals(lab.inside(Lab.image(again), c.look().get()).out());
        shown = "the same " + Arrays.stream(looked.out().split("\n")).count() + " lines";
      }
      if (!same) {
        wrong.add(c.file());
      }
      if (!mine.packages().equals(theirs.packages())) {
        wrong.add("records of packages");
      }
      Lab.say(
          "%-18s %s; %s",
          c.name(), planned, wrong.isEmpty() ? shown : "differs in " + wrong.size() + ": " + wrong);
      return wrong.isEmpty();
    } finally {
      lab.cli().must("rollback", generation.group(1));
    }
  }

  private static String on(String base, String packages) {
    return Dependent.installing(base, packages);
  }
}

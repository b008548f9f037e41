package graft.bench;

import graft.cli.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.stream.Collectors;

/// Images that are put on a base of another release, where many do not work: what is accepted, and
/// what the dynamic loader says of it.
///
/// Each image comes twice: as apt has installed it, and as no more than its programs and libraries,
/// copied. Of the first the database of packages alone says no; of the second nothing does but the
/// checks of programs. What is refused is moved all the same, to see whether that was right.
///
/// ```
/// Breaks GRAFT HOST DEPENDENTS SOURCES PART OTHER...    with A_PID in the environment
/// ```
///
/// As [Lineage]; of each OTHER, a release, `lab/OTHER:1` is a base.
public final class Breaks {
  private static final String OLD = "lab/base:1";
  private static final String BASE = "lab/base:2";

  private final Lab lab;

  private int cases;
  private int breaking;
  private int accepted;
  private int acceptedBreaking;
  private int files;
  private int brokenFiles;
  private int unseenFiles;
  private int needless;

  private Breaks(Lab lab) {
    this.lab = lab;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Lab lab = Lab.of(args[0], args[1], args[3]);
    lab.makeUpdated(OLD, BASE);
    List<Dependent> dependents =
        Dependent.read(Path.of(args[2]), args[4]).stream().filter(Dependent::breaks).toList();
    new Breaks(lab).run(dependents, List.of(args).subList(5, args.length));
  }

  private void run(List<Dependent> dependents, List<String> others)
      throws IOException, InterruptedException {
    for (Dependent d : dependents) {
      lab.build(d.name() + "-again", d.dockerfile(BASE, lab.sources()), Map.of());
    }
    for (String other : others) {
      Loader alone = alone(Lab.image(other));
      Loader back = alone(BASE);
      for (Dependent d : dependents) {
        String there = d.name() + "-" + other;
        both(d, d.name() + "-again", BASE, Lab.image(other), alone);
        try {
          lab.build(there, d.dockerfileWithoutUpdates(Lab.image(other)), Map.of());
        } catch (IOException e) {
          // Unstable is that at times.
          Lab.say("%-30s cannot be made: %s", there, String.valueOf(e.getMessage()));
          continue;
        }
        both(d, there, Lab.image(other), BASE, back);
      }
    }
    Lab.say(
        "breaks: %d moves, %d of them break something by the loader; accepted %d, of which break %d",
        cases, breaking, accepted, acceptedBreaking);
    Lab.say(
        "of %d programs and libraries %d break; not seen: %d; said to break and do not: %d",
        files, brokenFiles, unseenFiles, needless);
  }

  private Loader alone(String image) throws IOException, InterruptedException {
    return Loader.of(lab.cli(), image, List.copyOf(lab.files(image).elves()));
  }

  private void both(Dependent d, String name, String from, String onto, Loader alone)
      throws IOException, InterruptedException {
    ImageFiles on = lab.files(from);
    List<String> own = lab.files(Lab.image(name)).programsBeside(on);
    String copied = name + "-files";
    lab.build(
        copied,
        "FROM "
            + Lab.image(name)
            + " AS from\nCOPY list /list\nRUN mkdir /files && tar -c -C / -T /list | tar -x -C"
            + " /files\nFROM "
            + from
            + "\nCOPY --from=from /files /\n",
        Map.of("list", String.join("\n", own) + "\n"));
    move(d, name, from, onto, alone);
    move(d, copied, from, onto, alone);
  }

  private void move(Dependent d, String name, String from, String onto, Loader alone)
      throws IOException, InterruptedException {
    String image = Lab.image(name);
    Json node =
        lab.plan(Map.of("image", image, "onto", onto, "allowReleaseChange", true))
            .at("nodes")
            .items()
            .getFirst();
    Set<String> said = new TreeSet<>();
    for (Json reason : node.at("reasons").items()) {
      if (reason.at("check").text().equals("C5")) {
        said.addAll(reason.at("paths").texts());
      }
    }
    List<String> own = lab.files(image).elvesBeside(lab.files(from));
    Loader before = Loader.of(lab.cli(), image, own);
    boolean ran = lab.inside(image, d.trial()).code() == 0;
    Matcher moved =
        Lineage.GENERATION.matcher(
            lab.cli().must("rebase", image, "--onto", onto, "--allow-release-change", "--force"));
    if (!moved.find()) {
      throw new IOException(image + " was not moved: " + moved);
    }
    Set<String> broken = new TreeSet<>();
    Set<String> unseen = new TreeSet<>();
    boolean runs;
    try {
      List<String> all = List.copyOf(lab.files(image).elves());
      Loader after = Loader.of(lab.cli(), image, all);
      for (String path : all) {
        Set<String> complaints = new TreeSet<>(after.of(path));
        complaints.removeAll((own.contains(path) ? before : alone).of(path));
        if (!complaints.isEmpty()) {
          broken.add(path);
        }
        complaints.removeIf(c -> said.stream().anyMatch(s -> c.contains(library(s))));
        if (!complaints.isEmpty() && !said.contains(path)) {
          unseen.add(path);
        }
      }
      files += all.size();
      runs = !ran || lab.inside(image, d.trial()).code() == 0;
    } finally {
      lab.cli().must("rollback", moved.group(1));
    }
    boolean takes = Lab.swaps(node);
    cases++;
    breaking += broken.isEmpty() ? 0 : 1;
    accepted += takes ? 1 : 0;
    acceptedBreaking += takes && !broken.isEmpty() ? 1 : 0;
    brokenFiles += broken.size();
    unseenFiles += unseen.size();
    Set<String> fine = new TreeSet<>(said);
    fine.removeAll(broken);
    needless += fine.size();
    Lab.say(
        "%-30s on %-16s %-7s %-13s by the loader %d break, not seen %s; needlessly %s;%s %s",
        name,
        onto,
        node.at("verdict").text(),
        node.at("trust").text(),
        broken.size(),
        unseen.stream().limit(4).toList(),
        fine.stream().limit(4).toList(),
        runs ? "" : " \"" + d.trial() + "\" fails;",
        node.at("reasons").items().stream()
            .map(r -> r.at("check").text())
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  /// The name without its version: programs of the base that get a broken library of the image's
  /// are broken by that, which is said of it.
  private static String library(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    int end = name.indexOf(".so");
    return "/" + (end < 0 ? name : name.substring(0, end + 3));
  }
}

package graft.bench;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Images on a Debian base that gets its security updates: how many can be put on the new base, and
/// whether they are what the same installation would have made there.
///
/// ```
/// Lineage GRAFT HOST DEPENDENTS SOURCES PART    with A_PID in the environment
/// ```
///
/// The bases are `lab/base:1`, and `lab/base:2`, which is made of it. SOURCES are lines of a
/// sources.list with the updates of the suite.
public final class Lineage {
  private static final String OLD = "lab/base:1";
  private static final String NEW = "lab/base:2";

  /// Nothing of a package is wrong, by the package manager itself.
  private static final String AUDIT =
      "said=$(dpkg --audit 2>&1; dpkg -V 2>&1; apt-get check -qq 2>&1; ldconfig -p 2>&1 >/dev/null);"
          + " echo \"$said\"; test -z \"$said\"";

  static final Pattern GENERATION = Pattern.compile("generation (\\d+)");

  private final Lab lab;
  private final List<Dependent> dependents;
  private final Set<String> notAgain = new HashSet<>();

  private Lineage(Lab lab, List<Dependent> dependents) {
    this.lab = lab;
    this.dependents = dependents;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Lab lab = Lab.of(args[0], args[1], args[3]);
    lab.makeUpdated(OLD, NEW);
    new Lineage(lab, Dependent.read(Path.of(args[2]), args[4])).run();
  }

  private void run() throws IOException, InterruptedException {
    for (Dependent d : dependents) {
      lab.build(d.name(), d.dockerfile(OLD, lab.sources()), Map.of());
      try {
        lab.build(d.name() + "-again", d.dockerfile(NEW, lab.sources()), Map.of());
      } catch (IOException e) {
        notAgain.add(d.name());
      }
    }
    List<Dependent> swapped = judge();
    for (int i = 0; i < 3; i++) {
      Lab.Timed<Json> plan = lab.timed(() -> lab.plan(OLD, NEW));
      Lab.say(
          "planned %d images in %.2f s, %.2f s of CPU time",
          plan.value().at("nodes").items().size(), plan.seconds(), plan.cpuSeconds());
    }
    long before = lab.engine().writtenBytes();
    Lab.Timed<Cli.Result> all =
        lab.timed(() ->
            lab.cli()
                .run(
                    "",
                    "rebase",
                    OLD,
                    "--onto",
                    NEW,
                    "--replace",
                    "--tree",
                    "--on-failure",
                    "continue"));
    Matcher generation = GENERATION.matcher(all.value().out());
    if (!generation.find()) {
      throw new IOException("nothing was moved: " + all.value().out());
    }
    try {
      compare(swapped, all, lab.engine().writtenBytes() - before);
    } finally {
      Lab.Timed<String> back = lab.timed(() -> lab.cli().must("rollback", generation.group(1)));
      Lab.say("rolled back in %.2f s", back.seconds());
    }
  }

  private void compare(List<Dependent> swapped, Lab.Timed<Cli.Result> all, long written)
      throws IOException, InterruptedException {
    Lab.say(
        "planned and applied to %d images in %.2f s, %.2f s of CPU time",
        swapped.size(), all.seconds(), all.cpuSeconds());
    Lab.say("written %.1f KB for each", written / 1e3 / swapped.size());
    Lab.Timed<Long> scans =
        lab.timed(() -> {
          long bytes = 0;
          for (Dependent d : swapped) {
            String name = Engine.encode(Lab.image(d.name()));
            bytes += lab.api().read("/graft/v1/lineage/images/" + name + "/packages");
          }
          return bytes;
        });
    Lab.say("packages of each listed in %.0f ms", 1000 * scans.seconds() / swapped.size());
    int equal = 0;
    for (Dependent d : swapped) {
      equal += isRight(d) ? 1 : 0;
    }
    Lab.say("the same as done again: %d of %d", equal, swapped.size());
    List<Dependent> some = swapped.stream().limit(5).toList();
    double again = 0;
    for (Dependent d : some) {
      again +=
          lab.timed(
                  () -> {
                    lab.build(
                        d.name() + "-again",
                        d.dockerfile(NEW, lab.sources()),
                        Map.of(),
                        "--no-cache");
                    return d;
                  })
              .seconds();
    }
    Lab.say("doing it again: %.1f s each", again / Math.max(1, some.size()));
  }

  /// Those that can be swapped; the others are removed.
  private List<Dependent> judge() throws IOException, InterruptedException {
    Map<String, Json> nodes = new HashMap<>();
    for (Json node : lab.plan(OLD, NEW).at("nodes").items()) {
      node.at("names").texts().forEach(n -> nodes.put(n, node));
    }
    List<Dependent> swapped = new ArrayList<>();
    int refused = 0;
    int impossible = 0;
    for (Dependent d : dependents) {
      Json node = nodes.getOrDefault(Lab.image(d.name()), Json.NULL);
      List<String> why =
          node.at("reasons").items().stream().map(r -> r.at("text").text()).limit(3).toList();
      boolean aptToo = notAgain.contains(d.name());
      Lab.say(
          "%-20s %s, %s, %d bytes%s %s",
          d.name(),
          node.at("verdict").text(),
          node.at("trust").text(),
          node.at("written").number(),
          aptToo ? "; apt itself does not install it there" : "",
          why.isEmpty() ? "" : why.toString());
      if (Lab.swaps(node)) {
        swapped.add(d);
      } else {
        lab.cli().must("rmi", Lab.image(d.name()));
        impossible += aptToo ? 1 : 0;
        refused += aptToo ? 0 : 1;
      }
    }
    Lab.say(
        "swapped %d of %d (%.0f %%); not counted: %d that apt itself would not install",
        swapped.size(),
        swapped.size() + refused,
        100.0 * swapped.size() / Math.max(1, swapped.size() + refused),
        impossible);
    return swapped;
  }

  private boolean isRight(Dependent d) throws IOException, InterruptedException {
    String image = Lab.image(d.name());
    String again = Lab.image(d.name() + "-again");
    ImageFiles mine = lab.files(image);
    ImageFiles theirs = lab.files(again);
    Map<String, String> packages = mine.packages();
    Map<String, String> expected = theirs.packages();
    long same =
        packages.entrySet().stream()
            .filter(e -> e.getValue().equals(expected.get(e.getKey())))
            .count();
    List<String> differences = mine.differences(theirs);
    Cli.Result audit = lab.inside(image, AUDIT);
    Cli.Result trial = lab.inside(image, d.trial());
    List<String> own = mine.elvesBeside(lab.files(NEW));
    Set<String> broken =
        Loader.of(lab.cli(), image, own).worseThan(Loader.of(lab.cli(), again, own));
    Lab.say(
        "%-20s %d of %d records as done again, %d of %d paths differ %s, dpkg %s, %s, loader on %d"
            + " files: %s",
        d.name(),
        same,
        expected.size(),
        differences.size(),
        mine.size(),
        differences.stream().limit(6).toList(),
        audit.code() == 0 ? "content" : audit.out(),
        trial.code() == 0 ? "runs" : "does not run: " + trial.out(),
        own.size(),
        broken.isEmpty() ? "content" : broken.toString());
    return packages.equals(expected)
        && differences.isEmpty()
        && audit.code() == 0
        && trial.code() == 0
        && broken.isEmpty();
  }
}

package graft.cli.tree;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// `graft why`: how a vulnerability came into an image.
final class Why implements Verb {
  @Override
  public Options options() {
    return new Options("why", "Say how a vulnerability or a package came into an image")
        .arguments(2, 2, "IMAGE CVE|PACKAGE")
        .flag("Print what the engine answered, as one JSON document", "--json")
        .details(
            """
            Says which image brought it in, by which layer and which line of which Dockerfile (where
            a recipe tells), which one has the package as it is now, where its files are, which
            version fixes it, and what else has it. With the name of a package: all that is known of
            it. Exits with 1 if the image has none of it.\
            """)
        .example("graft why shop/cart:1.4 CVE-2026-45447", "the way it took")
        .example("graft why shop/cart:1.4 libssl3", "the same of all that is wrong with a package");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String image = Engine.encode(line.argument(0));
    String what = line.argument(1);
    Json found = engine.get("/graft/v1/lineage/images/" + image + "/findings");
    List<Json> wanted =
        found.at("findings").items().stream().filter(f -> isAbout(f, what)).toList();
    if (line.flag("--json")) {
      System.out.println(Json.of(wanted).pretty());
      return wanted.isEmpty() ? 1 : 0;
    }
    if (wanted.isEmpty()) {
      System.err.println(
          "graft: "
              + line.argument(0)
              + " has no "
              + what
              + " by the advisories that were imported"
              + (found.at("unknown").isEmpty()
                  ? ""
                  : "; there are none for " + String.join(", ", found.at("unknown").texts())));
      return 1;
    }
    List<Json> chain = new ArrayList<>();
    chain.addAll(engine.get("/graft/v1/lineage/images/" + image + "/ancestry").at("nodes").items());
    for (int i = 0; i < wanted.size(); i++) {
      if (i > 0) {
        System.out.println();
      }
      explain(found, wanted.get(i), chain, engine);
    }
    return 0;
  }

  private static boolean isAbout(Json finding, String what) {
    return finding.at("id").text().equalsIgnoreCase(what)
        || finding.at("aliases").texts().stream().anyMatch(what::equalsIgnoreCase)
        || finding.at("records").items().stream()
            .anyMatch(r -> r.at("id").text().equalsIgnoreCase(what))
        || finding.at("source").text().equals(what)
        || finding.at("packages").items().stream().anyMatch(p -> p.at("name").text().equals(what));
  }

  private static void explain(Json image, Json finding, List<Json> ancestors, Engine engine)
      throws IOException {
    say(
        finding.at("id").text(),
        finding.at("severity").text().toUpperCase(Locale.ROOT)
            + (finding.at("summary").isEmpty() ? "" : "  " + finding.at("summary").text()));
    for (Json one : finding.at("packages").items()) {
      say(
          "  package",
          one.at("name").text()
              + " "
              + one.at("version").text()
              + (one.at("name").text().equals(finding.at("source").text())
                  ? ""
                  : " (of " + finding.at("source").text() + ")"));
      if (!one.at("path").isEmpty()) {
        say("  path", one.at("path").text());
      }
      say("  carrier", Places.sentence(one.at("carrier")));
    }
    say("  origin", Places.sentence(finding.at("origin")));
    List<String> way = new ArrayList<>();
    way.add(Places.name(image.at("names").texts(), image.at("image").text()));
    ancestors.forEach(n -> way.add(Places.name(n.at("names").texts(), n.at("id").text())));
    say("  chain", String.join(" <- ", way));
    say(
        "  fix",
        finding.at("fixed").isNull()
            ? "none yet"
            : finding.at("source").text() + " " + finding.at("fixed").text());
    if (!finding.at("suppressed").isNull()) {
      Json by = finding.at("suppressed");
      say(
          "  VEX",
          by.at("status").text()
              + " by "
              + by.at("document").text()
              + " "
              + by.at("reason").text());
      return;
    }
    Json all = engine.get("/graft/v1/lineage/vulns/" + Engine.encode(finding.at("id").text()));
    List<String> others =
        all.at("nodes").items().stream()
            .filter(n -> !n.at("image").text().equals(image.at("image").text()))
            .map(n -> Places.name(n.at("names").texts(), n.at("image").text()))
            .distinct()
            .toList();
    if (!others.isEmpty()) {
      say(
          "  also in",
          others.size()
              + (others.size() == 1 ? " image: " : " images: ")
              + String.join(", ", others.subList(0, Math.min(10, others.size())))
              + (others.size() > 10 ? ", …" : ""));
    }
  }

  private static void say(String what, String text) {
    System.out.println(what + " ".repeat(Math.max(1, 11 - what.length())) + text.stripTrailing());
  }
}

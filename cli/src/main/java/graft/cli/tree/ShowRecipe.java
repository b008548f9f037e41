package graft.cli.tree;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// `graft recipe`: how an image was made.
final class ShowRecipe implements Verb {
  private static final int SHORT = 70;

  @Override
  public Options options() {
    return new Options("recipe", "Show how an image was made, step by step")
        .arguments(1, 1, "IMAGE")
        .flag("Do not shorten", "--no-trunc")
        .flag("Print the Dockerfile alone", "--dockerfile")
        .flag("List the files that were used instead", "--files")
        .value("MODE", "Print SLSA provenance instead: min or max", "--provenance")
        .listed("Only print the diff IDs of the layers it made")
        .details(
            """
            LINE is that of the Dockerfile; STAGE is empty in a file of one. Steps without a layer
            changed settings alone, 'cached' ones had been done before. --json is all of it.\
            """)
        .example("graft recipe my/web", "the steps and what each made")
        .example("graft recipe --dockerfile my/web", "the Dockerfile it was built from")
        .example("graft recipe --files my/web", "the files it was built from");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String route = "/graft/v1/images/" + Engine.encode(line.argument(0)) + "/recipe";
    if (line.flag("--files")) {
      return files(line, engine.get(route + "/files"));
    }
    if (line.given("--provenance")) {
      String image = "/graft/v1/images/" + Engine.encode(line.argument(0));
      System.out.println(
          engine
              .get(
                  image
                      + "/provenance"
                      + Engine.query("mode", line.text("--provenance"), "version", "v1"))
              .pretty());
      return 0;
    }
    Json recipe = engine.get(route);
    if (line.flag("--dockerfile")) {
      System.out.print(recipe.at("dockerfile", "text").text());
      return 0;
    }
    if (Listing.raw(line, recipe)) {
      return 0;
    }
    boolean bare = line.flag("--quiet") || line.given("--format");
    if (recipe.at("type").text().equals("commit")) {
      System.out.println(
          "Commit of container "
              + Human.shortId(recipe.at("container").text())
              + " on "
              + base(recipe.at("base"), line.flag("--no-trunc")));
      return 0;
    }
    if (!bare) {
      head(recipe, line.flag("--no-trunc"));
    }
    Listing.print(line, steps(recipe, line.flag("--no-trunc"), line.flag("--quiet")), "Layer");
    return 0;
  }

  /// `Dockerfile:7` of an answer that names the line of a layer; empty if it does not.
  static String line(Json layer) {
    return layer.at("line").isEmpty()
        ? ""
        : layer.at("dockerfile").text() + ":" + layer.at("line").text();
  }

  private static void head(Json recipe, boolean whole) {
    List<String> lines = new ArrayList<>();
    String target = recipe.at("target").text();
    lines.add(
        "Dockerfile  "
            + recipe.at("dockerfile", "path").text()
            + (target.isEmpty() ? "" : " --target " + target)
            + " for "
            + recipe.at("platform").text());
    for (Json base : recipe.at("bases").items()) {
      lines.add("Base        " + base(base, whole));
    }
    for (Json source : recipe.at("sources").items()) {
      lines.add("Files       " + source(source));
    }
    recipe
        .at("arguments")
        .fields()
        .forEach((name, value) -> lines.add("Argument    " + name + "=" + value.text()));
    Instant started = Instant.parse(recipe.at("started").text());
    lines.add(
        "Built       "
            + Human.ago(started.getEpochSecond())
            + ", took "
            + seconds(started, Instant.parse(recipe.at("finished").text())));
    lines.forEach(System.out::println);
    System.out.println();
  }

  private static String base(Json base, boolean whole) {
    if (base.at("type").text().equals("result")) {
      return base.at("name").text() + " (another build)";
    }
    String digest = (base.at("index").isEmpty() ? base.at("manifest") : base.at("index")).text();
    return base.at("reference").text() + "@" + (whole ? digest : Human.shortId(digest));
  }

  private static String source(Json source) {
    String name =
        source.at("use", "type").text().equals("add")
            ? source.at("use", "url").text()
            : source.at("use", "name").isEmpty()
                ? "context"
                : "context " + source.at("use", "name").text();
    String from =
        switch (source.at("origin", "type").text()) {
          case "git" ->
              " "
                  + source.at("origin", "url").text()
                  + " at "
                  + source.at("origin", "commit").text();
          case "http" -> " " + source.at("origin", "content").text();
          default -> "";
        };
    Json tree = source.at("tree");
    return name
        + from
        + (tree.isEmpty()
            ? ": not recorded"
            : ": "
                + tree.at("files").text()
                + (tree.at("files").number() == 1 ? " entry, " : " entries, ")
                + Human.size(tree.at("bytes").number())
                + (tree.at("kept").truth() ? ", kept" : ", listed but not kept"));
  }

  private static Table steps(Json recipe, boolean whole, boolean quiet) {
    Table table =
        new Table(
            "Line=LINE",
            "Stage=STAGE",
            "Step=STEP",
            "Layer=LAYER",
            "Size=SIZE",
            "Took=TOOK",
            " User=USER",
            " Directory=DIRECTORY",
            " Packages=PACKAGES");
    for (Json stage : recipe.at("stages").items()) {
      for (Json step : stage.at("steps").items()) {
        Json result = step.at("result");
        if (quiet && result.isEmpty()) {
          continue;
        }
        String instruction = step.at("instruction").text().replace('\n', ' ');
        String layer = result.at("layer").text();
        table.add(
            step.at("first").text(),
            stage.at("name").text(),
            (step.at("trigger").truth() ? "ONBUILD " : "")
                + (whole ? instruction : Human.ellipsis(instruction, SHORT)),
            whole || quiet ? layer : Human.shortId(layer),
            result.isEmpty() ? "" : Human.size(result.at("bytes").number()),
            result.isEmpty()
                ? ""
                : result.at("cached").truth()
                    ? "cached"
                    : seconds(
                        Instant.parse(result.at("started").text()),
                        Instant.parse(result.at("finished").text())),
            step.at("user").text(),
            step.at("directory").text(),
            packages(result.at("packages")));
      }
    }
    return table;
  }

  /// `+curl 8.14.1-2 -wget 1.25.0-2`.
  private static String packages(Json changed) {
    List<String> words = new ArrayList<>();
    for (Json one : changed.at("added").items()) {
      words.add("+" + one.at("name").text() + " " + one.at("version").text());
    }
    for (Json one : changed.at("removed").items()) {
      words.add("-" + one.at("name").text() + " " + one.at("version").text());
    }
    if (changed.at("truncated").truth()) {
      words.add("and more");
    }
    return String.join(" ", words);
  }

  private static String seconds(Instant from, Instant to) {
    return String.format("%.1fs", Duration.between(from, to).toMillis() / 1000.0);
  }

  private static int files(Line line, Json answer) {
    if (Listing.raw(line, answer)) {
      return 0;
    }
    Table table =
        new Table(
            "Mode=MODE",
            "Owner=OWNER",
            "Size=SIZE",
            "Source=SOURCE",
            "Path=PATH",
            " Content=CONTENT");
    for (Json source : answer.at("sources").items()) {
      String name =
          source.at("add").isEmpty()
              ? source.at("context").isEmpty() ? "context" : source.at("context").text()
              : source.at("add").text();
      for (Json file : source.at("files").items()) {
        String link = file.at("link").text();
        table.add(
            file.at("mode").text(),
            file.at("uid").text() + ":" + file.at("gid").text(),
            file.at("type").text().equals("file") ? Human.size(file.at("size").number()) : "",
            name,
            file.at("path").text()
                + (file.at("type").text().equals("directory") ? "/" : "")
                + (link.isEmpty() ? "" : " -> " + link),
            file.at("content").text());
      }
    }
    Listing.print(line, table, "Path");
    return 0;
  }
}

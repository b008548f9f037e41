package graft.cli.tree;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import graft.cli.verb.ImagePath;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft blame IMAGE:/path`.
final class Blame implements Verb {
  private static final int SHORT = 60;

  @Override
  public Options options() {
    return new Options("blame", "Show which layers made a file, and which image brought them")
        .arguments(1, 1, "IMAGE:/PATH")
        .flag("Do not shorten", "--no-trunc")
        .listed("Only print the layer that has the file")
        .details(
            """
            The newest layer is first: what it has is what a container sees. 'deleted' is a layer
            that removed the file from those below. LINE is that of the Dockerfile which made the
            layer, where its image was built here.\
            """)
        .example("graft blame my/web:/etc/passwd", "who last changed it, and who before")
        .example("graft blame --json my/web:/etc/passwd", "the same for a script");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    ImagePath what = ImagePath.of(line.argument(0));
    Json answer = engine.get(what.route() + "/blame" + Engine.query("path", what.path()));
    if (Listing.raw(line, answer)) {
      return 0;
    }
    if (line.flag("--quiet")) {
      System.out.println(answer.at("layer").text());
      return 0;
    }
    boolean whole = line.flag("--no-trunc");
    Table table =
        new Table(
            "Layer=LAYER",
            "Change=CHANGE",
            "Image=IMAGE",
            "CreatedSince=CREATED",
            "Line=LINE",
            "CreatedBy=CREATED BY",
            " Created=CREATED AT",
            " Index=INDEX");
    int left = answer.at("history").items().size();
    for (Json step : answer.at("history").items()) {
      left--;
      String names = String.join(", ", step.at("image", "names").texts());
      String layer = step.at("layer").text();
      String image = step.at("image", "id").text();
      String created = step.at("created").text();
      String by = step.at("createdBy").text();
      table.add(
          whole ? layer : Human.shortId(layer),
          step.at("deleted").truth() ? "deleted" : left == 0 ? "added" : "changed",
          names.isEmpty() ? (whole ? image : Human.shortId(image)) : names,
          created.isEmpty() ? "N/A" : Human.ago(java.time.Instant.parse(created).getEpochSecond()),
          ShowRecipe.line(step),
          whole ? by : Human.ellipsis(by, SHORT),
          created,
          Long.toString(step.at("index").number() + 1));
    }
    Listing.print(line, table, "Layer");
    return 0;
  }
}

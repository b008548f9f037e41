package graft.cli.command;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import java.io.IOException;

/// `graft rmi`, `graft tag` and `graft history`.
public final class OneImage implements Verb {
  @Override
  public Options options(String name) {
    return switch (name) {
      case "rmi" ->
          new Options(name, "Remove images")
              .flag("Even if containers use it", "-f", "--force")
              .flag("Keep untagged parents", "--no-prune")
              .arguments("IMAGE...");
      case "tag" -> new Options(name, "Give an image one more name").arguments("IMAGE NAME[:TAG]");
      default ->
          new Options(name, "How an image came to be")
              .flag("Do not shorten", "--no-trunc")
              .value("FORMAT", "json or a Go template", "--format")
              .arguments("IMAGE");
    };
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String first = "/images/" + Engine.encode(line.arguments(1, -1).getFirst());
    if (line.verb().equals("tag")) {
      String name = line.arguments(2, 2).get(1);
      int colon = name.lastIndexOf(':');
      boolean tagged = colon > name.lastIndexOf('/');
      String repo = tagged ? name.substring(0, colon) : name;
      String tag = tagged ? name.substring(colon + 1) : "latest";
      engine
          .send("POST", first + "/tag" + Engine.query("repo", repo, "tag", tag), Body.NONE)
          .close();
    } else if (line.verb().equals("rmi")) {
      String query =
          Engine.query(
              "force",
              line.flag("--force") ? "1" : "",
              "noprune",
              line.flag("--no-prune") ? "1" : "");
      for (String name : line.arguments()) {
        for (Json step : engine.delete("/images/" + Engine.encode(name) + query).items()) {
          step.fields().forEach((what, which) -> System.out.println(what + ": " + which.text()));
        }
      }
    } else {
      boolean whole = line.flag("--no-trunc");
      Table table =
          new Table(
              "ID=IMAGE",
              "CreatedSince=CREATED",
              "CreatedBy=CREATED BY",
              "Size=SIZE",
              "Comment=COMMENT");
      for (Json step : engine.get(first + "/history").items()) {
        String by = step.at("CreatedBy").text();
        String id = step.at("Id").text();
        table.add(
            whole ? id : Human.shortId(id),
            Human.ago(step.at("Created").number()),
            whole ? by : Human.ellipsis(by, 45),
            Human.size(step.at("Size").number()),
            step.at("Comment").text());
      }
      System.out.print(table.render(line.text("--format")));
    }
    return 0;
  }
}

package graft.cli.rollout;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft rollback`.
final class Rollback implements Verb {
  @Override
  public Options options() {
    return Applying.recreating(
            new Options("rollback", "Move names back to where they were before a roll-out")
                .arguments(0, 1, "[GENERATION]"))
        .flag("Take names back that have moved since", "--force")
        .flag("Let go what the generation replaced, and move nothing", "--forget")
        .flag("Print what the engine answered, as JSON", "--json")
        .details(
            """
            Without a number, it is the latest that is not rolled back. All names move, or none. What
            a generation replaced is kept until it is forgotten, or ten more have come.\
            """)
        .example("graft rollback", "undo the latest roll-out")
        .example("graft rollback --forget 3", "free the disk of what generation 3 replaced");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String number = line.argumentOrNone(0);
    String route = "/graft/v1/lineage/generations/";
    if (number == null || number.isEmpty()) {
      if (line.flag("--forget")) {
        throw line.refuse("name the generation to be forgotten");
      }
      number = latest(engine);
    }
    if (line.flag("--forget")) {
      engine.delete(route + Engine.encode(number));
      return 0;
    }
    String query =
        Engine.query(
            "force", line.flag("--force") ? "1" : "",
            "recreate", line.flag("--recreate") ? "1" : "",
            "grace", line.text("--grace", ""));
    try (Reply reply =
        engine.send("POST", route + Engine.encode(number) + "/rollback" + query, Body.NONE)) {
      return Applying.follow(line, reply);
    }
  }

  private static String latest(Engine engine) throws IOException {
    for (Json one : engine.get("/graft/v1/lineage/generations").items()) {
      if (!one.at("state").text().equals("rolled back")) {
        return one.at("generation").text();
      }
    }
    throw new IOException("there is no roll-out to go back from");
  }
}

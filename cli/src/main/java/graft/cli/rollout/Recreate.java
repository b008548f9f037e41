package graft.cli.rollout;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/// `graft recreate`.
final class Recreate implements Verb {
  @Override
  public Options options() {
    return Applying.grace(
            new Options("recreate", "Make running containers anew whose image's name has moved")
                .arguments(0, -1, "[CONTAINER...]")
                .value(
                    "WORD",
                    "When one fails: stop, continue with the others, or rollback all",
                    "--on-failure"))
        .flag("Print what the engine answered, as JSON", "--json")
        .details(
            """
            A container is made as it was asked for, of the image that the name of its image means
            now: with its name, networks, ports and volumes. It takes the place of the one that runs,
            which has it again if it does not become healthy. One is made after the other.

            Without CONTAINER, all are meant that have a restart policy or the label
            graft.lineage.recreate=true.\
            """)
        .example("graft recreate", "after a pull, a build, or a roll-out without --recreate")
        .example("graft recreate web --grace 30", "this one; it has to run for half a minute");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("containers", line.arguments());
    body.put("onFailure", line.text("--on-failure", "stop"));
    if (line.given("--grace")) {
      body.put("grace", line.number("--grace", 0));
    }
    try (Reply reply =
        engine.send("POST", "/graft/v1/lineage/recreate", Body.json(Json.of(body).write()))) {
      return Applying.follow(line, reply);
    }
  }
}

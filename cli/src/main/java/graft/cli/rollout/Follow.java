package graft.cli.rollout;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `graft follow`.
final class Follow implements Verb {
  @Override
  public Options options() {
    return new Options("follow", "Let all that stands on an image follow it when its name moves")
        .arguments(0, 1, "[IMAGE]")
        .value(
            "WORDS", "Swaps that are taken: of proven,checked,merge; all by default", "--verdicts")
        .value("WORDS", "Trust that is taken: of distro-stable,unknown", "--trust")
        .flag("Build images again where they cannot be swapped", "--rerun")
        .value("COMMAND", "Run in each new image; if one fails, nothing moves", "--test")
        .flag("Follow it no more", "--stop")
        .listed("Only print the names")
        .details(
            """
            Whenever the name comes to mean another image, by a pull, a build, a tag or a registry's
            webhook, a plan is made. If all of it is within the policy, it is carried out; if not,
            it is left to you, and 'graft follow' and an event say so.

            Without IMAGE: what is followed, and what became of it last.\
            """)
        .example("graft follow debian:bookworm", "what distributions vouch for, and nothing else")
        .example("graft follow my/base --rerun --test /check", "builds too, if all pass a test")
        .example("graft follow", "what happened");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    if (line.arguments().isEmpty()) {
      return list(line, engine);
    }
    String route = "/graft/v1/lineage/follow/" + Engine.encode(line.argument(0));
    if (line.flag("--stop")) {
      engine.delete(route);
      return 0;
    }
    Map<String, Object> policy = new LinkedHashMap<>();
    if (line.given("--verdicts")) {
      policy.put("verdicts", List.of(line.text("--verdicts").split(",")));
    }
    if (line.given("--trust")) {
      policy.put("trust", List.of(line.text("--trust").split(",")));
    }
    policy.put("rerun", line.flag("--rerun"));
    if (line.given("--test")) {
      policy.put("test", line.text("--test"));
    }
    try (Reply reply = engine.send("PUT", route, Body.json(Json.of(policy).write()))) {
      System.out.println(reply.json().at("name").text());
    }
    return 0;
  }

  private static int list(Line line, Engine engine) throws IOException {
    Json all = engine.get("/graft/v1/lineage/follow");
    if (Listing.raw(line, all)) {
      return 0;
    }
    Table table = new Table("Name=NAME", "State=STATE", "Last=LAST", " Plan=PLAN");
    for (Json one : all.items()) {
      table.add(
          one.at("name").text(),
          one.at("state").text(),
          one.at("last", "text").text(),
          one.at("last", "plan").isEmpty() ? "" : Human.shortId(one.at("last", "plan").text()));
    }
    Listing.print(line, table, "Name");
    return 0;
  }
}

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
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `graft follow`.
final class Follow implements Verb {
  private static final Pattern TIME = Pattern.compile("([1-9][0-9]{0,5})([mhd])");

  @Override
  public Options options() {
    return new Options("follow", "Let all that stands on an image follow it when its name moves")
        .arguments(0, 1, "[IMAGE]")
        .value(
            "WORDS", "Swaps that are taken: of proven,checked,merge; all by default", "--verdicts")
        .value("WORDS", "Trust that is taken: of distro-stable,unknown", "--trust")
        .flag("Build images again where they cannot be swapped", "--rerun")
        .value("COMMAND", "Run in each new image; if one fails, nothing moves", "--test")
        .value("TIME", "Ask its registry so often: 30m, 6h, 1d; else only --now", "--every")
        .flag("Ask the registry of one that is followed now", "--now")
        .flag("Then make running containers anew; if one fails, all goes back", "--recreate")
        .flag("Follow it no more", "--stop")
        .listed("Only print the names")
        .details(
            """
            Whenever the name comes to mean another image, by a pull, a build, a tag or a registry's
            webhook, a plan is made. If all of it is within the policy, it is carried out; if not,
            it is left to you, and 'graft follow' and an event say so.

            With --every the engine asks the registry what is behind the name, and pulls it when
            that is another image by then. It is asked once at the beginning, so you know whether it
            can be. A registry that does not answer is asked again after a minute, two, four; one
            that says no after the whole time. The engine keeps no logins of yours: for registries
            that want one give it a file (graft daemon --registry-auth-file).

            Without IMAGE: what is followed, and what became of it last.\
            """)
        .example("graft follow debian:bookworm", "what distributions vouch for, and nothing else")
        .example("graft follow debian:bookworm --every 6h", "and look for it by itself")
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
    if (line.flag("--now")) {
      return ask(engine, route);
    }
    Map<String, Object> policy = new LinkedHashMap<>();
    if (line.given("--every")) {
      policy.put("every", seconds(line));
    }
    if (line.given("--verdicts")) {
      policy.put("verdicts", List.of(line.text("--verdicts").split(",")));
    }
    if (line.given("--trust")) {
      policy.put("trust", List.of(line.text("--trust").split(",")));
    }
    policy.put("rerun", line.flag("--rerun"));
    policy.put("recreate", line.flag("--recreate"));
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
    Table table =
        new Table(
            "Name=NAME", "State=STATE", "Every=EVERY", "Asked=ASKED", "Last=LAST", " Plan=PLAN");
    for (Json one : all.items()) {
      Json registry = one.at("registry");
      boolean failed = registry.at("failures").number() > 0;
      table.add(
          one.at("name").text(),
          failed ? "unreachable" : one.at("state").text(),
          registry.at("every").isEmpty() ? "" : every(registry.at("every").number()),
          registry.at("asked").isEmpty()
              ? ""
              : Human.ago(Instant.parse(registry.at("asked").text()).getEpochSecond()),
          failed ? registry.at("trouble").text() : one.at("last", "text").text(),
          one.at("last", "plan").isEmpty() ? "" : Human.shortId(one.at("last", "plan").text()));
    }
    Listing.print(line, table, "Name");
    return 0;
  }

  /// What is pulled makes the name move; what becomes of that the list says, as for any move.
  private static int ask(Engine engine, String route) throws IOException {
    try (Reply reply = engine.send("POST", route + "/ask", Body.NONE)) {
      Json one = reply.json();
      String trouble = one.at("registry", "trouble").text();
      if (!trouble.isEmpty()) {
        System.err.println("graft: " + trouble);
        return 1;
      }
      System.out.println(one.at("name").text() + " " + one.at("registry", "digest").text());
      return 0;
    }
  }

  private static long seconds(Line line) {
    String text = line.text("--every");
    Matcher m = TIME.matcher(text);
    if (!m.matches()) {
      throw line.refuse("--every " + text + " is no time: give a number with m, h or d, as 6h");
    }
    long number = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "m" -> number * 60;
      case "h" -> number * 3600;
      default -> number * 86400;
    };
  }

  private static String every(long seconds) {
    if (seconds % 86400 == 0) {
      return seconds / 86400 + "d";
    }
    return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds / 60 + "m";
  }
}

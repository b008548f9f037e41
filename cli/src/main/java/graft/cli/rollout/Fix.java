package graft.cli.rollout;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// `graft fix`.
final class Fix implements Verb {
  @Override
  public Options options() {
    return Applying.options(
            new Options("fix", "Fix the image that carries something, and all that stands on it")
                .arguments(1, 2, "CVE|PACKAGE|IMAGE", "apply FILE")
                .list("IMAGE", "Only this one of those that carry it; may be repeated", "--image")
                .value(
                    "WORD",
                    "How it is made anew: patch (a step upgrades packages), rerun (its recipe), pull",
                    "--how")
                .value("NEW", "Take this image instead of making one", "--onto")
                .flag(
                    "Take a base of another release of the distribution", "--allow-release-change"))
        .details(
            """
            The image whose layer has what is wrong is made anew: by a step that upgrades its
            packages, by its recipe, or as its registry has it now. Then all that stands on it is put
            on that, as 'graft rebase' does it, and all names move at once.

            Where children have it in layers of their own, too, each of these is made anew as well,
            before it is put on the new base.

            With --dry-run or --plan the images are made, without names, and nothing moves: what is
            said of the others is said of what they would stand on. They are kept for a day, or until
            the plan cannot be carried out any more; after a --dry-run that nobody has got the plan
            of, they go at once.

            With --onto, the name of the image moves to the new one as well; 'graft rebase IMAGE
            --onto NEW --replace' moves only what stands on it.\
            """)
        .example(
            "graft fix CVE-2026-45447 --dry-run", "where it comes from, and what would be done")
        .example("graft fix openssl --plan plan.json", "a plan to be looked at")
        .example("graft fix apply plan.json --test 'my-app --version'", "carry it out");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    if (line.argument(0).equals("apply") && line.arguments().size() == 2) {
      Json plan;
      try (Reply reply =
          engine.send(
              "POST",
              "/graft/v1/lineage/plans/bring",
              Body.json(Files.readString(Path.of(line.argument(1)))))) {
        plan = reply.json();
      }
      return Applying.run(line, engine, plan);
    }
    if (line.arguments().size() > 1) {
      throw line.refuse("one thing is fixed at a time");
    }
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("kind", "fix");
    body.put("what", line.argument(0));
    body.put("images", line.list("--image"));
    body.put("how", line.text("--how"));
    body.put("onto", line.text("--onto"));
    body.put("allowReleaseChange", line.flag("--allow-release-change"));
    body.put("force", line.flag("--force"));
    Json plan = engine.post("/graft/v1/lineage/plans", body);
    int code = Applying.run(line, engine, plan);
    if (line.flag("--dry-run") && !line.given("--plan") && !line.flag("--json")) {
      // Nobody has got it, so nobody will carry it out: what was made for it goes.
      engine.delete("/graft/v1/lineage/plans/" + Engine.encode(plan.at("digest").text()));
    }
    return code;
  }
}

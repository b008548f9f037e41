package graft.cli.rollout;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/// `graft rebase`.
final class Rebase implements Verb {
  @Override
  public Options options() {
    return Applying.options(
            new Options("rebase", "Put images on another base")
                .arguments(1, 1, "IMAGE --onto NEW")
                .value("NEW", "The new base", "--onto")
                .flag("With all that stands on IMAGE", "--tree")
                .flag(
                    "NEW takes the place of IMAGE: what stands on IMAGE moves, IMAGE stays",
                    "--replace")
                .flag(
                    "Take a base of another release of the distribution", "--allow-release-change"))
        .details(
            """
            Layers of an image are kept where its base's changes do not concern them, so that they
            cost nothing; databases of packages and the like, which both have changed, are merged
            into one small layer. Where that cannot be done, an image is built again by its recipe,
            or, without one, left where it is, and the reason is told.

            All names move at once, or none. 'graft rollback' moves them back.\
            """)
        .example("graft rebase my/web --onto debian:new --dry-run", "what would be done, and why")
        .example(
            "graft rebase debian:old --onto debian:new --replace", "all that stands on debian:old")
        .example("graft rebase my/web --onto debian:new --plan p.json", "to be looked at first");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    if (!line.given("--onto")) {
      throw line.refuse("name the new base: --onto NEW");
    }
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("kind", "rebase");
    body.put("image", line.argument(0));
    body.put("onto", line.text("--onto"));
    body.put("tree", line.flag("--tree"));
    body.put("replace", line.flag("--replace"));
    body.put("allowReleaseChange", line.flag("--allow-release-change"));
    body.put("force", line.flag("--force"));
    Json plan = engine.post("/graft/v1/lineage/plans", body);
    return Applying.run(line, engine, plan);
  }
}

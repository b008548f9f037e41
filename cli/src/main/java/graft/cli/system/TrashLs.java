package graft.cli.system;

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

/// `graft trash ls`.
final class TrashLs implements Verb {
  @Override
  public Options options() {
    return new Options("trash ls", "List what was removed and can be brought back")
        .arguments(0, 0)
        .listed("Only print the ids")
        .details("The latest first. SIZE is empty for a moment after a removal.")
        .example("graft trash ls", "what 'graft undo' could bring back");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json trash = engine.get("/graft/v1/trash");
    if (Listing.raw(line, trash)) {
      return 0;
    }
    Table table =
        new Table(
            "ID=ID", "Kind=KIND", "Name=NAME", "Removed=REMOVED", "Kept=KEPT FOR", "Size=SIZE");
    Instant now = Instant.now();
    for (Json e : trash.at("entries").items()) {
      Duration ago = Duration.between(Instant.parse(e.at("removed").text()), now);
      Duration left = Duration.between(now, Instant.parse(e.at("goes").text()));
      table.add(
          e.at("id").text(),
          e.at("kind").text(),
          shown(e.at("name").text()),
          Human.duration(ago.isNegative() ? Duration.ZERO : ago) + " ago",
          Human.duration(left.isNegative() ? Duration.ZERO : left),
          e.at("bytes").isNull() ? "" : Human.size(e.at("bytes").number()));
    }
    Listing.print(line, table, "ID");
    return 0;
  }

  /// Names of anonymous volumes are 64 digits, of which twelve will do.
  private static String shown(String name) {
    return name.matches("[0-9a-f]{64}") ? name.substring(0, 12) : name;
  }
}

package graft.cli.system;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.verb.Confirm;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft trash empty`.
final class TrashEmpty implements Verb {
  @Override
  public Options options() {
    return new Options("trash empty", "Delete for good what was removed")
        .arguments(0, 0)
        .flag("Do not ask", "-f", "--force")
        .example("graft trash empty", "nothing can be brought back any more");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    if (!Confirm.ask(line, "This will delete for good what 'graft trash ls' lists.")) {
      return 0;
    }
    Json done = engine.delete("/graft/v1/trash");
    System.out.println("Total reclaimed space: " + Human.size(done.at("bytes").number()));
    return 0;
  }
}

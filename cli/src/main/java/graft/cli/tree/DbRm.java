package graft.cli.tree;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft db rm`.
final class DbRm implements Verb {
  @Override
  public Options options() {
    return new Options("db rm", "Forget the advisories of a source")
        .arguments(1, -1, "SOURCE...")
        .example("graft db rm osv-debian", "what was imported under this name");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    for (String source : line.arguments()) {
      engine.delete("/graft/v1/lineage/db/" + Engine.encode(source));
      System.out.println(source);
    }
    return 0;
  }
}

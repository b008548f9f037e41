package graft.cli.network;

import graft.cli.http.ApiException;
import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft network rm`.
final class NetworkRm implements Verb {
  @Override
  public Options options() {
    return new Options("network rm", "Remove networks")
        .arguments(1, -1, "NETWORK...")
        .flag("No error if there is none", "-f", "--force")
        .example("graft network rm back", "the network back, which no container may use");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    int code = 0;
    for (String name : line.arguments()) {
      try {
        engine.delete("/networks/" + Engine.encode(name));
        System.out.println(name);
      } catch (ApiException e) {
        if (e.status() == 404 && line.flag("--force")) {
          continue;
        }
        System.out.flush();
        System.err.println("graft: " + e.getMessage());
        code = 1;
      }
    }
    return code;
  }
}

package graft.cli.network;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.Map;

/// `graft network disconnect`.
final class NetworkDisconnect implements Verb {
  @Override
  public Options options() {
    return new Options("network disconnect", "Disconnect a container from a network")
        .arguments(2, 2, "NETWORK CONTAINER")
        .flag("Even if the container is gone", "-f", "--force")
        .example("graft network disconnect back postgres", "postgres is not on back any more");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String path = "/networks/" + Engine.encode(line.argument(0)) + "/disconnect";
    Json body = Json.of(Map.of("Container", line.argument(1), "Force", line.flag("--force")));
    engine.send("POST", path, Body.json(body.write())).close();
    return 0;
  }
}

package graft.cli.volume;

import graft.cli.http.ApiException;
import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft volume rm`.
final class VolumeRm implements Verb {
  @Override
  public Options options() {
    return new Options("volume rm", "Remove volumes and all files in them")
        .arguments(1, -1, "VOLUME...")
        .flag("No error if there is none", "-f", "--force")
        .details("A volume that a container uses, running or not, is not removed.")
        .example("graft volume rm data", "the volume data, for good");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String force = Engine.query("force", line.flag("--force") ? "1" : "");
    int code = 0;
    for (String name : line.arguments()) {
      try {
        engine.delete("/volumes/" + Engine.encode(name) + force);
        System.out.println(name);
      } catch (ApiException e) {
        System.out.flush();
        System.err.println("graft: " + e.getMessage());
        code = 1;
      }
    }
    return code;
  }
}

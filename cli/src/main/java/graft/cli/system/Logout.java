package graft.cli.system;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft logout`.
final class Logout implements Verb {
  @Override
  public Options options() {
    return new Options("logout", "Forget the login to a registry")
        .arguments(0, 1, "[REGISTRY]")
        .details("Without REGISTRY: Docker Hub.")
        .example("graft logout host:5000", "its login is not stored any more");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String registry = Logins.registry(line.argumentOrNone(0));
    System.out.println("Removing login credentials for " + registry);
    if (!Logins.erase(registry)) {
      System.out.println("Not logged in to " + registry);
    }
    return 0;
  }
}

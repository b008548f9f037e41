package graft.cli.command;

import graft.cli.http.Engine;
import java.util.ArrayList;
import java.util.List;

/// `graft daemon`: the engine in the foreground.
public final class Daemon implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, "Run the engine in the foreground")
        .stopAtArgument()
        .list("URL", "Where to listen (unix:///run/graft.sock)", "-H", "--host")
        .value("DIRECTORY", "Where images and containers are kept", "--data-root")
        .value("DIRECTORY", "Where sockets and namespaces are kept", "--run-root")
        .value("NAME", "The default bridge", "--bridge")
        .value("SUBNET", "The addresses of the default bridge", "--bip")
        .list("URL", "A mirror of Docker Hub", "--registry-mirror")
        .list("HOST", "A registry without, or with bad, TLS", "--insecure-registry");
  }

  @Override
  public int run(Line line, Engine engine) {
    List<String> arguments = new ArrayList<>();
    for (String option : List.of("--data-root", "--run-root", "--bridge", "--bip")) {
      if (line.given(option)) {
        arguments.add(option);
        arguments.add(line.text(option));
      }
    }
    for (String option : List.of("--host", "--registry-mirror", "--insecure-registry")) {
      for (String value : line.list(option)) {
        arguments.add(option);
        arguments.add(value);
      }
    }
    return graft.docker.Daemon.run(arguments);
  }
}

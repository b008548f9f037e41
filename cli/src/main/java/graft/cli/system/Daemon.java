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
        .list("URL", "Where to listen (unix:///run/graft.sock, tcp://ADDRESS:2376)", "-H", "--host")
        .value("GROUP", "Who but root may use unix sockets (graft)", "-G", "--group")
        .flag("Admit TCP clients with a certificate only; TCP needs it", "--tlsverify")
        .value("FILE", "Whose certificates are admitted (/etc/graft/ca.pem)", "--tlscacert")
        .value("FILE", "The engine's certificate (/etc/graft/cert.pem)", "--tlscert")
        .value("FILE", "Its private key (/etc/graft/key.pem)", "--tlskey")
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
    if (line.flag("--tlsverify")) {
      arguments.add("--tlsverify");
    }
    for (String option :
        List.of(
            "--data-root",
            "--run-root",
            "--bridge",
            "--bip",
            "--group",
            "--tlscacert",
            "--tlscert",
            "--tlskey")) {
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

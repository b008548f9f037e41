package graft.cli.system;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Option;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.util.ArrayList;
import java.util.List;

/// `graft daemon`: the engine in the foreground.
final class Daemon implements Verb {
  @Override
  public Options options() {
    return new Options("daemon", "Run the engine in the foreground")
        .arguments(0, 0)
        .list("URL", "Where to listen (unix:///run/graft.sock, tcp://ADDRESS:2376)", "-H", "--host")
        .value("GROUP", "Who but root may use unix sockets (graft)", "-G", "--group")
        .flag("Admit TCP clients with a certificate only; TCP needs it", "--tlsverify")
        .value("FILE", "Whose certificates are admitted (/etc/graft/ca.pem)", "--tlscacert")
        .value("FILE", "The engine's certificate (/etc/graft/cert.pem)", "--tlscert")
        .value("FILE", "Its private key (/etc/graft/key.pem)", "--tlskey")
        .value("DIRECTORY", "Where images and containers are kept (/var/lib/graft)", "--data-root")
        .value("DIRECTORY", "Where sockets and namespaces are kept (/run/graft)", "--run-root")
        .value("NAME", "The default bridge (graft0)", "--bridge")
        .value("SUBNET", "The addresses of the default bridge", "--bip")
        .list(
            "POOL",
            "Where subnets are chosen from, as base=10.64.0.0/12,size=24 (Docker's ranges)",
            "--default-address-pool")
        .value(
            "IP",
            "Address to publish ports on that name none (0.0.0.0)",
            "--publish-default",
            "--ip")
        .value("TIME", "How long removed things can be brought back (1h; 0: not)", "--trash-time")
        .value("SIZE", "Results of build steps that are kept (20g)", "--build-cache-size")
        .value("SIZE", "Files of build contexts that are kept (10g)", "--build-context-size")
        .value("TIME", "How long what failed steps left is kept (12h; 0: not)", "--failed-time")
        .value("NUMBER", "How many of these are kept (10)", "--failed-number")
        .value("SIZE", "How much of them is kept (1g, or 5% of a smaller disk)", "--trash-size")
        .value(
            "MODE", "Files kept with built images: none, used (default), all", "--record-context")
        .value("SIZE", "How much of them is kept (2g)", "--record-context-size")
        .value(
            "USER[:GROUP]",
            "Map the ids of containers to ranges of this user (default: dockremap)",
            "--userns-remap")
        .list("URL", "A mirror of Docker Hub", "--registry-mirror")
        .list("HOST", "A registry without, or with bad, TLS", "--insecure-registry")
        .value(
            "FILE",
            "Logins, as Docker's config.json, for registries the engine asks by itself",
            "--registry-auth-file")
        .value("ADDRESS:PORT", "Hear of pushes from registries", "--webhook-listen")
        .value("FILE", "What they have to know for it", "--webhook-secret-file")
        .value("FILE", "The certificate they are shown (--tlscert)", "--webhook-tlscert")
        .value("FILE", "Its private key (--tlskey)", "--webhook-tlskey")
        .details(
            """
            Every other verb starts the engine by itself when there is none, with the defaults above.
            To have it from boot on, use the unit in packaging/graft.service. What is not given here
            is read from /etc/graft/daemon.json; docs/configuration.md has its keys. SIGTERM ends
            the engine, not its containers: the next one takes them over. A host may end in
            ?policy=read-only, no-privileged or own-labels:NAME: what its clients may not do.\
            """)
        .example("graft daemon", "with all defaults")
        .example(
            "graft daemon --data-root /srv/graft --host unix:///run/other.sock",
            "one more engine beside the first; give it a --run-root and a --bridge too");
  }

  @Override
  public int run(Line line, Engine engine) {
    List<String> arguments = new ArrayList<>();
    for (Option option : options().options()) {
      for (String value : line.list(option.name())) {
        arguments.add(option.name());
        if (option.takesValue()) {
          arguments.add(value);
        }
      }
    }
    return graft.docker.Daemon.run(arguments);
  }
}

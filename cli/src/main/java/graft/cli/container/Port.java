package graft.cli.container;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.Map;

/// `graft port`.
final class Port implements Verb {
  @Override
  public Options options() {
    return new Options("port", "Show where the ports of a container are published")
        .arguments(1, 2, "CONTAINER [PORT[/PROTOCOL]]")
        .flag("JSON", "--json")
        .example("graft port web", "all of them")
        .example("graft port web 80", "only the address of port 80");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json ports = engine.get(Named.path(line.argument(0)) + "/json").at("NetworkSettings", "Ports");
    if (Listing.raw(line, ports)) {
      return 0;
    }
    String wanted = line.argumentOrNone(1);
    String port = wanted.isEmpty() || wanted.contains("/") ? wanted : wanted + "/tcp";
    if (!port.isEmpty() && ports.at(port).isEmpty()) {
      throw new IOException("No public port '" + wanted + "' published for " + line.argument(0));
    }
    for (Map.Entry<String, Json> entry : ports.fields().entrySet()) {
      for (Json b : entry.getValue().items()) {
        String ip = b.at("HostIp").text();
        String at = (ip.contains(":") ? "[" + ip + "]" : ip) + ":" + b.at("HostPort").text();
        if (port.isEmpty()) {
          System.out.println(entry.getKey() + " -> " + at);
        } else if (port.equals(entry.getKey())) {
          System.out.println(at);
        }
      }
    }
    return 0;
  }
}

package graft.cli.network;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/// `graft network connect`.
final class NetworkConnect implements Verb {
  @Override
  public Options options() {
    return new Options("network connect", "Connect a container to a network")
        .arguments(2, 2, "NETWORK CONTAINER")
        .list("NAME", "One more name of the container on this network", "--alias")
        .list("KEY=VALUE", "Option of the driver", "--driver-opt")
        .number("N", "Priority of this network's gateway", "--gw-priority")
        .value("IP", "IPv4 address", "--ip")
        .value("IP", "IPv6 address", "--ip6")
        .list("CONTAINER[:ALIAS]", "Link to another container", "--link")
        .list("IP", "Link-local address", "--link-local-ip")
        .example("graft network connect --alias db back postgres", "postgres is db on back");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Map<String, Object> addresses = new LinkedHashMap<>();
    if (line.given("--ip")) {
      addresses.put("IPv4Address", line.text("--ip"));
    }
    if (line.given("--ip6")) {
      addresses.put("IPv6Address", line.text("--ip6"));
    }
    if (line.given("--link-local-ip")) {
      addresses.put("LinkLocalIPs", line.list("--link-local-ip"));
    }
    Map<String, Object> endpoint = new LinkedHashMap<>();
    endpoint.put("Aliases", line.list("--alias"));
    endpoint.put("Links", line.list("--link"));
    endpoint.put("IPAMConfig", addresses);
    endpoint.put("DriverOpts", NetworkCreate.pairs(line.list("--driver-opt")));
    endpoint.put("GwPriority", line.number("--gw-priority", 0));
    String path = "/networks/" + Engine.encode(line.argument(0)) + "/connect";
    Json body = Json.of(Map.of("Container", line.argument(1), "EndpointConfig", endpoint));
    engine.send("POST", path, Body.json(body.write())).close();
    return 0;
  }
}

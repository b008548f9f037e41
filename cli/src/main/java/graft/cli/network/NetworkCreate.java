package graft.cli.network;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `graft network create`.
final class NetworkCreate implements Verb {
  @Override
  public Options options() {
    return new Options("network create", "Make a network")
        .arguments(1, 1, "NAME")
        .flag("Containers can be connected by hand", "--attachable")
        .list("NAME=IP", "Address that the network keeps for something else", "--aux-address")
        .value("NAME", "Driver (bridge)", "-d", "--driver")
        .list("IP", "Gateway of the subnet", "--gateway")
        .flag("Without a way out", "--internal")
        .list("RANGE", "Take addresses of containers only from here", "--ip-range")
        .value("NAME", "Driver of addresses (default)", "--ipam-driver")
        .list("KEY=VALUE", "Option of the driver of addresses", "--ipam-opt")
        .flag("IPv4 addresses (true)", "--ipv4")
        .flag("IPv6 addresses", "--ipv6")
        .list("KEY[=VALUE]", "Label", "--label")
        .list("KEY=VALUE", "Option of the driver", "-o", "--opt")
        .list("SUBNET", "Subnet, as 172.28.0.0/16", "--subnet")
        .example("graft network create back", "a bridge for containers that talk to each other");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("Name", line.argument(0));
    request.put("Driver", line.text("--driver", "bridge"));
    request.put("Internal", line.flag("--internal"));
    request.put("Attachable", line.flag("--attachable"));
    if (line.given("--ipv4")) {
      request.put("EnableIPv4", line.flag("--ipv4"));
    }
    if (line.given("--ipv6")) {
      request.put("EnableIPv6", line.flag("--ipv6"));
    }
    request.put(
        "IPAM",
        Map.of(
            "Driver", line.text("--ipam-driver", "default"),
            "Options", pairs(line.list("--ipam-opt")),
            "Config", subnets(line)));
    request.put("Options", pairs(line.list("--opt")));
    request.put("Labels", pairs(line.list("--label")));
    Json made = engine.post("/networks/create", request);
    if (!made.at("Warning").text().isEmpty()) {
      System.err.println("WARNING: " + made.at("Warning").text());
    }
    System.out.println(made.at("Id").text());
    return 0;
  }

  /// Gateways and ranges belong to the subnets in the order in which they are given.
  private static List<Object> subnets(Line line) {
    List<Object> all = new ArrayList<>();
    List<String> subnets = line.list("--subnet");
    for (int i = 0; i < subnets.size(); i++) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("Subnet", subnets.get(i));
      if (i < line.list("--gateway").size()) {
        one.put("Gateway", line.list("--gateway").get(i));
      }
      if (i < line.list("--ip-range").size()) {
        one.put("IPRange", line.list("--ip-range").get(i));
      }
      if (i == 0 && line.given("--aux-address")) {
        one.put("AuxiliaryAddresses", pairs(line.list("--aux-address")));
      }
      all.add(one);
    }
    return all;
  }

  static Map<String, String> pairs(List<String> entries) {
    Map<String, String> all = new LinkedHashMap<>();
    for (String entry : entries) {
      String[] parts = entry.split("=", 2);
      all.put(parts[0], parts.length > 1 ? parts[1] : "");
    }
    return all;
  }
}

package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.json.Fields;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.error.GraftException;
import graft.network.Network;
import graft.network.NetworkRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Networks in Docker's JSON: what `create` takes and what `inspect` shows.
final class NetworkBody {
  private NetworkBody() {}

  /// The request, or INVALID, FORBIDDEN or NOT_IMPLEMENTED in Docker's words.
  static NetworkRequest read(Fields body) {
    String driver = body.text("Driver");
    String scope = body.text("Scope");
    if (driver.equals("overlay") || scope.equals("swarm") || body.flag("Ingress")) {
      throw new GraftException(
          GraftException.Kind.FORBIDDEN,
          "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to"
              + " connect this node to swarm and try again.");
    }
    boolean template = !body.object("ConfigFrom").text("Network").isEmpty();
    if (body.flag("ConfigOnly") || template) {
      throw new GraftException(
          GraftException.Kind.NOT_IMPLEMENTED,
          "create a network with "
              + (template ? "ConfigFrom" : "ConfigOnly")
              + ": Graft does not have network templates; give the network its own settings");
    }
    Fields ipam = body.object("IPAM");
    List<Network.Pool> pools = new ArrayList<>();
    for (Fields config : ipam.objects("Config")) {
      Map<String, String> auxiliary = config.map("AuxiliaryAddresses");
      if (auxiliary.isEmpty()) {
        auxiliary = config.map("AuxAddress");
      }
      String subnet = config.text("Subnet");
      boolean empty =
          subnet.isEmpty()
              && config.text("Gateway").isEmpty()
              && config.text("IPRange").isEmpty()
              && auxiliary.isEmpty();
      // Old clients send an empty one for "whatever you have".
      if (!empty) {
        pools.add(
            Network.Pool.asked(subnet, config.text("IPRange"), config.text("Gateway"), auxiliary));
      }
    }
    return new NetworkRequest(
        body.text("Name"),
        driver,
        !body.has("EnableIPv4") || body.flag("EnableIPv4"),
        body.flag("EnableIPv6"),
        body.flag("Internal"),
        body.flag("Attachable"),
        new Network.Ipam(ipam.text("Driver"), ipam.map("Options"), pools),
        body.map("Options"),
        body.map("Labels"));
  }

  /// @param known whether an option of that name has an effect
  static String warning(NetworkRequest request, Predicate<String> known) {
    List<String> unknown =
        request.options().keySet().stream().filter(known.negate()).sorted().toList();
    return unknown.isEmpty()
        ? ""
        : "no driver of Graft knows the option "
            + String.join(", ", unknown)
            + ": it is kept and has no effect";
  }

  /// Without the containers that are on it.
  static ObjectNode json(Network n) {
    ObjectNode json = Nodes.object();
    json.put("Name", n.name());
    json.put("Id", n.id());
    json.put("Created", GoTime.of(n.created()));
    json.put("Scope", "local");
    json.put("Driver", n.driver());
    json.put("EnableIPv4", n.ipv4());
    json.put("EnableIPv6", n.ipv6());
    ObjectNode ipam = json.putObject("IPAM");
    ipam.put("Driver", n.ipam().driver());
    boolean made = !n.predefined();
    if (made && !n.ipam().options().isEmpty()) {
      ipam.set("Options", Nodes.map(n.ipam().options()));
    } else {
      ipam.putNull("Options");
    }
    if (n.ipam().pools().isEmpty()) {
      ipam.putNull("Config");
    } else {
      pools(ipam.putArray("Config"), n);
    }
    json.put("Internal", n.internal());
    json.put("Attachable", n.attachable());
    json.put("Ingress", false);
    json.putObject("ConfigFrom").put("Network", "");
    json.put("ConfigOnly", false);
    json.putObject("Containers");
    json.set("Options", Nodes.map(n.options()));
    json.set("Labels", Nodes.map(n.labels()));
    return json;
  }

  private static void pools(ArrayNode all, Network n) {
    for (Network.Pool pool : n.ipam().pools()) {
      ObjectNode one = all.addObject();
      one.put("Subnet", pool.subnet());
      if (!pool.range().isEmpty()) {
        one.put("IPRange", pool.range());
      }
      // A gateway that we chose in somebody's subnet is not shown, as Docker does not.
      if (!pool.gateway().isEmpty() && pool.asked() != Network.Asked.SUBNET) {
        one.put("Gateway", pool.gateway());
      }
      if (!pool.auxiliary().isEmpty()) {
        one.set("AuxiliaryAddresses", Nodes.map(pool.auxiliary()));
      }
    }
  }
}

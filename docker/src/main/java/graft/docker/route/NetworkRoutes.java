package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Fields;
import graft.docker.json.Filters;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.network.Endpoint;
import graft.network.Network;
import graft.network.Sandbox;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/// `/networks`: the predefined ones.
public final class NetworkRoutes {
  private static final Set<String> LIST =
      Set.of("dangling", "driver", "id", "label", "name", "scope", "type");

  private static final Set<String> PRUNE = Set.of("label", "label!", "until");

  private final Engine engine;

  public NetworkRoutes(Engine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router
        .get("/networks", this::list)
        .get("/networks/", this::list)
        .post("/networks/create", this::create)
        .post(
            "/networks/prune",
            x -> {
              Filters.parse(x.query("filters"), PRUNE);
              ObjectNode json = Nodes.object();
              json.putNull("NetworksDeleted");
              x.json(200, json);
            })
        .get(
            "/networks/{name:.*}",
            x -> x.json(200, json(engine.networks().find(x.parameter("name")), true)))
        .delete(
            "/networks/{name:.*}",
            x -> {
              engine.networks().remove(x.parameter("name"));
              x.empty(204);
            })
        .post("/networks/{name}/connect", this::refuseChange)
        .post("/networks/{name}/disconnect", this::refuseChange);
  }

  private void refuseChange(Exchange x) throws IOException {
    Network network = engine.networks().find(x.parameter("name"));
    engine.containers().find(Fields.of(x.jsonOrEmpty()).text("Container"));
    throw new GraftException(
        GraftException.Kind.NOT_IMPLEMENTED,
        "containers cannot be connected to or disconnected from network "
            + network.name()
            + " while they exist in this version; choose the network with --network at create");
  }

  private void create(Exchange x) throws IOException {
    Fields body = Fields.of(x.jsonOrEmpty());
    if (body.text("Driver").equals("overlay")) {
      throw new GraftException(
          GraftException.Kind.FORBIDDEN,
          "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to"
              + " connect this node to swarm and try again.");
    }
    Network made = engine.networks().create(body.text("Name"));
    ObjectNode json = Nodes.object();
    json.put("Id", made.id());
    json.put("Warning", "");
    x.json(201, json);
  }

  private void list(Exchange x) throws IOException {
    Filters filters = Filters.parse(x.query("filters"), LIST);
    for (String type : filters.get("type")) {
      if (!type.equals("builtin") && !type.equals("custom")) {
        throw GraftException.invalid("invalid filter: 'type'='" + type + "'");
      }
    }
    ArrayNode array = Nodes.array();
    for (Network n : engine.networks().list()) {
      boolean fits =
          filters.any("name", n.name()::contains)
              && filters.any("id", n.id()::startsWith)
              && filters.any("driver", n.driver()::equals)
              && filters.any("scope", "local"::equals)
              && filters.any("type", "builtin"::equals)
              && filters.labels(n.labels());
      if (fits) {
        array.add(json(n, false));
      }
    }
    x.json(200, array);
  }

  private ObjectNode json(Network n, boolean containers) {
    ObjectNode json = Nodes.object();
    json.put("Name", n.name());
    json.put("Id", n.id());
    json.put("Created", GoTime.of(n.created()));
    json.put("Scope", "local");
    json.put("Driver", n.driver());
    json.put("EnableIPv4", true);
    json.put("EnableIPv6", false);
    ObjectNode ipam = json.putObject("IPAM");
    ipam.put("Driver", "default");
    ipam.putNull("Options");
    if (n.ipam().isPresent()) {
      ObjectNode config = ipam.putArray("Config").addObject();
      config.put("Subnet", n.ipam().get().subnet());
      config.put("Gateway", n.ipam().get().gateway());
    } else {
      ipam.putNull("Config");
    }
    json.put("Internal", n.internal());
    json.put("Attachable", n.attachable());
    json.put("Ingress", false);
    json.putObject("ConfigFrom").put("Network", "");
    json.put("ConfigOnly", false);
    ObjectNode all = json.putObject("Containers");
    if (containers) {
      for (Sandbox s : engine.networks().on(n)) {
        s.endpoints().stream()
            .filter(e -> e.networkId().equals(n.id()))
            .forEach(e -> endpoint(all, s, e));
      }
    }
    json.set("Options", Nodes.map(n.options()));
    json.set("Labels", Nodes.map(n.labels()));
    return json;
  }

  private void endpoint(ObjectNode all, Sandbox s, Endpoint e) {
    ObjectNode json = all.putObject(s.containerId());
    Optional<Container> c =
        engine.containers().list().stream().filter(x -> x.id().equals(s.containerId())).findFirst();
    json.put("Name", c.map(Container::name).orElse(s.containerName()));
    json.put("EndpointID", e.id());
    json.put("MacAddress", e.mac());
    json.put("IPv4Address", e.address().isEmpty() ? "" : e.address() + "/" + e.prefix());
    json.put("IPv6Address", "");
  }
}

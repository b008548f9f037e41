package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.docker.container.EndpointBody;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Fields;
import graft.docker.json.Filters;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.event.Event;
import graft.network.Endpoint;
import graft.network.Network;
import graft.network.NetworkRequest;
import graft.network.Networks;
import graft.network.Sandbox;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// `/networks`.
public final class NetworkRoutes {
  private static final Set<String> LIST =
      Set.of("dangling", "driver", "id", "label", "name", "scope", "type");

  private static final Set<String> PRUNE = Set.of("label", "label!", "until");

  private final Engine engine;
  private final Networks networks;

  public NetworkRoutes(Engine engine) {
    this.engine = engine;
    this.networks = engine.networks();
  }

  public void addTo(Router router) {
    router
        .get("/networks", this::list)
        .get("/networks/", this::list)
        .post("/networks/create", this::create)
        .post("/networks/prune", this::prune)
        .get("/networks/{name:.*}", this::inspect)
        .delete(
            "/networks/{name:.*}",
            x -> {
              networks.remove(x.parameter("name"));
              x.empty(204);
            })
        .post("/networks/{name}/connect", this::connect)
        .post("/networks/{name}/disconnect", this::disconnect);
  }

  private void create(Exchange x) throws IOException {
    NetworkRequest request = NetworkBody.read(Fields.of(x.jsonOrEmpty()));
    Network made = networks.create(request);
    ObjectNode json = Nodes.object();
    json.put("Id", made.id());
    json.put("Warning", NetworkBody.warning(request, Networks::knowsOption));
    x.json(201, json);
  }

  private void inspect(Exchange x) throws IOException {
    String verbose = x.query("verbose");
    if (!verbose.matches("|[01tTfF]|true|True|TRUE|false|False|FALSE")) {
      throw GraftException.invalid(
          "invalid value for verbose: "
              + verbose
              + ": strconv.ParseBool: parsing \""
              + verbose
              + "\": invalid syntax");
    }
    Network n = networks.find(x.parameter("name"));
    String scope = x.query("scope");
    if (!scope.isEmpty() && !scope.equals("local")) {
      throw GraftException.notFound("network " + x.parameter("name") + " not found");
    }
    ObjectNode json = NetworkBody.json(n);
    ObjectNode all = json.putObject("Containers");
    for (Sandbox s : networks.on(n)) {
      s.on(n.id()).ifPresent(e -> endpoint(all, s, e));
    }
    x.json(200, json);
  }

  private void endpoint(ObjectNode all, Sandbox s, Endpoint e) {
    ObjectNode json = all.putObject(s.containerId());
    json.put("Name", s.containerName());
    json.put("EndpointID", e.id());
    json.put("MacAddress", e.mac());
    json.put("IPv4Address", e.address().isEmpty() ? "" : e.address() + "/" + e.prefix());
    json.put("IPv6Address", e.address6().isEmpty() ? "" : e.address6() + "/" + e.prefix6());
  }

  private void list(Exchange x) throws IOException {
    Filters filters = Filters.parse(x.query("filters"), LIST);
    for (String type : filters.get("type")) {
      if (!type.equals("builtin") && !type.equals("custom")) {
        throw GraftException.invalid("invalid filter: 'type'='" + type + "'");
      }
    }
    if (!filters.get("dangling").stream().allMatch(d -> d.matches("true|false|1|0"))) {
      throw GraftException.invalid(
          "invalid value for filter 'dangling', must be \"true\" (or \"1\"), or \"false\" (or \"0\")");
    }
    boolean dangling = filters.flag("dangling", true);
    Set<String> used = filters.has("dangling") ? used() : Set.of();
    ArrayNode array = Nodes.array();
    for (Network n : networks.list()) {
      boolean idle = !n.predefined() && !used.contains(n.name());
      boolean fits =
          filters.any("name", name -> named(n, name))
              && filters.any("id", n.id()::startsWith)
              && filters.any("driver", n.driver()::equals)
              && filters.any("scope", "local"::equals)
              && filters.any("type", t -> t.equals("builtin") == n.predefined())
              && (!filters.has("dangling") || dangling == idle)
              && filters.labels(n.labels());
      if (fits) {
        array.add(NetworkBody.json(n));
      }
    }
    x.json(200, array);
  }

  /// The networks that containers are to be on, whether they run or not.
  private Set<String> used() {
    Set<String> all = new HashSet<>();
    for (Container c : engine.containers().list()) {
      c.spec().net().attachments().forEach(a -> all.add(a.network()));
    }
    return all;
  }

  /// A part of the name, or a pattern that fits somewhere in it.
  private static boolean named(Network n, String filter) {
    try {
      return n.name().contains(filter) || Pattern.compile(filter).matcher(n.name()).find();
    } catch (PatternSyntaxException e) {
      return false;
    }
  }

  private void connect(Exchange x) throws IOException {
    Fields body = Fields.of(x.jsonOrEmpty());
    Network network = networks.find(x.parameter("name"));
    Container c = engine.containers().find(body.text("Container"));
    engine
        .containers()
        .connections()
        .connect(c.id(), EndpointBody.read(network.name(), body.object("EndpointConfig")));
    x.empty(200);
  }

  /// `Force` is for containers that are gone: theirs are no longer on any network here.
  private void disconnect(Exchange x) throws IOException {
    Fields body = Fields.of(x.jsonOrEmpty());
    Network network = networks.find(x.parameter("name"));
    Container c = engine.containers().find(body.text("Container"));
    engine.containers().connections().disconnect(c.id(), network.name());
    x.empty(200);
  }

  /// Takes those that no running container is on.
  private void prune(Exchange x) throws IOException {
    Filters filters = Filters.parse(x.query("filters"), PRUNE);
    Optional<Instant> until =
        filters.has("until")
            ? Optional.of(GoTime.orAgo(filters.get("until").getFirst()))
            : Optional.empty();
    List<String> gone = new ArrayList<>();
    for (Network n : networks.list()) {
      boolean goes =
          !n.predefined()
              && networks.on(n).isEmpty()
              && filters.labels(n.labels())
              && until.map(n.created()::isBefore).orElse(true);
      if (goes) {
        try {
          networks.remove(n.id());
          gone.add(n.name());
        } catch (GraftException e) {
          if (e.kind() != GraftException.Kind.FORBIDDEN
              && e.kind() != GraftException.Kind.NOT_FOUND) {
            throw e;
          }
          // Somebody was quicker: it is in use, or gone.
        }
      }
    }
    engine.events().publish(Event.Type.NETWORK, "prune", "", Map.of("reclaimed", "0"));
    ObjectNode json = Nodes.object();
    if (gone.isEmpty()) {
      json.putNull("NetworksDeleted");
    } else {
      json.set("NetworksDeleted", Nodes.texts(gone));
    }
    x.json(200, json);
  }
}

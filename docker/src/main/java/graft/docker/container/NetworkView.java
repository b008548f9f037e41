package graft.docker.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.container.State;
import graft.docker.json.Nodes;
import graft.network.Attachment;
import graft.network.Endpoint;
import graft.network.PublishedPort;
import graft.network.Sandbox;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;

/// `NetworkSettings` and `Ports`: what the network gave while the container runs, empty fields
/// otherwise.
final class NetworkView {
  private NetworkView() {}

  static ObjectNode settings(
      Container c, Optional<Sandbox> found, Function<String, String> networkIds) {
    Optional<Sandbox> sandbox = c.state().alive() ? found : Optional.empty();
    ObjectNode json = Nodes.object();
    json.put("Bridge", "");
    json.put("SandboxID", sandbox.isPresent() ? c.id() : "");
    json.put("SandboxKey", sandbox.map(s -> key(c, s)).orElse(""));
    json.set("Ports", ports(c, sandbox));
    json.put("HairpinMode", false);
    json.put("LinkLocalIPv6Address", "");
    json.put("LinkLocalIPv6PrefixLen", 0);
    json.putNull("SecondaryIPAddresses");
    json.putNull("SecondaryIPv6Addresses");
    Optional<Endpoint> bridge =
        sandbox.stream()
            .flatMap(s -> s.endpoints().stream())
            .filter(e -> e.network().equals("bridge"))
            .findFirst();
    json.put("EndpointID", bridge.map(Endpoint::id).orElse(""));
    json.put("Gateway", bridge.map(Endpoint::gateway).orElse(""));
    json.put("GlobalIPv6Address", bridge.map(Endpoint::address6).orElse(""));
    json.put("GlobalIPv6PrefixLen", bridge.map(Endpoint::prefix6).orElse(0));
    json.put("IPAddress", bridge.map(Endpoint::address).orElse(""));
    json.put("IPPrefixLen", bridge.map(Endpoint::prefix).orElse(0));
    json.put("IPv6Gateway", bridge.map(Endpoint::gateway6).orElse(""));
    json.put("MacAddress", bridge.map(Endpoint::mac).orElse(""));
    json.set("Networks", networks(c, sandbox, networkIds, true));
    return json;
  }

  /// The namespace; where the runtime made it, by way of the container's process.
  private static String key(Container c, Sandbox sandbox) {
    return switch (sandbox.space()) {
      case AT -> sandbox.namespace();
      case NEW, HOST -> "/proc/" + c.state().pid() + "/ns/net";
    };
  }

  /// @param networkIds name → id, or empty where there is no such network
  /// @param names whether what it is called on each is shown; lists do not
  static ObjectNode networks(
      Container c, Optional<Sandbox> found, Function<String, String> networkIds, boolean names) {
    ObjectNode json = Nodes.object();
    Optional<Sandbox> sandbox = c.state().alive() ? found : Optional.empty();
    for (Attachment a : c.spec().net().attachments()) {
      Optional<Endpoint> e =
          sandbox.stream()
              .flatMap(s -> s.endpoints().stream())
              .filter(x -> x.network().equals(a.network()))
              .findFirst();
      // A network is looked up when the container starts for the first time.
      String id = c.state() instanceof State.Created ? "" : networkIds.apply(a.network());
      json.set(a.network(), endpoint(c, a, e, id, names));
    }
    return json;
  }

  private static ObjectNode endpoint(
      Container c, Attachment a, Optional<Endpoint> e, String networkId, boolean names) {
    ObjectNode json = Nodes.object();
    if (a.addressed()) {
      ObjectNode ipam = json.putObject("IPAMConfig");
      a.address().ifPresent(x -> ipam.put("IPv4Address", x));
      a.address6().ifPresent(x -> ipam.put("IPv6Address", x));
      if (!a.linkLocal().isEmpty()) {
        ipam.set("LinkLocalIPs", Nodes.texts(a.linkLocal()));
      }
    } else {
      json.putNull("IPAMConfig");
    }
    json.set("Links", names ? orNull(a.links()) : Nodes.nothing());
    json.set("Aliases", names ? orNull(a.aliases()) : Nodes.nothing());
    boolean first = a.equals(c.spec().net().attachments().getFirst());
    Optional<String> mac = a.mac().or(() -> first ? c.spec().net().mac() : Optional.empty());
    json.put("MacAddress", e.map(Endpoint::mac).or(() -> mac).orElse(""));
    json.set("DriverOpts", a.options().isEmpty() ? Nodes.nothing() : Nodes.map(a.options()));
    json.put("GwPriority", a.gatewayPriority());
    json.put("NetworkID", e.map(Endpoint::networkId).orElse(networkId));
    json.put("EndpointID", e.map(Endpoint::id).orElse(""));
    json.put("Gateway", e.map(Endpoint::gateway).orElse(""));
    json.put("IPAddress", e.map(Endpoint::address).orElse(""));
    json.put("IPPrefixLen", e.map(Endpoint::prefix).orElse(0));
    json.put("IPv6Gateway", e.map(Endpoint::gateway6).orElse(""));
    json.put("GlobalIPv6Address", e.map(Endpoint::address6).orElse(""));
    json.put("GlobalIPv6PrefixLen", e.map(Endpoint::prefix6).orElse(0));
    json.set(
        "DNSNames", names ? orNull(e.map(Endpoint::names).orElse(List.of())) : Nodes.nothing());
    return json;
  }

  private static JsonNode orNull(List<String> texts) {
    return texts.isEmpty() ? Nodes.nothing() : Nodes.texts(texts);
  }

  /// Port to where it is reachable; null for one that is only exposed.
  private static ObjectNode ports(Container c, Optional<Sandbox> sandbox) {
    ObjectNode json = Nodes.object();
    boolean reachable =
        sandbox.isPresent()
            && sandbox.get().space() == Sandbox.Space.AT
            && sandbox.get().endpoints().stream().anyMatch(Endpoint::leadsOut);
    if (!reachable) {
      return json;
    }
    new TreeSet<>(c.spec().exposedPorts()).forEach(json::putNull);
    for (PublishedPort p : sandbox.get().ports()) {
      ArrayNode all =
          json.get(p.target()) instanceof ArrayNode known ? known : json.putArray(p.target());
      ObjectNode one = all.addObject();
      one.put("HostIp", p.hostIp());
      one.put("HostPort", Integer.toString(p.hostPort()));
    }
    return json;
  }

  /// The same as lists show it, sorted.
  static ArrayNode portList(Container c, Optional<Sandbox> found) {
    ArrayNode json = Nodes.array();
    if (!c.state().alive() || found.isEmpty() || found.get().space() != Sandbox.Space.AT) {
      return json;
    }
    List<PublishedPort> published = new ArrayList<>(found.get().ports());
    List<PublishedPort> all = new ArrayList<>(published);
    for (String exposed : c.spec().exposedPorts()) {
      if (published.stream().noneMatch(p -> p.target().equals(exposed))) {
        int slash = exposed.indexOf('/');
        all.add(
            new PublishedPort(
                Integer.parseInt(exposed.substring(0, slash)),
                exposed.substring(slash + 1),
                "",
                0));
      }
    }
    all.sort(
        Comparator.comparingInt(PublishedPort::containerPort)
            .thenComparing(PublishedPort::protocol)
            .thenComparing(PublishedPort::hostIp)
            .thenComparingInt(PublishedPort::hostPort));
    for (PublishedPort p : all) {
      ObjectNode one = json.addObject();
      if (p.hostPort() != 0) {
        one.put("IP", p.hostIp());
      }
      one.put("PrivatePort", p.containerPort());
      if (p.hostPort() != 0) {
        one.put("PublicPort", p.hostPort());
      }
      one.put("Type", p.protocol());
    }
    return json;
  }
}

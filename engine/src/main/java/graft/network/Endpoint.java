package graft.network;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One container's place on one network. Address fields are empty and zero where it has none, as on
/// `host` and `none`.
///
/// @param driver of the network
/// @param link name of the interface inside
/// @param names what the container is called on this network; empty where there is no name service
/// @param links alias → name of another container: for this one only
public record Endpoint(
    String id,
    String networkId,
    String network,
    String driver,
    String link,
    String mac,
    String address,
    int prefix,
    String gateway,
    String address6,
    int prefix6,
    String gateway6,
    List<String> names,
    Map<String, String> links,
    int gatewayPriority) {
  public Endpoint {
    // Containers that an earlier Graft started go on: its records have no more than IPv4 and the
    // three predefined networks.
    driver = driver == null ? (network.equals("none") ? "null" : network) : driver;
    link = link == null ? (address.isEmpty() ? "" : "eth0") : link;
    address6 = address6 == null ? "" : address6;
    gateway6 = gateway6 == null ? "" : gateway6;
    names = names == null ? List.of() : List.copyOf(names);
    links = links == null ? Map.of() : Map.copyOf(links);
  }

  static Endpoint bare(String id, Network network) {
    return new Endpoint(
        id,
        network.id(),
        network.name(),
        network.driver(),
        "",
        "",
        "",
        0,
        "",
        "",
        0,
        "",
        List.of(),
        Map.of(),
        0);
  }

  /// The same under other names.
  Endpoint named(List<String> others) {
    return new Endpoint(
        id,
        networkId,
        network,
        driver,
        link,
        mac,
        address,
        prefix,
        gateway,
        address6,
        prefix6,
        gateway6,
        others,
        links,
        gatewayPriority);
  }

  /// Whether it leads out of the network.
  public boolean leadsOut() {
    return !gateway.isEmpty() || !gateway6.isEmpty();
  }

  /// Which of two leads out: priority, then the network's name.
  static int byGateway(Endpoint a, Endpoint b) {
    int byPriority = Integer.compare(b.gatewayPriority, a.gatewayPriority);
    return byPriority != 0 ? byPriority : a.network.compareTo(b.network);
  }

  static @Nullable Endpoint gateway(List<Endpoint> all) {
    return all.stream().filter(Endpoint::leadsOut).min(Endpoint::byGateway).orElse(null);
  }
}

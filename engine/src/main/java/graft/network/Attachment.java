package graft.network;

import graft.error.GraftException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What a container asks of one network.
///
/// @param network by name, id, or the beginning of an id
/// @param address an IPv4 address of its own choice
/// @param address6 an IPv6 address of its own choice
/// @param linkLocal further addresses of the link
/// @param aliases further names of the container on this network
/// @param links `CONTAINER[:ALIAS]`: names for others that only this container uses
/// @param mac a hardware address instead of a random one
/// @param options of the driver, in Docker's words
/// @param gatewayPriority the network with the highest one leads out
public record Attachment(
    String network,
    Optional<String> address,
    Optional<String> address6,
    List<String> linkLocal,
    List<String> aliases,
    List<String> links,
    Optional<String> mac,
    Map<String, String> options,
    int gatewayPriority) {
  public Attachment {
    linkLocal = List.copyOf(linkLocal);
    aliases = List.copyOf(aliases);
    links = List.copyOf(links);
    options = Map.copyOf(options);
  }

  /// With nothing special.
  public static Attachment to(String network) {
    return new Attachment(
        network,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        Optional.empty(),
        Map.of(),
        0);
  }

  /// The same on a network that is named differently.
  public Attachment on(String name) {
    return new Attachment(
        name, address, address6, linkLocal, aliases, links, mac, options, gatewayPriority);
  }

  /// The same with this hardware address.
  public Attachment withMac(Optional<String> other) {
    return new Attachment(
        network, address, address6, linkLocal, aliases, links, other, options, gatewayPriority);
  }

  /// Whether it asks for an address.
  public boolean addressed() {
    return address.isPresent() || address6.isPresent() || !linkLocal.isEmpty();
  }

  /// INVALID for what that network cannot give, in Docker's words.
  public void check(Network on) {
    List<String> wrong = new ArrayList<>();
    if (on.predefined() && !aliases.isEmpty()) {
      wrong.add("network-scoped alias is supported only for containers in user defined networks");
    }
    if (addressed() && on.predefined()) {
      wrong.add("user specified IP address is supported on user defined networks only");
    }
    boolean chosen = on.ipam().pools().stream().anyMatch(p -> p.asked() != Network.Asked.NOTHING);
    if (addressed() && !chosen) {
      wrong.add(
          "user specified IP address is supported only when connecting to networks with user"
              + " configured subnets");
    }
    if (wrong.isEmpty()) {
      Stream.of(address, address6).flatMap(Optional::stream).forEach(a -> within(on, a, wrong));
    }
    if (!wrong.isEmpty()) {
      String list = wrong.size() == 1 ? wrong.getFirst() : "* " + String.join("\n* ", wrong);
      throw GraftException.invalid("invalid endpoint settings:\n" + list);
    }
  }

  private static void within(Network network, String text, List<String> wrong) {
    InetAddress wanted = Ip.of(text);
    if (Planner.subnets(network).noneMatch(subnet -> subnet.contains(wanted))) {
      wrong.add("no configured subnet or ip-range contain the IP address " + text);
    }
  }
}

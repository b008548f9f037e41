package graft.network;

import graft.error.GraftException;
import graft.linux.Netlink;
import java.io.IOException;
import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a bridge stands on once it is set up on this host: its link, its addresses, its rules. Set
/// up when the first container needs it, so that an engine that runs none leaves the host alone.
///
/// @param reaping a second socket, for deletions, which take long
record Ground(
    Netlink netlink,
    Netlink reaping,
    int bridge,
    AddressPool pool,
    Firewall firewall,
    List<String> warnings)
    implements AutoCloseable {
  /// Where the bridge is, or would be.
  record Place(Subnet subnet, int gateway) {}

  /// The addresses the bridge has, or else was configured for, or else the first subnet that the
  /// host does not route.
  static Place place(Netlink netlink, BridgeDriver.Config config) throws IOException {
    Optional<Netlink.Link> existing = netlink.link(config.bridge());
    List<Netlink.Address> addresses =
        netlink.addresses().stream().filter(a -> a.address() instanceof Inet4Address).toList();
    Optional<Netlink.Address> own =
        addresses.stream()
            .filter(a -> existing.isPresent() && a.link() == existing.get().index())
            .findFirst();
    if (own.isPresent()) {
      int gateway = Subnet.number(own.get().address());
      return new Place(Subnet.of(gateway, own.get().prefix()), gateway);
    }
    Subnet subnet =
        config
            .asked()
            .subnet()
            .map(Subnet::parse)
            .orElseGet(() -> Pools.choose(routed(netlink, addresses)));
    if (subnet.prefix() > 30) {
      throw GraftException.invalid(
          "subnet " + subnet + " of the bridge has no room for containers");
    }
    return new Place(subnet, subnet.address(1));
  }

  private static List<Subnet> routed(Netlink netlink, List<Netlink.Address> addresses) {
    try {
      Stream<Subnet> routes =
          netlink.routes().stream()
              .filter(r -> r.destination().isPresent() && r.prefix() > 0)
              .map(r -> Subnet.of(Subnet.number(r.destination().get()), r.prefix()));
      Stream<Subnet> own =
          addresses.stream()
              .filter(a -> a.prefix() > 0)
              .map(a -> Subnet.of(Subnet.number(a.address()), a.prefix()));
      return Stream.concat(routes, own).toList();
    } catch (IOException e) {
      throw GraftException.internal("cannot read the host's routes: " + e.getMessage(), e);
    }
  }

  /// Sets up what is missing and makes the rules exactly those of `mappings`.
  static Ground prepare(BridgeDriver.Config config, Collection<Firewall.Mapping> mappings)
      throws IOException {
    Netlink netlink = Netlink.open();
    try {
      Place place = place(netlink, config);
      int index = bridge(netlink, config, place);
      List<String> warnings = new ArrayList<>();
      forwarding(config.bridge(), warnings);
      Firewall firewall = firewall(config, place.subnet(), mappings, warnings);
      AddressPool pool = new AddressPool(place.subnet(), place.gateway(), config.bridge());
      return new Ground(netlink, Netlink.open(), index, pool, firewall, List.copyOf(warnings));
    } catch (IOException | RuntimeException e) {
      netlink.close();
      throw e;
    }
  }

  private static int bridge(Netlink netlink, BridgeDriver.Config config, Place place)
      throws IOException {
    String name = config.bridge();
    if (netlink.link(name).isEmpty()) {
      netlink.createBridge(name, Ids.mac(), config.mtu());
    }
    Netlink.Link link =
        netlink.link(name).orElseThrow(() -> new IOException("bridge " + name + " vanished"));
    if (!link.kind().equals("bridge")) {
      throw new IOException(
          "link " + name + " exists and is no bridge: choose another bridge name");
    }
    boolean addressed =
        netlink.addresses().stream()
            .anyMatch(a -> a.link() == link.index() && a.address() instanceof Inet4Address);
    if (!addressed) {
      netlink.addAddress(link.index(), Subnet.inet(place.gateway()), place.subnet().prefix());
    }
    if (!link.up()) {
      netlink.up(link.index());
    }
    return link.index();
  }

  private static void forwarding(String bridge, List<String> warnings) {
    try {
      Sysctl.switchOn("ipv4/ip_forward");
      Sysctl.switchOn("ipv4/conf/" + bridge + "/route_localnet");
    } catch (IOException e) {
      warnings.add(
          "IPv4 forwarding could not be switched on ("
              + e.getMessage()
              + "): containers on the bridge reach only the host");
    }
  }

  private static Firewall firewall(
      BridgeDriver.Config config,
      Subnet subnet,
      Collection<Firewall.Mapping> mappings,
      List<String> warnings) {
    String bridge = config.bridge();
    FirewallChoice choice = config.asked().firewall();
    boolean useNft = choice == FirewallChoice.AUTO || choice == FirewallChoice.NFTABLES;
    boolean useIptables = choice == FirewallChoice.AUTO || choice == FirewallChoice.IPTABLES;
    String suffix = bridge.equals("graft0") ? "" : "-" + bridge;
    Optional<Iptables> iptables =
        Tool.find("iptables")
            .flatMap(tool ->
                Tool.find("iptables-restore")
                    .map(restore -> new Iptables(tool, restore, suffix, bridge, subnet)));
    List<String> reasons = new ArrayList<>();
    Optional<Tool> nft = Tool.find("nft");
    if (useNft && nft.isPresent()) {
      try {
        Firewall rules = new Nftables(nft.get(), "graft" + suffix, bridge, subnet);
        rules.set(mappings);
        if (iptables.isPresent()) {
          openForward(iptables.get(), warnings);
        }
        return rules;
      } catch (IOException e) {
        reasons.add(e.getMessage());
      }
    }
    if (useIptables && iptables.isPresent()) {
      try {
        iptables.get().set(mappings);
        return iptables.get();
      } catch (IOException e) {
        reasons.add(e.getMessage());
      }
    }
    warnings.add(
        "no usable firewall (nft or iptables) on this host, or none wanted: containers on the bridge have no way"
            + " out to other hosts, and published ports go through a proxy in the engine"
            + (reasons.isEmpty() ? "" : " (" + String.join("; ", reasons) + ")"));
    return new NoFirewall();
  }

  private static void openForward(Iptables iptables, List<String> warnings) {
    try {
      if (iptables.dropsForwarded()) {
        iptables.openForward();
      }
    } catch (IOException e) {
      warnings.add("the host's FORWARD chain could not be looked at: " + e.getMessage());
    }
  }

  /// Closes the sockets; what was set up stays.
  @Override
  public void close() {
    netlink.close();
    reaping.close();
  }
}

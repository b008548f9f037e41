package graft.network;

import graft.error.GraftException;
import graft.linux.Netlink;
import graft.network.Addresses.Taken;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Containers that are on the wire of one of the host's links themselves: macvlan, where each has a
/// hardware address of its own, and ipvlan, where all share the link's. There is no NAT, no
/// published port, and no way between them and the host.
final class VlanDriver implements Driver {
  private static final String PARENT = "parent";
  private static final Map<String, Integer> MACVLAN_MODES =
      Map.of("private", 1, "vepa", 2, "bridge", 4, "passthru", 8);
  private static final Map<String, Integer> IPVLAN_MODES = Map.of("l2", 0, "l3", 1, "l3s", 2);
  private static final Map<String, Integer> IPVLAN_FLAGS =
      Map.of("bridge", 0, "private", 1, "vepa", 2);

  static final Set<String> OPTIONS = Set.of(PARENT, "macvlan_mode", "ipvlan_mode", "ipvlan_flag");

  private final AddressBook addresses;
  private final Ground ground;

  VlanDriver(AddressBook addresses, Ground ground) {
    this.ground = ground;
    this.addresses = addresses;
  }

  static void checkOptions(String driver, Map<String, String> options) {
    if (driver.equals("macvlan")) {
      check(options, "macvlan_mode", MACVLAN_MODES);
    } else {
      check(options, "ipvlan_mode", IPVLAN_MODES);
      check(options, "ipvlan_flag", IPVLAN_FLAGS);
    }
    String parent = options.getOrDefault(PARENT, "");
    if (!parent.isEmpty() && !parent.matches("[a-zA-Z0-9_@-]{1,15}(\\.\\d{1,4})?")) {
      throw GraftException.invalid("parent \"" + parent + "\" is no name of a link");
    }
  }

  private static void check(Map<String, String> options, String key, Map<String, Integer> known) {
    String value = options.getOrDefault(key, "");
    if (!value.isEmpty() && !known.containsKey(value)) {
      throw GraftException.invalid(
          "requested " + key + " '" + value + "' is not valid, use one of " + sorted(known));
    }
  }

  private static String sorted(Map<String, Integer> known) {
    return String.join(", ", known.keySet().stream().sorted().toList());
  }

  @Override
  public Endpoint join(Network network, Attachment asked, List<String> names, Place place)
      throws IOException {
    Addresses pools = addresses.of(network);
    boolean macvlan = network.driver().equals("macvlan");
    String mode = network.option(macvlan ? "macvlan_mode" : "ipvlan_mode", "");
    String id = Ids.random();
    String mac = macvlan ? Interface.mac(asked).orElseGet(Ids::mac) : "";
    try (Undo undo = new Undo();
        Netlink host = ground.netlink()) {
      Taken taken = pools.take(asked);
      undo.add(() -> pools.release(taken));
      int parent = parent(host, network);
      host.createUpper(
          new Netlink.Upper(
              network.driver(),
              parent,
              macvlan ? MACVLAN_MODES.getOrDefault(mode, 4) : IPVLAN_MODES.getOrDefault(mode, 0),
              macvlan ? 0 : IPVLAN_FLAGS.getOrDefault(network.option("ipvlan_flag", ""), 0),
              place.link(),
              mac,
              place.inside().descriptor()));
      undo.add(() -> place.inside().netlink().deleteLink(place.link()));
      Netlink.Link link = Interface.configure(place, pools, taken, asked);
      undo.keep();
      return AddressBook.endpoint(
          id,
          network,
          link.mac(),
          taken,
          gateway(network, true),
          gateway(network, false),
          names,
          asked,
          place.link());
    }
  }

  private static Optional<String> gateway(Network network, boolean four) {
    return network.internal()
        ? Optional.empty()
        : network.pool(four).map(Network.Pool::gateway).filter(g -> !g.isEmpty());
  }

  /// The index of the link that the network is on: the one that was named, made if it is a VLAN of
  /// an existing one; a dummy if none was, or the network is internal.
  private static int parent(Netlink host, Network network) throws IOException {
    String name = network.option(PARENT, "");
    if (name.isEmpty() || network.internal()) {
      String dummy = own(network);
      if (host.link(dummy).isEmpty()) {
        host.createDummy(dummy);
      }
      return find(host, dummy);
    }
    if (host.link(name).isEmpty()) {
      int dot = name.lastIndexOf('.');
      if (dot < 0) {
        throw new IOException("the parent link " + name + " does not exist");
      }
      host.createVlan(
          name, find(host, name.substring(0, dot)), Integer.parseInt(name.substring(dot + 1)));
    }
    return find(host, name);
  }

  private static int find(Netlink host, String name) throws IOException {
    return host.link(name)
        .orElseThrow(() -> new IOException("the parent link " + name + " does not exist"))
        .index();
  }

  /// The name of the dummy, found again from the record.
  private static String own(Network network) {
    return "dm-" + network.id().substring(0, 12);
  }

  @Override
  public void leave(Network network, Endpoint endpoint) {
    addresses.of(network).release(Addresses.of(endpoint));
  }

  @Override
  public void restore(Network network, Collection<Endpoint> alive) {
    Addresses pools = addresses.of(network);
    alive.forEach(pools::restore);
  }

  /// A VLAN of a parent stays: the host may have come to use it.
  @Override
  public void remove(Network network) throws IOException {
    try (Netlink host = ground.netlink()) {
      host.deleteLink(own(network));
    }
    addresses.forget(network);
  }

  @Override
  public List<String> warnings() {
    return List.of();
  }
}

package graft.network;

import graft.error.GraftException;
import graft.linux.Netlink;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// What a bridge network looks like on this host: its link, its addresses, its zone in the packet
/// filter; all of it follows from the record and the options.
///
/// @param link the name of the bridge
record Bridge(Network network, String link, int mtu) {
  static final String NAME = "com.docker.network.bridge.name";
  static final String ICC = "com.docker.network.bridge.enable_icc";
  static final String MASQUERADE = "com.docker.network.bridge.enable_ip_masquerade";
  static final String BINDING = "com.docker.network.bridge.host_binding_ipv4";
  static final String INHIBIT = "com.docker.network.bridge.inhibit_ipv4";
  static final String DEFAULT = "com.docker.network.bridge.default_bridge";
  static final String MTU = "com.docker.network.driver.mtu";
  static final String PREFIX = "com.docker.network.container_iface_prefix";
  private static final String MODE4 = "com.docker.network.bridge.gateway_mode_ipv4";
  private static final String MODE6 = "com.docker.network.bridge.gateway_mode_ipv6";
  private static final Set<String> SWITCHES = Set.of(ICC, MASQUERADE, INHIBIT, DEFAULT);
  static final Set<String> OPTIONS =
      Set.of(NAME, ICC, MASQUERADE, BINDING, INHIBIT, DEFAULT, MTU, PREFIX, MODE4, MODE6);
  private static final String LINK_NAME = "[a-zA-Z][a-zA-Z0-9_.-]{0,14}";

  /// @param otherwise MTU of networks that do not say theirs
  static Bridge of(Network network, int otherwise) {
    String link = network.option(NAME, "br-" + network.id().substring(0, 12));
    String mtu = network.option(MTU, "");
    return new Bridge(network, link, mtu.isEmpty() ? otherwise : Integer.parseInt(mtu));
  }

  /// INVALID for an option of ours that has no such value, NOT_IMPLEMENTED for a mode that Graft
  /// does not have. Options of others are kept and have no effect.
  static void checkOptions(Map<String, String> options) {
    options.forEach((key, value) -> {
      boolean good =
          switch (key) {
            case NAME -> value.matches(LINK_NAME);
            case MTU -> value.matches("\\d{1,5}") && Integer.parseInt(value) <= 65535;
            case BINDING -> Ip.parse(value).isPresent();
            case PREFIX -> value.matches("[a-zA-Z][a-zA-Z0-9_.-]{0,11}");
            default ->
                !SWITCHES.contains(key)
                    || Set.of("true", "false", "1", "0", "t", "f", "TRUE", "FALSE", "True", "False")
                        .contains(value);
          };
      if (!good) {
        throw GraftException.invalid(
            "failed to parse " + key + " value: " + value + " (" + reason(key, value) + ")");
      }
      boolean mode = key.equals(MODE4) || key.equals(MODE6);
      if (mode && !value.equals("nat") && !value.isEmpty()) {
        throw new GraftException(
            GraftException.Kind.NOT_IMPLEMENTED,
            "create a network with " + key + "=" + value + ": Graft's bridges know \"nat\" only");
      }
    });
  }

  private static String reason(String key, String value) {
    String parser = SWITCHES.contains(key) ? "ParseBool" : "Atoi";
    return SWITCHES.contains(key) || key.equals(MTU)
        ? "strconv." + parser + ": parsing \"" + value + "\": invalid syntax"
        : key.equals(BINDING) ? "no IP address" : "no name of a link";
  }

  boolean isolated() {
    return !network.option(ICC, true);
  }

  /// Address that ports are published on which name none; empty: every one of the host.
  String binding() {
    String asked = network.option(BINDING, "0.0.0.0");
    return asked.equals("0.0.0.0") ? "" : asked;
  }

  Firewall.Zone zone() {
    return new Firewall.Zone(
        link,
        Planner.subnets(network).toList(),
        network.internal(),
        network.option(MASQUERADE, true));
  }

  /// Where containers send what is not for the network; none on an internal one.
  Optional<String> gateway(boolean four) {
    return network.internal()
        ? Optional.empty()
        : network.pool(four).map(Network.Pool::gateway).filter(g -> !g.isEmpty());
  }

  /// Makes what is missing of link and addresses, and answers the link's index. FORBIDDEN if a
  /// subnet that was chosen is somebody else's by now; then nothing is made.
  ///
  /// @param alias of a link that is made
  int raise(Netlink netlink, String alias, Ground ground) throws IOException {
    Optional<Netlink.Link> before = netlink.link(link);
    List<InetAddress> has =
        netlink.addresses().stream()
            .filter(a -> before.isPresent() && a.link() == before.get().index())
            .map(Netlink.Address::address)
            .toList();
    List<Network.Pool> missing =
        Stream.of(true, false)
            .filter(four -> !four || !network.option(INHIBIT, false))
            .flatMap(four -> network.pool(four).stream())
            .filter(pool -> !pool.gateway().isEmpty() && !has.contains(Ip.of(pool.gateway())))
            .toList();
    for (Network.Pool pool : missing) {
      free(netlink, pool);
    }
    if (before.isEmpty()) {
      netlink.createBridge(link, Ids.mac(), mtu, alias);
    }
    Netlink.Link here =
        netlink.link(link).orElseThrow(() -> new IOException("bridge " + link + " vanished"));
    if (!here.kind().equals("bridge")) {
      throw new IOException(
          "link " + link + " exists and is no bridge: choose another bridge name");
    }
    if (!here.up()) {
      netlink.up(here.index());
    }
    if (network.pool(false).filter(pool -> !pool.gateway().isEmpty()).isPresent()) {
      ground.inside(this::allowSix);
    }
    for (Network.Pool pool : missing) {
      int prefix = Subnet.parse(pool.subnet()).prefix();
      netlink.addAddress(here.index(), Ip.of(pool.gateway()), prefix);
    }
    return here.index();
  }

  /// Refuses a subnet that was chosen when it was free and is not any more. One that a user asked
  /// for is theirs to judge, as with Docker.
  private void free(Netlink netlink, Network.Pool pool) throws IOException {
    if (pool.asked() != Network.Asked.NOTHING) {
      return;
    }
    Optional<HostSubnets.Held> holder =
        HostSubnets.read(netlink, other -> other.name().equals(link))
            .holder(Subnet.parse(pool.subnet()));
    if (holder.isPresent()) {
      throw new GraftException(
          GraftException.Kind.FORBIDDEN,
          "the subnet "
              + pool.subnet()
              + " of network "
              + network.name()
              + " was free when it was chosen, but now "
              + holder.get()
              + ": remove the network and create it again, or create it with --subnet");
    }
  }

  private boolean allowSix() throws IOException {
    boolean there = Sysctl.exists("ipv6/conf/" + link + "/disable_ipv6");
    if (there) {
      Sysctl.set("ipv6/conf/" + link + "/disable_ipv6", "0");
    }
    return there;
  }

  /// Lets packets through between this bridge and the rest.
  void forward(Ground ground) throws IOException {
    ground.inside(() -> {
      Sysctl.switchOn("ipv4/ip_forward");
      Sysctl.switchOn("ipv4/conf/" + link + "/route_localnet");
      if (network.ipv6()) {
        Sysctl.forwardSix();
      }
      return true;
    });
  }
}

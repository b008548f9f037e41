package graft.network;

import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.linux.Netlink;
import graft.network.Network.Ipam;
import graft.network.Network.Pool;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The addresses of the default bridge: those that its link has, or else was configured for, or
/// else the first subnet that the host does not reach. Found out when the engine starts, and again
/// before the link is made: until then somebody else may have taken them.
final class DefaultBridge {
  private final Networks.Config config;
  private final Pools pools;
  private volatile @Nullable Ipam known;

  DefaultBridge(Networks.Config config, Pools pools) {
    this.config = config;
    this.pools = pools;
  }

  /// FORBIDDEN if the configured subnet is somebody else's.
  ///
  /// @param others the other networks
  synchronized Ipam ipam(Collection<Network> others) {
    Ipam found = known;
    return found == null ? choose(others) : found;
  }

  /// What the link that is about to be made shall have: as before, if that is still free. A subnet
  /// that was chosen and is not is chosen anew.
  synchronized Ipam choose(Collection<Network> others) {
    try (Netlink netlink = config.ground().netlink()) {
      Ipam found = new Ipam("default", Map.of(), List.of(pool(netlink, others)));
      known = found;
      return found;
    } catch (IOException e) {
      throw GraftException.internal(
          "cannot read the addresses of the bridge " + config.bridge() + ": " + e.getMessage(), e);
    }
  }

  private Pool pool(Netlink netlink, Collection<Network> others) throws IOException {
    Optional<Netlink.Link> existing = netlink.link(config.bridge());
    List<Pool> own =
        netlink.addresses().stream()
            .filter(a -> Ip.four(a.address()))
            .filter(a -> existing.isPresent() && a.link() == existing.get().index())
            .map(a -> Pool.of(Subnet.of(a.address(), a.prefix()), a.address()))
            .toList();
    Optional<Pool> wanted = config.subnet().map(DefaultBridge::configured);
    if (!own.isEmpty()) {
      Pool pool = wanted.filter(own::contains).orElse(own.getFirst());
      if (wanted.isEmpty() || wanted.get().equals(pool)) {
        return pool;
      }
      replace(netlink, existing.orElseThrow(), pool, wanted.get());
    }
    // Bridges of this engine's other networks are told by their records.
    HostSubnets host =
        HostSubnets.read(
            netlink,
            link -> link.name().equals(config.bridge()) || link.alias().equals(config.alias()));
    if (wanted.isPresent()) {
      holder(Subnet.parse(wanted.get().subnet()), host, others)
          .ifPresent(holder -> {
            throw new GraftException(Kind.FORBIDDEN, refusal(wanted.get(), holder));
          });
      return wanted.get();
    }
    Ipam before = known;
    if (before != null) {
      Pool pool = before.pools().getFirst();
      if (holder(Subnet.parse(pool.subnet()), host, others).isEmpty()) {
        return pool;
      }
    }
    Stream<Subnet> networks = others.stream().flatMap(Planner::subnets);
    Subnet subnet = pools.choose(Stream.concat(host.subnets().stream(), networks).toList());
    return Pool.of(subnet, subnet.address(1));
  }

  /// The bridge was made when the configuration said something else. It goes, to be made again; but
  /// not if it is not ours, or containers are on it.
  private void replace(Netlink netlink, Netlink.Link link, Pool has, Pool wanted)
      throws IOException {
    boolean ours = link.alias().equals(config.alias());
    if (ours && netlink.links().stream().noneMatch(l -> l.master() == link.index())) {
      netlink.deleteLink(link.name());
      return;
    }
    throw new GraftException(
        Kind.FORBIDDEN,
        "the bridge "
            + link.name()
            + " has the subnet "
            + has.subnet()
            + " and the address "
            + has.gateway()
            + ", but is configured for "
            + wanted.subnet()
            + " and "
            + wanted.gateway()
            + " (--bip), and "
            + (ours ? "containers are running on it" : "it is not one that Graft made")
            + ": start without --bip, or "
            + (ours ? "stop them first" : "with another --bridge"));
  }

  private static Optional<String> holder(
      Subnet wanted, HostSubnets host, Collection<Network> others) {
    return others.stream()
        .filter(network -> Planner.subnets(network).anyMatch(wanted::overlaps))
        .map(network -> "network " + network.name() + " has " + subnets(network))
        .findFirst()
        .or(() -> host.holder(wanted).map(Object::toString));
  }

  private static String subnets(Network network) {
    return Planner.subnets(network).map(Subnet::toString).collect(Collectors.joining(", "));
  }

  private String refusal(Pool pool, String holder) {
    return "the bridge "
        + config.bridge()
        + " cannot have the subnet "
        + pool.subnet()
        + ": "
        + holder
        + " (networks have overlapping IPv4); give the bridge another subnet with --bip (in"
        + " daemon.json \"bip\"), or none: then a free one is chosen";
  }

  /// `172.30.0.0/16`, or with the bridge's own address, `172.30.0.5/16`.
  private static Pool configured(String text) {
    int slash = text.indexOf('/');
    Optional<InetAddress> address = Ip.parse(text.substring(0, Math.max(slash, 0)));
    String bits = text.substring(slash + 1);
    if (address.isEmpty() || !Ip.four(address.get()) || !bits.matches("[1-9]|[12]\\d|3[012]")) {
      throw GraftException.invalid(
          "invalid subnet " + text + ": write it as ADDRESS/BITS, like 172.30.0.0/16");
    }
    Subnet subnet = Subnet.of(address.get(), Integer.parseInt(bits));
    if (subnet.bits() < 2) {
      throw GraftException.invalid(
          "subnet " + subnet + " of the bridge has no room for containers");
    }
    boolean own = !address.get().equals(subnet.base());
    return Pool.of(subnet, own ? address.get() : subnet.address(1));
  }

  /// Whether a network without a link could not have that subnet, since the host reaches it by
  /// another. Where there is a link, containers may be on it.
  boolean taken(Network network, Subnet subnet) throws IOException {
    try (Netlink netlink = config.ground().netlink()) {
      return netlink.link(Bridge.of(network, config.mtu()).link()).isEmpty()
          && HostSubnets.read(netlink, _ -> false).holder(subnet).isPresent();
    }
  }

  /// What the host reaches already.
  List<Subnet> routed() {
    try (Netlink netlink = config.ground().netlink()) {
      return HostSubnets.read(netlink, _ -> false).subnets();
    } catch (IOException e) {
      throw GraftException.internal("cannot read the host's routes: " + e.getMessage(), e);
    }
  }

  Map<String, String> options() {
    return Map.of(
        Bridge.DEFAULT,
        "true",
        Bridge.ICC,
        "true",
        Bridge.MASQUERADE,
        "true",
        Bridge.BINDING,
        config.publishDefault().isEmpty() ? "0.0.0.0" : config.publishDefault(),
        Bridge.NAME,
        config.bridge(),
        Bridge.MTU,
        Integer.toString(config.mtu()));
  }
}

package graft.network;

import graft.error.GraftException;
import graft.linux.Netlink;
import graft.network.Network.Ipam;
import graft.network.Network.Pool;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The addresses of the default bridge: those that its link has, or else was configured for, or
/// else the first subnet that the host does not route. Found out when they are asked for, and the
/// same from then on.
final class DefaultBridge {
  private final Networks.Config config;
  private volatile @Nullable Ipam known;

  DefaultBridge(Networks.Config config) {
    this.config = config;
  }

  /// @param others the subnets of the other networks
  synchronized Ipam ipam(Collection<Subnet> others) {
    Ipam found = known;
    if (found == null) {
      try (Netlink netlink = config.ground().netlink()) {
        found = new Ipam("default", Map.of(), List.of(pool(netlink, others)));
        known = found;
      } catch (IOException e) {
        throw GraftException.internal(
            "cannot read the addresses of the bridge " + config.bridge() + ": " + e.getMessage(),
            e);
      }
    }
    return found;
  }

  private Pool pool(Netlink netlink, Collection<Subnet> others) throws IOException {
    Optional<Netlink.Link> existing = netlink.link(config.bridge());
    Optional<Netlink.Address> own =
        netlink.addresses().stream()
            .filter(a -> Ip.four(a.address()))
            .filter(a -> existing.isPresent() && a.link() == existing.get().index())
            .findFirst();
    if (own.isPresent()) {
      InetAddress gateway = own.get().address();
      return Pool.of(Subnet.of(gateway, own.get().prefix()), gateway);
    }
    if (config.subnet().isPresent()) {
      return configured(config.subnet().get());
    }
    Subnet subnet = Pools.choose(Stream.concat(routed(netlink).stream(), others.stream()).toList());
    return Pool.of(subnet, subnet.address(1));
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

  /// What the host reaches already.
  List<Subnet> routed() {
    try (Netlink netlink = config.ground().netlink()) {
      return routed(netlink);
    } catch (IOException e) {
      throw GraftException.internal("cannot read the host's routes: " + e.getMessage(), e);
    }
  }

  private static List<Subnet> routed(Netlink netlink) throws IOException {
    Stream<Subnet> routes =
        netlink.routes().stream()
            .filter(r -> r.destination().isPresent() && r.prefix() > 0)
            .map(r -> Subnet.of(r.destination().get(), r.prefix()));
    Stream<Subnet> own =
        netlink.addresses().stream()
            .filter(a -> a.prefix() > 0)
            .map(a -> Subnet.of(a.address(), a.prefix()));
    return Stream.concat(routes, own).toList();
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

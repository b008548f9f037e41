package graft.network;

import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.network.Network.Asked;
import graft.network.Network.Ipam;
import graft.network.Network.Pool;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// From what is asked to a network with all its addresses: a pure function.
///
/// Source: engine-api 1.51 `POST /networks/create`; the texts of moby v28.5.2.
final class Planner {
  private final Collection<Subnet> networks;
  private final Pools choice;
  private final Supplier<List<Subnet>> routes;

  /// @param networks the subnets of the other networks
  /// @param choice where subnets are chosen from
  /// @param routes what the host reaches otherwise; asked only when a subnet is to be chosen
  Planner(Collection<Subnet> networks, Pools choice, Supplier<List<Subnet>> routes) {
    this.networks = networks;
    this.choice = choice;
    this.routes = routes;
  }

  Network plan(NetworkRequest asked, String id, Instant now) {
    String driver = asked.driver().isEmpty() ? "bridge" : asked.driver();
    switch (driver) {
      case "bridge", "macvlan", "ipvlan" -> {}
      case "host", "null" ->
          throw new GraftException(
              Kind.FORBIDDEN, "only one instance of \"" + driver + "\" network is allowed");
      default -> throw GraftException.notFound("plugin \"" + driver + "\" not found");
    }
    String ipam = asked.ipam().driver();
    if (!ipam.isEmpty() && !ipam.equals("default")) {
      throw GraftException.notFound("plugin \"" + ipam + "\" not found");
    }
    if (!asked.ipv4() && !asked.ipv6()) {
      throw GraftException.invalid("IPv4 or IPv6 must be enabled");
    }
    List<Pool> pools = new ArrayList<>();
    List<Subnet> taken = new ArrayList<>(networks);
    for (Pool pool : asked.ipam().pools()) {
      pools.add(complete(pool, driver, asked, taken));
    }
    boolean gateway = hasGateway(driver, asked.options());
    if (asked.ipv4() && pools.stream().noneMatch(Pool::four)) {
      taken.addAll(routes.get());
      Subnet subnet = choice.choose(taken);
      pools.add(chosen(subnet, gateway));
    }
    if (asked.ipv6() && pools.stream().allMatch(Pool::four)) {
      pools.add(chosen(local(id), gateway));
    }
    if (driver.equals("bridge")) {
      Bridge.checkOptions(asked.options());
    } else {
      VlanDriver.checkOptions(driver, asked.options());
    }
    return new Network(
        id,
        asked.name(),
        now,
        driver,
        asked.ipv4(),
        asked.ipv6(),
        asked.internal(),
        asked.attachable(),
        new Ipam("default", asked.ipam().options(), pools),
        asked.options(),
        asked.labels());
  }

  /// An ipvlan that routes has nobody to route to.
  private static boolean hasGateway(String driver, Map<String, String> options) {
    return !driver.equals("ipvlan") || options.getOrDefault("ipvlan_mode", "l2").equals("l2");
  }

  private static Pool chosen(Subnet subnet, boolean gateway) {
    Pool pool = Pool.of(subnet, subnet.address(1));
    return gateway ? pool : new Pool(pool.subnet(), "", "", Map.of(), Asked.NOTHING);
  }

  private Pool complete(Pool pool, String driver, NetworkRequest asked, List<Subnet> taken) {
    Subnet subnet = Subnet.parse(pool.subnet());
    Optional<Subnet> range =
        pool.range().isEmpty() ? Optional.empty() : Optional.of(range(pool, subnet));
    boolean used = subnet.four() ? asked.ipv4() : asked.ipv6();
    String gateway = pool.gateway();
    if (!gateway.isEmpty()) {
      within(subnet, gateway, "gateway " + gateway);
    } else if (used && hasGateway(driver, asked.options()) && subnet.bits() > 1) {
      long n = range.flatMap(r -> subnet.offset(r.base())).orElse(0L);
      gateway = Ip.text(subnet.address(Math.max(n, 1)));
    }
    pool.auxiliary()
        .forEach((name, address) -> within(subnet, address, "auxiliary address " + name));
    if (used && taken.stream().anyMatch(subnet::overlaps)) {
      throw new GraftException(
          Kind.FORBIDDEN,
          "invalid pool request: Pool overlaps with other one on this address space");
    }
    taken.add(subnet);
    return new Pool(
        subnet.toString(),
        range.map(Subnet::toString).orElse(""),
        gateway,
        pool.auxiliary(),
        pool.asked());
  }

  private static Subnet range(Pool pool, Subnet subnet) {
    String text = pool.range();
    String wrong = "invalid network config:\ninvalid ip-range " + text + ": ";
    int slash = text.indexOf('/');
    Optional<InetAddress> base = Ip.parse(text.substring(0, Math.max(slash, 0)));
    if (base.isEmpty() || !text.substring(slash + 1).matches("\\d{1,3}")) {
      throw GraftException.invalid(wrong + "invalid CIDR block notation");
    }
    int prefix = Integer.parseInt(text.substring(slash + 1));
    if (Ip.four(base.get()) != subnet.four()) {
      throw GraftException.invalid(
          wrong + "parent subnet is an IPv" + (subnet.four() ? 4 : 6) + " block");
    }
    if (prefix > base.get().getAddress().length * 8) {
      throw GraftException.invalid(wrong + "invalid CIDR block notation");
    }
    if (prefix < subnet.prefix()) {
      throw GraftException.invalid(wrong + "CIDR block is bigger than its parent subnet " + subnet);
    }
    Subnet range = Subnet.of(base.get(), prefix);
    if (!range.base().equals(base.get())) {
      throw GraftException.invalid(wrong + "it should be " + range);
    }
    if (!subnet.contains(range)) {
      throw GraftException.invalid(wrong + "parent subnet " + subnet + " doesn't contain ip-range");
    }
    return range;
  }

  private static void within(Subnet subnet, String text, String what) {
    String wrong = "invalid network config:\ninvalid " + what + ": ";
    InetAddress address =
        Ip.parse(text).orElseThrow(() -> GraftException.invalid(wrong + "invalid address"));
    if (Ip.four(address) != subnet.four()) {
      throw GraftException.invalid(
          wrong + "parent subnet is an IPv" + (subnet.four() ? 4 : 6) + " block");
    }
    if (!subnet.contains(address)) {
      throw GraftException.invalid(
          wrong + "parent subnet " + subnet + " doesn't contain this address");
    }
  }

  /// A unique local network (RFC 4193): the forty bits come from the id, which is random.
  private static Subnet local(String id) {
    String hex = id.substring(0, 10);
    return Subnet.parse(
        Ip.text(
                Ip.of(
                    "fd"
                        + hex.substring(0, 2)
                        + ":"
                        + hex.substring(2, 6)
                        + ":"
                        + hex.substring(6, 10)
                        + "::"))
            + "/64");
  }

  /// The subnets of these networks that are in use.
  static Stream<Subnet> subnets(Network network) {
    return Stream.of(true, false)
        .flatMap(four -> network.pool(four).stream())
        .map(pool -> Subnet.parse(pool.subnet()));
  }
}

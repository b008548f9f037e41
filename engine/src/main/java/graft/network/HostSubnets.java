package graft.network;

import graft.linux.Netlink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// What a host reaches without the bridge in question: networks that other interfaces have an
/// address in, and routes. A picture of a moment.
record HostSubnets(List<Held> all) {
  /// @param link name of the interface; empty for a route that has none, such as a black hole
  /// @param address of the interface with its prefix; empty for a route
  record Held(Subnet subnet, String link, Optional<String> address) {
    /// `interface eth0 has 10.0.0.1/24`.
    @Override
    public String toString() {
      return address
          .map(own -> "interface " + link + " has " + own)
          .orElseGet(() ->
              "the host has a route to "
                  + subnet
                  + (link.isEmpty() ? "" : " by interface " + link));
    }
  }

  HostSubnets {
    all = List.copyOf(all);
  }

  /// @param own links that are passed over, with their routes
  static HostSubnets read(Netlink netlink, Predicate<Netlink.Link> own) throws IOException {
    Map<Integer, String> names = new HashMap<>();
    for (Netlink.Link link : netlink.links()) {
      if (!own.test(link)) {
        names.put(link.index(), link.name());
      }
    }
    List<Held> found = new ArrayList<>();
    for (Netlink.Address a : netlink.addresses()) {
      String name = names.get(a.link());
      if (name != null && a.prefix() > 0) {
        String text = Ip.text(a.address()) + "/" + a.prefix();
        found.add(new Held(Subnet.of(a.address(), a.prefix()), name, Optional.of(text)));
      }
    }
    for (Netlink.Route r : netlink.routes()) {
      String name = r.link() == 0 ? "" : names.get(r.link());
      if (name != null && r.destination().isPresent() && r.prefix() > 0) {
        Subnet subnet = Subnet.of(r.destination().get(), r.prefix());
        found.add(new Held(subnet, name, Optional.empty()));
      }
    }
    return new HostSubnets(found);
  }

  List<Subnet> subnets() {
    return all.stream().map(Held::subnet).toList();
  }

  /// Who has this subnet, or some of it: whoever has an address in it or around it, whose
  /// neighbours are there for certain; and routes that the kernel would prefer to a bridge's for
  /// some of the subnet's addresses, or as much. A wider route loses to the bridge's, which is how
  /// parts of a large private network are used by containers.
  Optional<Held> holder(Subnet wanted) {
    return all.stream()
        .filter(held ->
            held.address().isPresent()
                ? wanted.overlaps(held.subnet())
                : wanted.contains(held.subnet()))
        .findFirst();
  }
}

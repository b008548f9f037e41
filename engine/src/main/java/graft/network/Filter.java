package graft.network;

import graft.network.Firewall.Mapping;
import graft.network.Firewall.Zone;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// The packet filter that this host turned out to have, and what was wrong with the others.
///
/// @param opener of a FORWARD chain that drops, where nftables is used
record Filter(Firewall rules, Optional<Iptables> opener, List<String> warnings) {
  /// Sets up the first one that takes the rules.
  ///
  /// @param bridge the name of the default bridge, which tells engines on one host apart
  static Filter choose(
      FirewallChoice choice,
      Ground ground,
      String bridge,
      Collection<Zone> zones,
      Collection<Mapping> mappings) {
    boolean useNft = choice == FirewallChoice.AUTO || choice == FirewallChoice.NFTABLES;
    boolean useIptables = choice == FirewallChoice.AUTO || choice == FirewallChoice.IPTABLES;
    String suffix = bridge.equals("graft0") ? "" : "-" + bridge;
    Optional<Iptables> iptables =
        Iptables.Family.find("iptables", ground)
            .map(four -> new Iptables(four, Iptables.Family.find("ip6tables", ground), suffix));
    List<String> reasons = new ArrayList<>();
    Optional<Tool> nft = Tool.find("nft", ground);
    if (useNft && nft.isPresent()) {
      Filter filter =
          new Filter(new Nftables(nft.get(), "graft" + suffix), iptables, new ArrayList<>());
      try {
        filter.set(zones, mappings);
        return filter;
      } catch (IOException e) {
        reasons.add(e.getMessage());
      }
    }
    if (useIptables && iptables.isPresent()) {
      try {
        iptables.get().set(zones, mappings);
        return new Filter(iptables.get(), Optional.empty(), List.of());
      } catch (IOException e) {
        reasons.add(e.getMessage());
      }
    }
    return new Filter(
        new NoFirewall(),
        Optional.empty(),
        List.of(
            "no usable firewall (nft or iptables) on this host, or none wanted: containers on a"
                + " bridge have no way out to other hosts, and published ports go through a proxy"
                + " in the engine"
                + (reasons.isEmpty() ? "" : " (" + String.join("; ", reasons) + ")")));
  }

  void clear() throws IOException {
    rules.clear();
    if (opener.isPresent() && opener.get().four().dropsForwarded()) {
      opener.get().closeForward();
    }
  }

  void set(Collection<Zone> zones, Collection<Mapping> mappings) throws IOException {
    rules.set(zones, mappings);
    if (opener.isPresent()) {
      try {
        if (opener.get().four().dropsForwarded()) {
          opener.get().openForward(zones);
        }
      } catch (IOException e) {
        String text = "the host's FORWARD chain could not be looked at: " + e.getMessage();
        if (!warnings.contains(text)) {
          warnings.add(text);
        }
      }
    }
  }
}

package graft.network;

import java.io.IOException;
import java.util.Collection;
import java.util.List;

/// One nftables table. Published ports are elements of two maps, so that adding or removing any
/// number of them is one transaction of one process, and a lookup costs the same for one and for a
/// thousand.
///
/// @param table its name
record Nftables(Tool nft, String table, String bridge, Subnet subnet) implements Firewall {
  @Override
  public void set(Collection<Mapping> mappings) throws IOException {
    // Declared, deleted, declared: one transaction that replaces whatever was there.
    StringBuilder text = new StringBuilder();
    text.append("table ip ").append(table).append("\ndelete table ip ").append(table).append('\n');
    text.append(rules());
    elements(text, "add", mappings);
    nft.run(text.toString(), "-f", "-");
  }

  @Override
  public void add(List<Mapping> mappings) throws IOException {
    change("add", mappings);
  }

  @Override
  public void remove(List<Mapping> mappings) throws IOException {
    change("delete", mappings);
  }

  private void change(String verb, List<Mapping> mappings) throws IOException {
    if (!mappings.isEmpty()) {
      StringBuilder text = new StringBuilder();
      elements(text, verb, mappings);
      nft.run(text.toString(), "-f", "-");
    }
  }

  private void elements(StringBuilder out, String verb, Collection<Mapping> mappings) {
    for (Mapping m : mappings) {
      boolean any = m.hostIp().equals("0.0.0.0");
      out.append(verb).append(" element ip ").append(table).append(any ? " any { " : " bound { ");
      if (!any) {
        out.append(m.hostIp()).append(" . ");
      }
      out.append(m.protocol()).append(" . ").append(m.hostPort());
      if (verb.equals("add")) {
        out.append(" : ").append(m.containerIp()).append(" . ").append(m.containerPort());
      }
      out.append(" }\n");
    }
  }

  /// What each chain is for:
  ///
  /// - `raw`: containers never reach what listens on the host's loopback, although `route_localnet`
  ///   is on for the bridge (which the answers to `local` need).
  /// - `arriving`, `local`: published ports, for packets from elsewhere and from this host. A port
  ///   published on 127.0.0.1 is looked up for the host's own packets only: a neighbour on the wire
  ///   can send us packets with that destination.
  /// - `leaving`: outgoing NAT; what came by a published port from loopback or from the bridge
  ///   itself gets the bridge's address, so that the answer comes back through here.
  /// - `forward`: into the bridge only answers and published ports.
  private String rules() {
    return """
    table ip %1$s {
      map any { type inet_proto . inet_service : ipv4_addr . inet_service; }
      map bound { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
      chain raw {
        type filter hook prerouting priority -300; policy accept;
        iifname "%2$s" ip daddr 127.0.0.0/8 drop
      }
      chain arriving {
        type nat hook prerouting priority -100; policy accept;
        ip daddr 127.0.0.0/8 return
        fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @bound
        fib daddr type local dnat ip to meta l4proto . th dport map @any
      }
      chain local {
        type nat hook output priority -100; policy accept;
        fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @bound
        fib daddr type local dnat ip to meta l4proto . th dport map @any
      }
      chain leaving {
        type nat hook postrouting priority 100; policy accept;
        ip saddr %3$s oifname != "%2$s" masquerade
        ip saddr 127.0.0.0/8 oifname "%2$s" masquerade
        ip saddr %3$s oifname "%2$s" ct status dnat masquerade
      }
      chain forward {
        type filter hook forward priority 0; policy accept;
        oifname "%2$s" ct state established,related accept
        iifname "%2$s" accept
        oifname "%2$s" ct status dnat accept
        oifname "%2$s" drop
      }
    }
    """
        .formatted(table, bridge, subnet);
  }
}

package graft.network;

import graft.linux.NftMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A table for IPv4 and, as soon as a network has it, one for IPv6. Published ports are elements of
/// two maps, so that adding or removing any number of them is one transaction of one process, and a
/// lookup costs the same for one and for a thousand; so are the bridges elements of sets.
///
/// @param table the name of both
record Nftables(Tool nft, String table) implements Firewall {
  @Override
  public void set(Collection<Zone> zones, Collection<Mapping> mappings) throws IOException {
    // Declared, deleted, declared: one transaction that replaces whatever was there.
    StringBuilder text = new StringBuilder();
    replace(text, "ip", published() + leaving(zones, true) + forward(zones));
    elements(text, mappings);
    if (zones.stream().flatMap(z -> z.subnets().stream()).anyMatch(s -> !s.four())) {
      replace(text, "ip6", leaving(zones, false) + forward(zones));
    }
    nft.run(text.toString(), "-f", "-");
  }

  private void replace(StringBuilder text, String family, String rules) {
    delete(text, family);
    text.append("table ").append(family).append(' ').append(table);
    text.append(" {\n").append(rules).append("}\n");
  }

  /// Declared first, since what is not there cannot be deleted.
  private void delete(StringBuilder text, String family) {
    String name = "table " + family + " " + table;
    text.append(name).append("\ndelete ").append(name).append('\n');
  }

  @Override
  public void clear() throws IOException {
    StringBuilder text = new StringBuilder();
    delete(text, "ip");
    delete(text, "ip6");
    nft.run(text.toString(), "-f", "-");
  }

  @Override
  public void add(List<Mapping> mappings) throws IOException {
    if (!mappings.isEmpty()) {
      NftMap.add(table, elements(mappings));
    }
  }

  @Override
  public void remove(List<Mapping> mappings) throws IOException {
    if (!mappings.isEmpty()) {
      NftMap.delete(table, elements(mappings));
    }
  }

  /// Not by the program: that would be the longest part of publishing a port.
  private List<NftMap.Element> elements(List<Mapping> mappings) {
    return mappings.stream().map(Nftables::element).toList();
  }

  /// As the maps in [#published] have them.
  private static NftMap.Element element(Mapping m) {
    boolean any = m.hostIp().equals("0.0.0.0");
    ByteBuffer key = ByteBuffer.allocate(any ? 8 : 12);
    if (!any) {
      key.put(Ip.of(m.hostIp()).getAddress());
    }
    key.put(protocol(m.protocol())).put(new byte[3]);
    key.putShort((short) m.hostPort()).putShort((short) 0);
    ByteBuffer value = ByteBuffer.allocate(8);
    value.put(Ip.of(m.containerIp()).getAddress());
    value.putShort((short) m.containerPort()).putShort((short) 0);
    return new NftMap.Element(any ? "any" : "bound", key.array(), value.array());
  }

  private static byte protocol(String name) {
    return switch (name) {
      case "tcp" -> 6;
      case "udp" -> 17;
      case "sctp" -> (byte) 132;
      default -> throw new IllegalArgumentException(name);
    };
  }

  private void elements(StringBuilder out, Collection<Mapping> mappings) {
    for (Mapping m : mappings) {
      boolean any = m.hostIp().equals("0.0.0.0");
      out.append("add element ip ").append(table).append(any ? " any { " : " bound { ");
      if (!any) {
        out.append(m.hostIp()).append(" . ");
      }
      out.append(m.protocol()).append(" . ").append(m.hostPort());
      out.append(" : ").append(m.containerIp()).append(" . ").append(m.containerPort());
      out.append(" }\n");
    }
  }

  /// What each chain is for:
  ///
  /// - `raw`: containers never reach what listens on the host's loopback, although `route_localnet`
  ///   is on for the bridges (which the answers to `local` need).
  /// - `arriving`, `local`: published ports, for packets from elsewhere and from this host. A port
  ///   published on 127.0.0.1 is looked up for the host's own packets only: a neighbour on the wire
  ///   can send us packets with that destination.
  /// - `leaving`: outgoing NAT; what came by a published port from loopback or from the bridge
  ///   itself gets the bridge's address, so that the answer comes back through here.
  /// - `forward`: into a bridge only answers, published ports and its own containers (whose packets
  ///   come by here where bridges call the packet filter); so networks are kept apart too.
  private static String published() {
    return """
      map any { type inet_proto . inet_service : ipv4_addr . inet_service; }
      map bound { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
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
      chain raw {
        type filter hook prerouting priority -300; policy accept;
        iifname @bridges ip daddr 127.0.0.0/8 drop
      }
    """;
  }

  private static String leaving(Collection<Zone> zones, boolean four) {
    String family = four ? "ip" : "ip6";
    StringBuilder text = new StringBuilder();
    text.append("  chain leaving {\n    type nat hook postrouting priority 100; policy accept;\n");
    if (four) {
      text.append("    ip saddr 127.0.0.0/8 oifname @bridges masquerade\n");
    }
    for (Zone zone : zones) {
      for (Subnet subnet : zone.subnets()) {
        String own = "    " + family + " saddr " + subnet + " oifname ";
        if (subnet.four() != four) {
          continue;
        }
        if (four) {
          text.append(own).append(quoted(zone.bridge())).append(" ct status dnat masquerade\n");
        }
        if (zone.masquerade() && !zone.internal()) {
          text.append(own).append("!= ").append(quoted(zone.bridge())).append(" masquerade\n");
        }
      }
    }
    return text.append("  }\n").toString();
  }

  private static String forward(Collection<Zone> zones) {
    return """
      set bridges { type ifname; %1$s }
      set closed { type ifname; %2$s }
      set same { type ifname . ifname; %3$s }
      chain forward {
        type filter hook forward priority 0; policy accept;
        iifname . oifname @same accept
        iifname @closed drop
        oifname @closed drop
        oifname @bridges ct state established,related accept
        oifname @bridges ct status dnat accept
        oifname @bridges drop
        iifname @bridges accept
      }
    """
        .formatted(
            names(zones.stream().map(z -> quoted(z.bridge()))),
            names(zones.stream().filter(Zone::internal).map(z -> quoted(z.bridge()))),
            names(zones.stream().map(z -> quoted(z.bridge()) + " . " + quoted(z.bridge()))));
  }

  private static String names(Stream<String> elements) {
    String all = elements.collect(Collectors.joining(", "));
    return all.isEmpty() ? "" : "elements = { " + all + " };";
  }

  private static String quoted(String name) {
    return '"' + name + '"';
  }
}

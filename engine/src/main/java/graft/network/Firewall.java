package graft.network;

import java.io.IOException;
import java.util.Collection;
import java.util.List;

/// The host's packet filter, as far as the bridges of this engine need it: outgoing NAT, published
/// ports, networks kept apart, nothing else let in. Rules live in a table or in chains of their
/// own; others' rules are never changed.
sealed interface Firewall permits Nftables, Iptables, NoFirewall {
  /// One bridge.
  ///
  /// @param internal closed to everything but its own containers and the host
  /// @param masquerade whether what leaves gets the host's address
  record Zone(String bridge, List<Subnet> subnets, boolean internal, boolean masquerade) {}

  /// One published IPv4 port. `hostIp` is `0.0.0.0` for every local address.
  record Mapping(
      String protocol, String hostIp, int hostPort, String containerIp, int containerPort) {}

  /// Puts exactly these rules in place, whatever an earlier engine left, without a moment in which
  /// a published port is closed.
  void set(Collection<Zone> zones, Collection<Mapping> mappings) throws IOException;

  /// Adds some to what is there: all or none.
  void add(List<Mapping> mappings) throws IOException;

  void remove(List<Mapping> mappings) throws IOException;

  /// Takes away all that [#set] put in place.
  void clear() throws IOException;
}

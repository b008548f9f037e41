package graft.network;

import java.io.IOException;
import java.util.Collection;
import java.util.List;

/// The host's packet filter, as far as one bridge needs it: outgoing NAT, published ports, nothing
/// else let in. Rules live in a table or in chains of their own; others' rules are never changed.
sealed interface Firewall permits Nftables, Iptables, NoFirewall {
  /// One published IPv4 port. `hostIp` is `0.0.0.0` for every local address.
  record Mapping(
      String protocol, String hostIp, int hostPort, String containerIp, int containerPort) {}

  /// Puts exactly these rules in place, whatever an earlier engine left, without a moment in which
  /// a published port is closed.
  void set(Collection<Mapping> mappings) throws IOException;

  /// Adds some to what is there: all or none.
  void add(List<Mapping> mappings) throws IOException;

  void remove(List<Mapping> mappings) throws IOException;
}

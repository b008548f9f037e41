package graft.network;

/// Which packet filter sets up outgoing NAT and published ports.
public enum FirewallChoice {
  /// nftables, or else iptables, or else none.
  AUTO,
  NFTABLES,
  IPTABLES,
  /// The host's rules are somebody else's business: no outgoing NAT, and published ports go through
  /// a proxy in the engine.
  NONE
}

package graft.network;

import java.util.Collection;
import java.util.List;

/// A host without a usable packet filter: published ports go through the engine's proxies alone,
/// and containers reach no further than the host.
record NoFirewall() implements Firewall {
  @Override
  public void set(Collection<Zone> zones, Collection<Mapping> mappings) {}

  @Override
  public void add(List<Mapping> mappings) {}

  @Override
  public void remove(List<Mapping> mappings) {}

  @Override
  public void clear() {}
}

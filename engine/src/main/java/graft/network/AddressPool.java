package graft.network;

import graft.error.GraftException;
import java.util.BitSet;

/// The addresses of one subnet and which are taken: the lowest free one is given out. The gateway's
/// is never free.
final class AddressPool {
  private final Subnet subnet;
  private final int gateway;
  private final String network;
  private final int last;
  private final BitSet taken = new BitSet();

  AddressPool(Subnet subnet, int gateway, String network) {
    this.subnet = subnet;
    this.gateway = gateway;
    this.network = network;
    taken.set(gateway - subnet.base());
    this.last = (int) Math.min(subnet.size() - 2, Integer.MAX_VALUE);
  }

  Subnet subnet() {
    return subnet;
  }

  int gateway() {
    return gateway;
  }

  synchronized int take() {
    int n = taken.nextClearBit(1);
    if (n > last) {
      throw GraftException.internal(
          "no available IPv4 addresses on this network's address pools: "
              + network
              + " ("
              + subnet
              + "); remove containers that are not needed",
          null);
    }
    taken.set(n);
    return subnet.address(n);
  }

  /// Marks an address as taken that a record says is in use.
  synchronized void restore(int address) {
    if (subnet.contains(address)) {
      taken.set(address - subnet.base());
    }
  }

  synchronized void release(int address) {
    if (subnet.contains(address) && address != gateway) {
      taken.clear(address - subnet.base());
    }
  }
}

package graft.network;

import graft.error.GraftException;
import graft.error.GraftException.Kind;
import java.net.InetAddress;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// The addresses of one subnet and which are taken: the lowest free one of the range is given out,
/// any other one of the subnet to whoever asks for it.
final class AddressPool {
  private final Subnet subnet;
  private final String network;
  private final int first;
  private final int last;
  private final Set<InetAddress> reserved;

  /// By offset in the subnet; what lies beyond an int (nobody gets it by chance) is in `far`.
  private final BitSet taken = new BitSet();

  private final Set<InetAddress> far = new HashSet<>();

  /// @param range from which addresses are given out; empty: the subnet
  /// @param reserved what is never given out: the gateway, and what the user said
  AddressPool(
      Subnet subnet, Optional<Subnet> range, Collection<InetAddress> reserved, String network) {
    this.subnet = subnet;
    this.network = network;
    this.reserved = Set.copyOf(reserved);
    Subnet from = range.orElse(subnet);
    long start = subnet.offset(from.base()).orElse(0L);
    long end = from.bits() > 31 ? Integer.MAX_VALUE : start + (1L << from.bits()) - 1;
    // The first address of a network is no host's, nor is the last one of an IPv4 network.
    long ofSubnet = subnet.bits() > 31 ? Integer.MAX_VALUE : (1L << subnet.bits()) - 1;
    this.first = (int) Math.max(1, Math.min(start, Integer.MAX_VALUE));
    this.last =
        (int) Math.min(Math.min(end, Integer.MAX_VALUE), subnet.four() ? ofSubnet - 1 : ofSubnet);
    this.reserved.forEach(this::mark);
  }

  Subnet subnet() {
    return subnet;
  }

  synchronized InetAddress take() {
    int n = taken.nextClearBit(first);
    if (n > last) {
      throw GraftException.internal(
          "no available "
              + (subnet.four() ? "IPv4" : "IPv6")
              + " addresses on this network's address pools: "
              + network
              + " ("
              + subnet
              + "); remove containers that are not needed",
          null);
    }
    taken.set(n);
    return subnet.address(n);
  }

  /// That one: FORBIDDEN if somebody has it, INVALID if it lies elsewhere.
  synchronized InetAddress take(InetAddress address) {
    if (!subnet.contains(address)) {
      throw GraftException.invalid(
          "no configured subnet or ip-range contain the IP address " + Ip.text(address));
    }
    if (!mark(address)) {
      throw new GraftException(Kind.FORBIDDEN, "Address already in use");
    }
    return address;
  }

  private boolean mark(InetAddress address) {
    Optional<Long> n = subnet.offset(address).filter(offset -> offset <= Integer.MAX_VALUE - 1);
    if (n.isEmpty()) {
      return far.add(address);
    }
    int index = n.get().intValue();
    boolean free = !taken.get(index);
    taken.set(index);
    return free;
  }

  /// Marks an address as taken that a record says is in use.
  synchronized void restore(InetAddress address) {
    if (subnet.contains(address)) {
      mark(address);
    }
  }

  synchronized void release(InetAddress address) {
    if (!subnet.contains(address) || reserved.contains(address)) {
      return;
    }
    if (!far.remove(address)) {
      subnet
          .offset(address)
          .filter(n -> n < Integer.MAX_VALUE)
          .ifPresent(n -> taken.clear(n.intValue()));
    }
  }
}

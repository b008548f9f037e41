package graft.network;

import graft.error.GraftException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The addresses of one network, of both families.
///
/// @param four empty where the network has no IPv4
record Addresses(Network network, Optional<AddressPool> four, Optional<AddressPool> six) {
  static Addresses of(Network network) {
    return new Addresses(network, pool(network, true), pool(network, false));
  }

  private static Optional<AddressPool> pool(Network network, boolean four) {
    return network
        .pool(four)
        .map(pool -> {
          List<InetAddress> reserved = new ArrayList<>();
          if (!pool.gateway().isEmpty()) {
            reserved.add(Ip.of(pool.gateway()));
          }
          pool.auxiliary().values().forEach(a -> reserved.add(Ip.of(a)));
          return new AddressPool(
              Subnet.parse(pool.subnet()),
              pool.range().isEmpty() ? Optional.empty() : Optional.of(Subnet.parse(pool.range())),
              reserved,
              network.name());
        });
  }

  /// What one container has of them.
  record Taken(Optional<InetAddress> four, Optional<InetAddress> six) {}

  /// Both or none.
  Taken take(Attachment asked) {
    Optional<InetAddress> mine = take(four, asked.address(), "IPv4");
    try {
      return new Taken(mine, take(six, asked.address6(), "IPv6"));
    } catch (RuntimeException e) {
      mine.ifPresent(this::release);
      throw e;
    }
  }

  private Optional<InetAddress> take(
      Optional<AddressPool> pool, Optional<String> wish, String family) {
    if (pool.isEmpty()) {
      if (wish.isPresent()) {
        throw GraftException.invalid(
            "network "
                + network.name()
                + " has no "
                + family
                + " subnet that contains "
                + wish.get());
      }
      return Optional.empty();
    }
    return Optional.of(wish.isPresent() ? pool.get().take(Ip.of(wish.get())) : pool.get().take());
  }

  void release(Taken taken) {
    taken.four().ifPresent(this::release);
    taken.six().ifPresent(this::release);
  }

  private void release(InetAddress address) {
    (Ip.four(address) ? four : six).ifPresent(pool -> pool.release(address));
  }

  /// What a record says an endpoint has.
  static Taken of(Endpoint e) {
    return new Taken(
        e.address().isEmpty() ? Optional.empty() : Optional.of(Ip.of(e.address())),
        e.address6().isEmpty() ? Optional.empty() : Optional.of(Ip.of(e.address6())));
  }

  void restore(Endpoint e) {
    Taken taken = of(e);
    taken.four().ifPresent(a -> four.ifPresent(pool -> pool.restore(a)));
    taken.six().ifPresent(a -> six.ifPresent(pool -> pool.restore(a)));
  }
}

package graft.network;

import graft.network.Addresses.Taken;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The addresses of all networks.
final class AddressBook {
  private final Map<String, Addresses> pools = new ConcurrentHashMap<>();

  Addresses of(Network network) {
    return pools.computeIfAbsent(network.id(), _ -> Addresses.of(network));
  }

  void forget(Network network) {
    pools.remove(network.id());
  }

  /// The record of an endpoint with these addresses.
  static Endpoint endpoint(
      String id,
      Network network,
      String mac,
      Taken taken,
      Optional<String> gateway,
      Optional<String> gateway6,
      List<String> names,
      Attachment asked,
      String link) {
    return new Endpoint(
        id,
        network.id(),
        network.name(),
        network.driver(),
        link,
        mac,
        taken.four().map(Ip::text).orElse(""),
        taken.four().isPresent() ? prefix(network, true) : 0,
        taken.four().isPresent() ? gateway.orElse("") : "",
        taken.six().map(Ip::text).orElse(""),
        taken.six().isPresent() ? prefix(network, false) : 0,
        taken.six().isPresent() ? gateway6.orElse("") : "",
        names,
        links(asked),
        asked.gatewayPriority());
  }

  private static int prefix(Network network, boolean four) {
    return network.pool(four).map(p -> Subnet.parse(p.subnet()).prefix()).orElse(0);
  }

  /// `db:database` → database is another name of db.
  private static Map<String, String> links(Attachment asked) {
    Map<String, String> all = new HashMap<>();
    for (String link : asked.links()) {
      int colon = link.indexOf(':');
      String target = colon < 0 ? link : link.substring(0, colon);
      String alias = colon < 0 ? link : link.substring(colon + 1);
      all.put(
          alias.toLowerCase(Locale.ROOT), target.startsWith("/") ? target.substring(1) : target);
    }
    return all;
  }
}

package graft.network;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The name service of one container: who is on its networks, as it is at the moment of each
/// question.
record Names(String container, Sandboxes sandboxes) implements NameService {
  @Override
  public Optional<List<InetAddress>> addresses(String name, boolean four) {
    for (Endpoint mine : mine()) {
      String link = mine.links().getOrDefault(name, "");
      List<Endpoint> found =
          neighbours(mine).stream()
              .filter(e -> called(e, name) || (!link.isEmpty() && called(e, link)))
              .toList();
      if (!found.isEmpty()) {
        List<InetAddress> addresses = new ArrayList<>();
        for (Endpoint e : found) {
          Ip.parse(four ? e.address() : e.address6()).ifPresent(addresses::add);
        }
        return Optional.of(addresses);
      }
    }
    return Optional.empty();
  }

  private List<Endpoint> mine() {
    return sandboxes.find(container).stream()
        .flatMap(s -> s.endpoints().stream())
        .filter(e -> !e.names().isEmpty())
        .sorted(Endpoint::byGateway)
        .toList();
  }

  private List<Endpoint> neighbours(Endpoint mine) {
    return sandboxes.on(mine.networkId()).stream()
        .flatMap(s -> s.on(mine.networkId()).stream())
        .toList();
  }

  /// By one of its names, alone or before that of the network.
  private static boolean called(Endpoint e, String name) {
    String suffix = "." + e.network();
    return e.names().stream()
        .anyMatch(n -> n.equalsIgnoreCase(name) || (n + suffix).equalsIgnoreCase(name));
  }

  @Override
  public Optional<String> name(InetAddress address) {
    String text = Ip.text(address);
    for (Endpoint mine : mine()) {
      for (Endpoint e : neighbours(mine)) {
        if (e.address().equals(text) || e.address6().equals(text)) {
          return Optional.of(e.names().getFirst() + "." + e.network());
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public List<Upstream> upstreams() {
    Optional<Sandbox> sandbox = sandboxes.find(container);
    if (sandbox.isEmpty() || sandbox.get().endpoints().stream().noneMatch(Endpoint::leadsOut)) {
      return List.of();
    }
    if (!sandbox.get().dns().isEmpty()) {
      return sandbox.get().dns().stream()
          .flatMap(server -> Ip.parse(server).stream())
          .map(address -> new Upstream(address, false))
          .toList();
    }
    try {
      return ResolvConf.servers(ResolvConf.ofHost()).stream()
          .flatMap(server -> Ip.parse(server).stream())
          .map(address -> new Upstream(address, true))
          .toList();
    } catch (IOException e) {
      // A host without a readable resolv.conf knows no servers.
      return List.of();
    }
  }
}

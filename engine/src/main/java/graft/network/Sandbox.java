package graft.network;

import java.util.List;
import java.util.Optional;

/// What a container got: a network namespace, its places on networks, its ports. The value is also
/// the record that a restarted engine finds.
///
/// @param namespace path of the namespace; empty unless `space` is [Space#AT]
/// @param dns name servers that were asked for; empty: the host's
/// @param warnings what could not be done as asked, in sentences
public record Sandbox(
    String containerId,
    String containerName,
    Space space,
    String namespace,
    List<Endpoint> endpoints,
    List<PublishedPort> ports,
    List<String> dns,
    List<String> warnings) {
  public Sandbox {
    endpoints = List.copyOf(endpoints);
    ports = List.copyOf(ports);
    // An earlier Graft did not record them.
    dns = dns == null ? List.of() : List.copyOf(dns);
    warnings = List.copyOf(warnings);
  }

  /// How the runtime comes to the namespace.
  public enum Space {
    /// It makes an empty one, with loopback.
    NEW,
    /// The host's.
    HOST,
    /// It enters the one at [Sandbox#namespace].
    AT
  }

  /// Its place on that network.
  public Optional<Endpoint> on(String networkId) {
    return endpoints.stream().filter(e -> e.networkId().equals(networkId)).findFirst();
  }

  /// Whether names are resolved for it: on networks that users made.
  public boolean resolves() {
    return space == Space.AT && endpoints.stream().anyMatch(e -> !e.names().isEmpty());
  }

  Sandbox with(List<Endpoint> others, List<PublishedPort> newPorts) {
    return new Sandbox(
        containerId, containerName, space, namespace, others, newPorts, dns, warnings);
  }

  Sandbox warned(List<String> more) {
    return new Sandbox(containerId, containerName, space, namespace, endpoints, ports, dns, more);
  }
}

package graft.network;

import java.util.List;

/// What a container got: a network namespace, its places on networks, its ports. The value is also
/// the record that a restarted engine finds.
///
/// @param namespace path of the namespace; empty unless `space` is [Space#AT]
/// @param warnings what could not be done as asked, in sentences
public record Sandbox(
    String containerId,
    String containerName,
    Space space,
    String namespace,
    List<Endpoint> endpoints,
    List<PublishedPort> ports,
    List<String> warnings) {
  public Sandbox {
    endpoints = List.copyOf(endpoints);
    ports = List.copyOf(ports);
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
}

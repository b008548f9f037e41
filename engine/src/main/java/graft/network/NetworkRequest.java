package graft.network;

import java.util.List;
import java.util.Map;

/// A network that somebody wants. A pool may name its subnet or leave it to us.
///
/// @param driver empty: `bridge`
public record NetworkRequest(
    String name,
    String driver,
    boolean ipv4,
    boolean ipv6,
    boolean internal,
    boolean attachable,
    Network.Ipam ipam,
    Map<String, String> options,
    Map<String, String> labels) {
  public NetworkRequest {
    options = Map.copyOf(options);
    labels = Map.copyOf(labels);
  }

  /// A bridge that Graft chooses everything of.
  public static NetworkRequest bridge(String name) {
    return new NetworkRequest(
        name,
        "bridge",
        true,
        false,
        false,
        false,
        new Network.Ipam("default", Map.of(), List.of()),
        Map.of(),
        Map.of());
  }
}

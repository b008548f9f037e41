package graft.network;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// A network as it is recorded.
///
/// @param driver `bridge`, `host` or `null`
/// @param ipam the addresses it gives out; none for `host` and `none`
/// @param options the driver's, in Docker's words
public record Network(
    String id,
    String name,
    Instant created,
    String driver,
    boolean internal,
    boolean attachable,
    Optional<Ipam> ipam,
    Map<String, String> options,
    Map<String, String> labels) {
  public Network {
    options = Map.copyOf(options);
    labels = Map.copyOf(labels);
  }

  public record Ipam(String subnet, String gateway) {}
}

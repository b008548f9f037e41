package graft.network;

/// Where a port of a container is reachable. A port published on every address stands here twice,
/// for `0.0.0.0` and for `::`.
///
/// @param protocol `tcp`, `udp` or `sctp`
public record PublishedPort(int containerPort, String protocol, String hostIp, int hostPort) {
  /// Docker's name of the container's side: `80/tcp`.
  public String target() {
    return containerPort + "/" + protocol;
  }
}

package graft.network;

import java.nio.file.Path;
import java.util.List;

/// Where a container's network comes from.
public sealed interface NetworkMode {
  /// Networks of its own choice, the one that the request names first.
  record On(List<Attachment> networks) implements NetworkMode {
    public On {
      networks = List.copyOf(networks);
    }
  }

  /// The namespace of another container, whatever that one is attached to.
  ///
  /// @param namespace a path that stands for it while the other runs: `/proc/PID/ns/net`
  record Joined(String container, Path namespace) implements NetworkMode {}

  NetworkMode BRIDGE = on("bridge");
  NetworkMode HOST = on("host");
  NetworkMode NONE = on("none");

  static NetworkMode on(String network) {
    return new On(List.of(Attachment.to(network)));
  }
}

package graft.network;

import java.nio.file.Path;

/// Where a container's network comes from.
public sealed interface NetworkMode {
  /// A network of its own choice, by name, id or prefix: `bridge`, `host`, `none`.
  record On(String network) implements NetworkMode {}

  /// The namespace of another container, whatever that one is attached to.
  ///
  /// @param namespace a path that stands for it while the other runs: `/proc/PID/ns/net`
  record Joined(String container, Path namespace) implements NetworkMode {}

  NetworkMode BRIDGE = new On("bridge");
  NetworkMode HOST = new On("host");
  NetworkMode NONE = new On("none");
}

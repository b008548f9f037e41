package graft.network;

import graft.linux.Netlink;
import graft.linux.NetworkNamespaces;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The network namespace in which bridges, their firewall and their way out are. Mostly it is the
/// engine's own, and the machine's. A rootless engine may not change that one: it has another,
/// while it stays in the machine's itself, where it listens on published ports and asks name
/// servers.
///
/// @param namespace bound to a file; empty: the engine's own
record Ground(Optional<Path> namespace) {
  static final Ground OWN = new Ground(Optional.empty());

  boolean apart() {
    return namespace.isPresent();
  }

  /// Runs something in there. Where that is elsewhere, it must not take locks that virtual threads
  /// wait for, see [NetworkNamespaces#inside].
  <T> T inside(NetworkNamespaces.Inside<T> work) throws IOException {
    return namespace.isPresent() ? NetworkNamespaces.inside(namespace.get(), work) : work.call();
  }

  /// A socket to the kernel that stays in there, whoever uses it.
  Netlink netlink() throws IOException {
    return inside(Netlink::open);
  }

  /// What begins the command line of a program that is to run in there.
  List<String> entering() {
    return namespace.map(path -> List.of("nsenter", "--net=" + path)).orElse(List.of());
  }
}

package graft.network;

import graft.linux.NetworkNamespaces;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/// How containers come onto the networks of one kind. A new kind of network is a new class here.
sealed interface Driver permits BridgeDriver, VlanDriver {
  /// Where an endpoint is to be made.
  ///
  /// @param namespace the file that the namespace is bound to
  /// @param inside a way into it
  /// @param link the name of the interface to be made there
  record Place(String containerName, Path namespace, NetworkNamespaces.Fresh inside, String link) {}

  /// Makes the endpoint: addresses and a link inside that is up. Routes are not its business. What
  /// it made by the time it fails it has unmade.
  ///
  /// @param network as it is recorded
  /// @param names see [Endpoint#names]
  Endpoint join(Network network, Attachment asked, List<String> names, Place place)
      throws IOException;

  /// Unmakes what [#join] made, but for the link inside: that goes with its namespace, or the
  /// caller deletes it. Nothing to do is no error.
  void leave(Network network, Endpoint endpoint) throws IOException;

  /// Takes up, after a restart of the engine, the endpoints of an earlier one on this network, and
  /// unmakes what it made for others.
  void restore(Network network, Collection<Endpoint> alive) throws IOException;

  /// Takes what the network has on the host away, now or soon. Nobody is on it.
  void remove(Network network) throws IOException;

  /// What could not be done as asked, in sentences.
  List<String> warnings();
}

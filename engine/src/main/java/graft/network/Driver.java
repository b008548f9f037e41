package graft.network;

import java.io.IOException;
import java.util.Collection;
import java.util.List;

/// How containers come onto the networks of one kind. A new kind of network is a new class here.
sealed interface Driver permits BridgeDriver, BareDriver {
  /// Attaches one container. What it made by the time it fails it has unmade.
  Sandbox attach(Network network, AttachRequest request) throws IOException;

  /// Unmakes what attach made; nothing to do is no error.
  void detach(Sandbox sandbox) throws IOException;

  /// Takes up, after a restart of the engine, what an earlier one made for these containers, and
  /// unmakes what it made for others. Answers what each has now.
  List<Sandbox> restore(Network network, Collection<Sandbox> alive) throws IOException;
}

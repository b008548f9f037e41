package graft.network;

import graft.network.Sandbox.Space;
import java.util.Collection;
import java.util.List;

/// `host` and `none`: a namespace, but nothing to set up in it.
record BareDriver(Space space) implements Driver {
  @Override
  public Sandbox attach(Network network, AttachRequest request) {
    return new Sandbox(
        request.containerId(),
        request.containerName(),
        space,
        "",
        List.of(Endpoint.bare(Ids.random(), network)),
        List.of(),
        List.of());
  }

  @Override
  public void detach(Sandbox sandbox) {}

  @Override
  public List<Sandbox> restore(Network network, Collection<Sandbox> alive) {
    return List.copyOf(alive);
  }
}

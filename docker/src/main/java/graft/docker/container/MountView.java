package graft.docker.container;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.container.Container.MountPoint;
import graft.container.ContainerSpec.MountKind;
import graft.container.ContainerSpec.MountRequest;
import graft.container.ContainerSpec.Recursion;
import graft.docker.json.Nodes;
import java.util.Comparator;
import java.util.Optional;

/// `Mounts` of inspect and of lists.
final class MountView {
  private MountView() {}

  static ArrayNode json(Container c) {
    ArrayNode all = Nodes.array();
    c.mounts().stream()
        .sorted(Comparator.comparing(MountPoint::source))
        .forEach(m -> all.add(json(m)));
    for (MountRequest m : c.spec().mounts()) {
      if (m.kind() == MountKind.TMPFS) {
        all.add(
            json(
                new MountPoint(
                    MountKind.TMPFS,
                    "",
                    "",
                    m.target(),
                    "",
                    !m.readOnly(),
                    "",
                    false,
                    "",
                    Recursion.FULL,
                    Optional.empty())));
      }
    }
    return all;
  }

  private static ObjectNode json(MountPoint m) {
    ObjectNode json = Nodes.object();
    json.put(
        "Type",
        switch (m.kind()) {
          case BIND -> "bind";
          case VOLUME -> "volume";
          case TMPFS -> "tmpfs";
          case IMAGE -> "image";
        });
    if (!m.name().isEmpty()) {
      json.put("Name", m.name());
    }
    json.put("Source", m.source());
    json.put("Destination", m.destination());
    if (m.kind() == MountKind.VOLUME) {
      json.put("Driver", "local");
    }
    json.put("Mode", m.mode());
    json.put("RW", m.writable());
    json.put("Propagation", m.propagation());
    return json;
  }
}

package graft.disk;

import graft.container.Container;
import graft.container.ContainerSpec.MountKind;
import graft.container.Containers;
import graft.container.State;
import graft.disk.PrunePlan.ContainerFact;
import graft.disk.PrunePlan.Facts;
import graft.disk.PrunePlan.ImageFact;
import graft.disk.PrunePlan.VolumeFact;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import graft.pins.Pins;
import graft.volume.Volume;
import graft.volume.Volumes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What a [PrunePlan] is made from, as it is at this moment.
public final class PruneFacts {
  private final Containers containers;
  private final Images images;
  private final Volumes volumes;
  private final Pins pins;

  public PruneFacts(Containers containers, Images images, Volumes volumes, Pins pins) {
    this.containers = containers;
    this.images = images;
    this.volumes = volumes;
    this.pins = pins;
  }

  /// Measures what could go; what vanishes meanwhile is left out.
  public Facts read() throws IOException {
    List<ContainerFact> some = new ArrayList<>();
    for (Container c : containers.list()) {
      long bytes;
      try {
        bytes = containers.usage(c.id());
      } catch (GraftException e) {
        // Removed since the list was made.
        continue;
      }
      some.add(
          new ContainerFact(
              c.id(),
              c.name(),
              c.state().word(),
              c.state() instanceof State.Created || c.state() instanceof State.Exited,
              pins.has(Pins.Kind.CONTAINER, c.id()),
              bytes,
              c.images().stream().map(Digest::toString).collect(Collectors.toSet()),
              c.allLayers().stream().map(Digest::toString).collect(Collectors.toSet()),
              c.mounts().stream()
                  .filter(m -> m.kind() == MountKind.VOLUME)
                  .map(Container.MountPoint::name)
                  .collect(Collectors.toSet())));
    }
    return new Facts(some, images(), volumes());
  }

  private List<ImageFact> images() {
    List<ImageFact> all = new ArrayList<>();
    for (ImageRecord i : images.list()) {
      Map<String, Long> layers = new LinkedHashMap<>();
      i.diffIds().forEach(d -> layers.put(d.toString(), images.layerSize(d)));
      all.add(
          new ImageFact(
              i.id().toString(),
              i.names().isEmpty() ? i.id().shortHex() : i.names().getFirst().familiar(),
              !i.names().isEmpty(),
              pins.has(Pins.Kind.IMAGE, i.id().toString()),
              i.parent().map(Digest::toString),
              layers));
    }
    return all;
  }

  private List<VolumeFact> volumes() throws IOException {
    List<VolumeFact> all = new ArrayList<>();
    for (Volume v : volumes.list()) {
      try {
        all.add(
            new VolumeFact(
                v.name(),
                v.anonymous(),
                pins.has(Pins.Kind.VOLUME, v.name()),
                !v.options().isEmpty(),
                volumes.isHeld(v.name()),
                v.options().isEmpty() ? volumes.size(v.name()) : 0,
                v.created().toString()));
      } catch (GraftException e) {
        // Removed since the list was made.
      }
    }
    return all;
  }

  /// The names under which a pin may be asked for, to what is pinned; see [#find].
  public Map<Pins.Pin, String> names() {
    Map<Pins.Pin, String> all = new HashMap<>();
    containers.list().forEach(c -> all.put(new Pins.Pin(Pins.Kind.CONTAINER, c.id()), c.name()));
    images
        .list()
        .forEach(i ->
            all.put(
                new Pins.Pin(Pins.Kind.IMAGE, i.id().toString()),
                i.names().isEmpty() ? i.id().shortHex() : i.names().getFirst().familiar()));
    volumes.list().forEach(v -> all.put(new Pins.Pin(Pins.Kind.VOLUME, v.name()), v.name()));
    return all;
  }

  /// A container, else an image, else a volume of that name; NOT_FOUND if there is none of them.
  public Pins.Pin find(String name) {
    try {
      return new Pins.Pin(Pins.Kind.CONTAINER, containers.find(name).id());
    } catch (GraftException notAContainer) {
      try {
        return new Pins.Pin(Pins.Kind.IMAGE, images.find(name).id().toString());
      } catch (GraftException notAnImage) {
        if (volumes.list().stream().noneMatch(v -> v.name().equals(name))) {
          throw GraftException.notFound("there is no container, image or volume called " + name);
        }
        return new Pins.Pin(Pins.Kind.VOLUME, name);
      }
    }
  }
}

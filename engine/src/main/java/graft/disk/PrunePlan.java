package graft.disk;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a prune would take, and for everything else why it stays. A pure function of what is here:
/// containers are decided first, since an image or a volume may only be free once they are gone.
public final class PrunePlan {
  public enum Kind {
    CONTAINER("container"),
    VOLUME("volume"),
    IMAGE("image");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  /// What is asked for.
  ///
  /// @param allImages also images with a name that no container needs
  /// @param volumes anonymous volumes too
  /// @param allVolumes volumes with a name as well
  public record Wishes(boolean allImages, boolean volumes, boolean allVolumes) {}

  /// @param state the word for what it does: `exited`
  /// @param idle created or exited, so that nothing of it runs
  /// @param bytes of its writable layer
  /// @param images ids of those that it stands on or mounts
  /// @param layers of all of them
  /// @param volumes names
  public record ContainerFact(
      String id,
      String name,
      String state,
      boolean idle,
      boolean pinned,
      long bytes,
      Set<String> images,
      Set<String> layers,
      Set<String> volumes) {}

  /// @param label a name, or a short id where it has none
  /// @param layers digest to bytes
  public record ImageFact(
      String id,
      String label,
      boolean named,
      boolean pinned,
      Optional<String> parent,
      Map<String, Long> layers) {}

  /// @param elsewhere its files are not under the data root
  /// @param held by a container that is being made
  /// @param created which of that name it is
  public record VolumeFact(
      String name,
      boolean anonymous,
      boolean pinned,
      boolean elsewhere,
      boolean held,
      long bytes,
      String created) {}

  public record Facts(
      List<ContainerFact> containers, List<ImageFact> images, List<VolumeFact> volumes) {}

  /// One thing and what becomes of it.
  ///
  /// @param id what it is for certain: an id, or name and time of making of a volume
  /// @param bytes freed by it if it goes in this order; what it has if it stays
  /// @param why in words
  public record Item(Kind kind, String id, String name, long bytes, boolean goes, String why) {}

  private final Wishes wishes;
  private final Facts facts;
  private final List<Item> items = new ArrayList<>();
  private final List<ContainerFact> staying = new ArrayList<>();

  private PrunePlan(Wishes wishes, Facts facts) {
    this.wishes = wishes;
    this.facts = facts;
  }

  /// Everything that is here, in the order in which it would be removed.
  public static List<Item> of(Wishes wishes, Facts facts) {
    PrunePlan plan = new PrunePlan(wishes, facts);
    plan.containers();
    plan.volumes();
    plan.images();
    return List.copyOf(plan.items);
  }

  private void add(Kind kind, String id, String name, long bytes, boolean goes, String why) {
    items.add(new Item(kind, id, name, bytes, goes, why));
  }

  private void containers() {
    for (ContainerFact c : facts.containers()) {
      boolean goes = c.idle() && !c.pinned();
      String why =
          c.pinned() ? "it is pinned" : c.idle() ? "it has " + c.state() : "it is " + c.state();
      add(
          Kind.CONTAINER,
          c.id(),
          c.name(),
          c.bytes(),
          goes,
          c.state().equals("created") && goes ? "it was never started" : why);
      if (!goes) {
        staying.add(c);
      }
    }
  }

  private void volumes() {
    for (VolumeFact v : facts.volumes()) {
      String why = whyVolumeStays(v);
      add(
          Kind.VOLUME,
          v.name() + " " + v.created(),
          v.name(),
          v.bytes(),
          why.isEmpty(),
          why.isEmpty() ? "no container uses it" : why);
    }
  }

  /// Empty if it goes.
  private String whyVolumeStays(VolumeFact v) {
    if (v.pinned()) {
      return "it is pinned";
    }
    Optional<ContainerFact> user =
        staying.stream().filter(c -> c.volumes().contains(v.name())).findFirst();
    if (user.isPresent()) {
      return "container " + user.get().name() + " uses it";
    }
    if (v.held()) {
      return "a container that is being made uses it";
    }
    if (!wishes.volumes() && !wishes.allVolumes()) {
      return "volumes were not asked for (--volumes)";
    }
    if (v.elsewhere()) {
      return "its files are elsewhere; remove it by name";
    }
    if (!v.anonymous() && !wishes.allVolumes()) {
      return "it has a name (--all-volumes takes those too)";
    }
    return "";
  }

  private void images() {
    Map<String, String> reasons = new HashMap<>();
    Map<String, ImageFact> byId = new HashMap<>();
    for (ImageFact i : facts.images()) {
      byId.put(i.id(), i);
      String why = whyImageStays(i);
      if (!why.isEmpty()) {
        reasons.put(i.id(), why);
      }
    }
    // Whoever stays keeps its parents.
    for (ImageFact i : facts.images()) {
      if (!reasons.containsKey(i.id())) {
        continue;
      }
      ImageFact child = i;
      for (Optional<String> p = i.parent(); p.isPresent(); p = child.parent()) {
        ImageFact parent = byId.get(p.get());
        if (parent == null
            || reasons.putIfAbsent(parent.id(), "image " + child.label() + " was made from it")
                != null) {
          break;
        }
        child = parent;
      }
    }
    Set<String> kept = new HashSet<>();
    staying.forEach(c -> kept.addAll(c.layers()));
    for (ImageFact i : facts.images()) {
      if (reasons.containsKey(i.id())) {
        kept.addAll(i.layers().keySet());
      }
    }
    Set<String> counted = new HashSet<>(kept);
    for (ImageFact i : childrenFirst()) {
      String why = reasons.getOrDefault(i.id(), "");
      long bytes = 0;
      for (Map.Entry<String, Long> layer : i.layers().entrySet()) {
        if (!why.isEmpty() || counted.add(layer.getKey())) {
          bytes += layer.getValue();
        }
      }
      add(
          Kind.IMAGE,
          i.id(),
          i.label(),
          bytes,
          why.isEmpty(),
          why.isEmpty() ? (i.named() ? "no container uses it" : "it has no name") : why);
    }
  }

  private String whyImageStays(ImageFact i) {
    if (i.pinned()) {
      return "it is pinned";
    }
    Optional<ContainerFact> user =
        staying.stream().filter(c -> c.images().contains(i.id())).findFirst();
    if (user.isPresent()) {
      return "container " + user.get().name() + " uses it";
    }
    return i.named() && !wishes.allImages() ? "it has a name (--all takes those too)" : "";
  }

  /// An image is only removed when none is left that was made from it.
  private List<ImageFact> childrenFirst() {
    Map<String, Integer> depth = new HashMap<>();
    Map<String, ImageFact> byId = new HashMap<>();
    facts.images().forEach(i -> byId.put(i.id(), i));
    for (ImageFact i : facts.images()) {
      int d = 0;
      ImageFact at = i;
      while (at != null && at.parent().isPresent() && d <= facts.images().size()) {
        at = byId.get(at.parent().get());
        d++;
      }
      depth.put(i.id(), d);
    }
    List<ImageFact> all = new ArrayList<>(facts.images());
    all.sort(
        Comparator.comparing((ImageFact i) -> depth.getOrDefault(i.id(), 0))
            .reversed()
            .thenComparing(ImageFact::label));
    return all;
  }
}

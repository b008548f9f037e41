package graft.build.cache;

import graft.db.Db;
import graft.images.Images;
import graft.oci.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Predicate;

/// Results of steps by what they were made of. A record is written when its layer is there; it goes
/// before its layer does. Only the end of the machine may leave one without: it is not found.
///
/// The size limit is a ceiling: what is to be kept makes room first, by leaves (steps that no other
/// kept step stands on), the longest unused first; where its size is known before it is written,
/// before it is. What running builds stand on stays; a result that then does not fit is not kept,
/// and belongs to its build alone.
public final class StepCache {
  private static final String KIND = "build-step";

  private final Db db;
  private final Predicate<Digest> here;
  private final long limit;
  private final Map<Digest, Kept> all = new HashMap<>();

  /// How many running builds stand on a record.
  private final Map<Digest, Integer> held = new HashMap<>();

  /// Records that were used and are not written yet.
  private final Set<Digest> touched = new HashSet<>();

  /// @param here whether a layer is in the store
  /// @param limit bytes of layers that are kept at most
  public StepCache(Db db, Predicate<Digest> here, long limit) throws IOException {
    this.db = db;
    this.here = here;
    this.limit = limit;
    for (Map.Entry<String, String> one : db.all(KIND).entrySet()) {
      Kept kept = KeptRecord.read(one.getKey(), one.getValue());
      all.put(kept.key(), kept);
    }
  }

  // ---- by builds

  /// What was kept, if its layers are still here; held for the build until it lets go.
  public synchronized Optional<Kept> find(Digest key, Collection<Digest> holds) {
    Kept kept = all.get(key);
    if (kept == null || !here.test(kept.layer())) {
      return Optional.empty();
    }
    hold(key, holds);
    Kept now = kept.usedNow();
    all.put(key, now);
    touched.add(key);
    return Optional.of(now);
  }

  /// Another step with these lines; as by [#find].
  public Optional<Kept> alike(Digest lines, Collection<Digest> holds) {
    Optional<Digest> key;
    synchronized (this) {
      key = all.values().stream().filter(k -> k.content().equals(lines)).map(Kept::key).findFirst();
    }
    return key.flatMap(k -> find(k, holds));
  }

  private void hold(Digest key, Collection<Digest> holds) {
    held.merge(key, 1, Integer::sum);
    holds.add(key);
  }

  /// The end of a build: lets go, and writes what was used.
  public void release(Collection<Digest> holds) throws IOException {
    List<Db.Change> changes = new ArrayList<>();
    synchronized (this) {
      holds.forEach(key -> held.computeIfPresent(key, (_, n) -> n == 1 ? null : n - 1));
      for (Digest key : touched) {
        Kept kept = all.get(key);
        if (kept != null) {
          changes.add(KeptRecord.put(KIND, kept));
        }
      }
      touched.clear();
    }
    if (!changes.isEmpty()) {
      db.write(changes, Db.Durable.WRITTEN);
    }
  }

  /// Makes room for a result that is going to be made.
  ///
  /// @param bytes of its files
  /// @return as of [#keep]
  public List<Digest> makeRoom(long bytes) throws IOException {
    if (bytes > limit) {
      return List.of(); // It will not be kept, so nothing has to go for it.
    }
    List<Kept> gone;
    synchronized (this) {
      // At least one, since a plan for nothing is one for all.
      gone = plan(Math.max(1, limit - bytes), _ -> true);
      gone.forEach(k -> all.remove(k.key()));
    }
    List<Db.Change> changes = new ArrayList<>();
    gone.forEach(k -> changes.add(new Db.Change.Delete(KIND, k.key().toString())));
    if (!changes.isEmpty()) {
      db.write(changes, Db.Durable.WRITTEN);
    }
    return freed(gone);
  }

  /// Keeps a result whose layer is in the store.
  ///
  /// @return layers that nothing in here needs any more, for whoever deletes them
  public List<Digest> keep(Kept kept, Collection<Digest> holds) throws IOException {
    List<Kept> gone;
    boolean fits;
    synchronized (this) {
      Set<Digest> needed = new HashSet<>(kept.parents());
      gone =
          kept.size() > limit
              ? List.of()
              : plan(limit - room(kept), k -> !needed.contains(k.key()));
      gone.forEach(k -> all.remove(k.key()));
      fits = size() + room(kept) <= limit;
      if (fits) {
        all.put(kept.key(), kept);
        hold(kept.key(), holds);
      }
    }
    List<Db.Change> changes = new ArrayList<>();
    for (Kept k : gone) {
      changes.add(new Db.Change.Delete(KIND, k.key().toString()));
    }
    if (fits) {
      changes.add(KeptRecord.put(KIND, kept));
    }
    db.write(changes, Db.Durable.WRITTEN);
    return freed(gone);
  }

  /// How many bytes more it takes: none if another step made the same layer.
  private long room(Kept kept) {
    return all.values().stream().anyMatch(k -> k.layer().equals(kept.layer())) ? 0 : kept.size();
  }

  /// A layer of this content, which may have gone meanwhile.
  public synchronized Optional<NewLayer> like(Digest identity) {
    return all.values().stream()
        .filter(k -> k.identity().filter(identity::equals).isPresent())
        .findFirst()
        .map(k -> new NewLayer(k.layer(), k.size(), k.identity()));
  }

  /// The last that was kept of the same step, to compare a miss with.
  public synchronized Optional<Kept> last(Digest slot) {
    return all.values().stream()
        .filter(k -> k.slot().equals(slot))
        .max(Comparator.comparing(Kept::used));
  }

  // ---- by the engine

  /// All layers that records stand on.
  public synchronized Set<Digest> layers() {
    Set<Digest> used = new HashSet<>();
    all.values()
        .forEach(k -> {
          used.add(k.layer());
          used.addAll(k.below());
        });
    return used;
  }

  /// Keys of the steps that records stand on; not all of these are on record.
  synchronized Set<Digest> parents() {
    Set<Digest> parents = new HashSet<>();
    all.values().forEach(k -> parents.addAll(k.parents()));
    return parents;
  }

  synchronized boolean has(Digest key) {
    return all.containsKey(key);
  }

  public synchronized List<Kept> list() {
    return List.copyOf(all.values());
  }

  public synchronized boolean isHeld(Digest key) {
    return held.containsKey(key);
  }

  /// Bytes of the layers, each once.
  public synchronized long size() {
    Map<Digest, Long> sizes = new HashMap<>();
    all.values().forEach(k -> sizes.put(k.layer(), k.size()));
    return sizes.values().stream().mapToLong(Long::longValue).sum();
  }

  /// Forgets records until no more than `most` bytes are left.
  ///
  /// @param may which may go
  /// @return what went
  public List<Kept> prune(long most, Predicate<Kept> may) {
    List<Kept> gone;
    synchronized (this) {
      gone = plan(most, may);
      gone.forEach(k -> all.remove(k.key()));
    }
    List<Db.Change> changes = new ArrayList<>();
    gone.forEach(k -> changes.add(new Db.Change.Delete(KIND, k.key().toString())));
    if (!changes.isEmpty()) {
      db.write(changes);
    }
    return gone;
  }

  /// Layers of forgotten records that the others do not have.
  public List<Digest> freed(List<Kept> gone) {
    Set<Digest> used = layers();
    Set<Digest> freed = new HashSet<>();
    gone.forEach(k -> {
      freed.add(k.layer());
      freed.addAll(k.below());
    });
    freed.removeAll(used);
    return List.copyOf(freed);
  }

  /// Which go: leaves first, of these the longest unused, until what is left fits.
  private List<Kept> plan(long most, Predicate<Kept> may) {
    Map<Digest, Integer> children = new HashMap<>();
    Map<Digest, Integer> sharing = new HashMap<>();
    long size = 0;
    for (Kept k : all.values()) {
      k.parents().forEach(p -> children.merge(p, 1, Integer::sum));
      if (sharing.merge(k.layer(), 1, Integer::sum) == 1) {
        size += k.size();
      }
    }
    PriorityQueue<Kept> leaves = new PriorityQueue<>(Comparator.comparing(Kept::used));
    all.values().stream().filter(k -> !children.containsKey(k.key())).forEach(leaves::add);
    List<Kept> gone = new ArrayList<>();
    while ((size > Math.max(0, most) || most <= 0) && !leaves.isEmpty()) {
      Kept k = leaves.remove();
      if (held.containsKey(k.key()) || !may.test(k)) {
        continue; // and so does all it stands on
      }
      gone.add(k);
      for (Digest parent : k.parents()) {
        if (children.computeIfPresent(parent, (_, n) -> n == 1 ? null : n - 1) == null
            && all.containsKey(parent)) {
          leaves.add(all.get(parent));
        }
      }
      if (sharing.merge(k.layer(), -1, Integer::sum) == 0) {
        size -= k.size();
      }
    }
    return gone;
  }

  /// Deletes layers that nothing needs any more; `images` knows of those in use elsewhere.
  public static void drop(Images images, List<Digest> freed) throws IOException {
    if (!freed.isEmpty()) {
      images.dropUnneeded(freed);
    }
  }
}

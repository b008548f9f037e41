package graft.build.cache;

import graft.db.Db;
import graft.oci.Digest;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Steps of other engines' caches whose layers nothing has needed here: it is known what they would
/// make, and no more. Steps that are kept stand on them, and are only found on the way over them;
/// so they stay on record for as long as such steps do, and take no room.
public final class AbsentSteps {
  private static final String KIND = "build-step-absent";

  private final Db db;
  private final Map<Digest, Kept> all = new HashMap<>();

  public AbsentSteps(Db db) throws IOException {
    this.db = db;
    for (Map.Entry<String, String> one : db.all(KIND).entrySet()) {
      Kept kept = KeptRecord.read(one.getKey(), one.getValue());
      all.put(kept.key(), kept);
    }
  }

  public synchronized Optional<Kept> find(Digest key) {
    return Optional.ofNullable(all.get(key));
  }

  /// By what a step read, as [StepCache#alike].
  public synchronized Optional<Kept> alike(Digest content) {
    return all.values().stream().filter(k -> k.content().equals(content)).findFirst();
  }

  /// Puts some on record, and forgets all that nothing kept stands on, or that are kept by now.
  public synchronized void settle(Collection<Kept> more, StepCache cache) throws IOException {
    if (more.isEmpty() && all.isEmpty()) {
      return;
    }
    Map<Digest, Kept> known = new HashMap<>(all);
    more.forEach(k -> known.put(k.key(), k));
    known.keySet().removeIf(cache::has);
    Set<Digest> needed = new HashSet<>();
    Deque<Digest> left = new ArrayDeque<>(cache.parents());
    while (!left.isEmpty()) {
      Kept kept = known.get(left.remove());
      if (kept != null && needed.add(kept.key())) {
        left.addAll(kept.parents());
      }
    }
    known.keySet().retainAll(needed);
    List<Db.Change> changes = new ArrayList<>();
    for (Digest key : all.keySet()) {
      if (!known.containsKey(key)) {
        changes.add(new Db.Change.Delete(KIND, key.toString()));
      }
    }
    for (Kept kept : known.values()) {
      if (!kept.equals(all.get(kept.key()))) {
        changes.add(KeptRecord.put(KIND, kept));
      }
    }
    if (!changes.isEmpty()) {
      db.write(changes, Db.Durable.WRITTEN);
      all.clear();
      all.putAll(known);
    }
  }
}

package graft.images;

import graft.oci.Digest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// Holds on layers and blobs that no image names yet, so that a removal leaves an unfinished pull,
/// load, commit or create alone; and the other way round, a pull does not build upon a layer that
/// is just being deleted.
public final class Leases {
  private final Map<Digest, Integer> held = new HashMap<>();
  private final Set<Digest> condemned = new HashSet<>();

  /// A hold on any number of digests; they are let go when it is closed.
  public final class Lease implements AutoCloseable {
    private final List<Digest> mine = new ArrayList<>();

    private Lease() {}

    /// Holds these, after whatever deletion of them is under way has ended.
    public void hold(Collection<Digest> digests) throws InterruptedException {
      synchronized (Leases.this) {
        for (Digest digest : digests) {
          while (condemned.contains(digest)) {
            Leases.this.wait();
          }
          held.merge(digest, 1, Integer::sum);
          mine.add(digest);
        }
      }
    }

    @Override
    public void close() {
      synchronized (Leases.this) {
        mine.forEach(digest -> held.computeIfPresent(digest, (_, n) -> n == 1 ? null : n - 1));
        mine.clear();
      }
    }
  }

  public Lease lease() {
    return new Lease();
  }

  /// Marks those of `candidates` that may go: not held, and not in use at this moment (asked under
  /// the same lock, so that nobody can take hold of one in between; it must not block). The caller
  /// deletes them and then calls [#spent].
  public synchronized List<Digest> condemn(
      Collection<Digest> candidates, Supplier<Set<Digest>> inUse) {
    Set<Digest> used = inUse.get();
    List<Digest> doomed =
        candidates.stream()
            .distinct()
            .filter(d -> !held.containsKey(d) && !condemned.contains(d) && !used.contains(d))
            .toList();
    condemned.addAll(doomed);
    return doomed;
  }

  public synchronized void spent(Collection<Digest> deleted) {
    deleted.forEach(condemned::remove);
    notifyAll();
  }
}

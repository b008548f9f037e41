package graft.lineage;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/// What was found out before, as much of it as there is room for: what was not asked for longest
/// goes first. Safe for several threads; two that miss the same both find it out.
final class Memory<K, V> {
  private final long most;
  private final ToLongFunction<V> weight;
  private long held;

  /// In the order of use. Guarded by itself.
  private final LinkedHashMap<K, V> values = new LinkedHashMap<>(16, 0.75f, true);

  Memory(long most, ToLongFunction<V> weight) {
    this.most = most;
    this.weight = weight;
  }

  Optional<V> get(K key) {
    synchronized (values) {
      return Optional.ofNullable(values.get(key));
    }
  }

  void put(K key, V value) {
    synchronized (values) {
      V before = values.put(key, value);
      held += weight.applyAsLong(value) - (before == null ? 0 : weight.applyAsLong(before));
      Iterator<Map.Entry<K, V>> eldest = values.entrySet().iterator();
      while (held > most && values.size() > 1) {
        held -= weight.applyAsLong(eldest.next().getValue());
        eldest.remove();
      }
    }
  }
}

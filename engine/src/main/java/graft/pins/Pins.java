package graft.pins;

import graft.db.Db;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/// Containers, images and volumes that no prune takes, nor a removal of an image that is not
/// forced. A pin is on the thing, not on a name that may come to mean another: container id, image
/// id, name of a volume. A pin whose thing is gone means nothing and goes with [#keepOnly].
public final class Pins {
  public enum Kind {
    CONTAINER("container"),
    IMAGE("image"),
    VOLUME("volume");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  /// @param id as the kind has it
  public record Pin(Kind kind, String id) {
    private String key() {
      return kind.word() + " " + id;
    }
  }

  private static final String RECORD = "pin";

  private final Db db;
  private final Set<String> keys = new ConcurrentSkipListSet<>();
  private final List<Predicate<Pin>> holders = new CopyOnWriteArrayList<>();

  public Pins(Db db) {
    this.db = db;
    keys.addAll(db.all(RECORD).keySet());
  }

  public boolean has(Kind kind, String id) {
    Pin pin = new Pin(kind, id);
    return keys.contains(pin.key()) || holders.stream().anyMatch(h -> h.test(pin));
  }

  /// Lets another room hold things as if they were pinned; they are in no list.
  public void alsoHeldBy(Predicate<Pin> holder) {
    holders.add(holder);
  }

  /// False if it was pinned already.
  public boolean pin(Pin pin) {
    if (keys.contains(pin.key())) {
      return false;
    }
    db.put(RECORD, pin.key(), Instant.now().toString());
    return keys.add(pin.key());
  }

  /// False if it was not pinned.
  public boolean unpin(Pin pin) {
    if (!keys.contains(pin.key())) {
      return false;
    }
    db.delete(RECORD, pin.key());
    return keys.remove(pin.key());
  }

  /// All ids, by kind.
  public Map<Kind, Set<String>> all() {
    Map<Kind, Set<String>> all = new LinkedHashMap<>();
    for (Kind kind : Kind.values()) {
      Set<String> ids = new TreeSet<>();
      String prefix = kind.word() + " ";
      keys.stream()
          .filter(k -> k.startsWith(prefix))
          .map(k -> k.substring(prefix.length()))
          .forEach(ids::add);
      all.put(kind, ids);
    }
    return all;
  }

  /// Forgets pins on things that are gone, lest another volume of the same name inherit one.
  public void keepOnly(Set<Pin> things) {
    for (Map.Entry<Kind, Set<String>> entry : all().entrySet()) {
      for (String id : entry.getValue()) {
        Pin pin = new Pin(entry.getKey(), id);
        if (!things.contains(pin)) {
          unpin(pin);
        }
      }
    }
  }
}

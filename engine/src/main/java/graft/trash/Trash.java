package graft.trash;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import graft.db.Db;
import graft.error.GraftException;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Removed containers, images and volumes, for a while. Whoever uses the Docker API sees none of
/// it: what is here is in no list, has given its name free, and counts as removed. It only takes
/// disk, up to a limit, and the oldest goes first.
///
/// **How a removal comes here.** The owner of the thing makes an [Entry], [#add]s it, and then in
/// one transaction deletes its own record and puts that of the entry ([#put]). So a thing is on
/// record either as what it was or as removed, whenever the engine dies. The files stay where they
/// are, or are renamed: nothing is copied, and a removal takes no longer for it.
///
/// **How it leaves.** [#restore] has the owner do the same backwards; [#tend] and [#empty] have it
/// delete the files. Both hold `turn`, so that nothing is taken back while it is being deleted.
public final class Trash {
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

  /// How long and how much; zero of either keeps nothing.
  public record Limits(Duration time, long bytes) {
    public static final Limits NOTHING = new Limits(Duration.ZERO, 0);

    boolean keeps() {
      return bytes > 0 && time.isPositive();
    }
  }

  /// One removed thing.
  ///
  /// @param group what was removed at once has one, and comes back at once
  /// @param key what it is for certain: id of a container or image, name of a volume
  /// @param holds digests of layers and blobs that have to stay for it
  /// @param body for its owner alone
  public record Entry(
      String id,
      String group,
      Kind kind,
      String key,
      String name,
      String removed,
      List<String> holds,
      String body) {
    public Entry {
      holds = List.copyOf(holds);
    }

    public Instant at() {
      return Instant.parse(removed);
    }
  }

  /// The room that a kind of thing is from.
  public interface Owner {
    /// Bytes that it has and nobody else.
    long measure(Entry entry) throws IOException;

    /// Whether somebody who says this name may mean it.
    boolean isCalled(Entry entry, String name);

    /// CONFLICT if it cannot come back under this name, or its own if none is given.
    void check(Entry entry, Optional<String> name) throws IOException;

    /// Takes it back, after [#check]. Writes [Trash#delete] along with its own record.
    ///
    /// @return what is not as it was, in sentences
    List<String> restore(Entry entry, Optional<String> name) throws IOException;

    /// Deletes its files. The entry's record is gone.
    void destroy(Entry entry) throws IOException;
  }

  private static final String RECORD = "trash";
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private final Db db;
  private final Limits limits;
  private final Map<Kind, Owner> owners = new EnumMap<>(Kind.class);
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();
  private final Map<String, Long> sizes = new ConcurrentHashMap<>();
  private final Object turn = new Object();

  public Trash(Db db, Limits limits) {
    this.db = db;
    this.limits = limits;
    db.all(RECORD)
        .forEach((id, body) -> {
          try {
            entries.put(id, JSON.readValue(body, Entry.class));
          } catch (JsonProcessingException e) {
            throw GraftException.internal("cannot read the record of removed thing " + id, e);
          }
        });
  }

  /// Once for each kind, before anything is restored or deleted.
  public void owner(Kind kind, Owner owner) {
    owners.put(kind, owner);
  }

  private Owner owner(Entry entry) {
    Owner owner = owners.get(entry.kind());
    if (owner == null) {
      throw new IllegalStateException("nobody owns removed things of kind " + entry.kind());
    }
    return owner;
  }

  /// Whether removals come here at all.
  public boolean keeps() {
    return limits.keeps();
  }

  public static String newGroup() {
    byte[] bytes = new byte[6];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  public Entry entry(
      String group, Kind kind, String key, String name, List<String> holds, String body) {
    return new Entry(newGroup(), group, kind, key, name, Instant.now().toString(), holds, body);
  }

  /// From now on its layers are held; before the transaction that has its record.
  public void add(Entry entry) {
    entries.put(entry.id(), entry);
  }

  /// The transaction did not come to be.
  public void withdraw(Entry entry) {
    entries.remove(entry.id());
  }

  public Db.Change put(Entry entry) {
    try {
      return new Db.Change.Put(RECORD, entry.id(), JSON.writeValueAsString(entry));
    } catch (JsonProcessingException e) {
      throw GraftException.internal("cannot write the record of removed " + entry.name(), e);
    }
  }

  public Db.Change delete(Entry entry) {
    return new Db.Change.Delete(RECORD, entry.id());
  }

  public boolean has(Kind kind, String key) {
    return entries.values().stream().anyMatch(e -> e.kind() == kind && e.key().equals(key));
  }

  public Optional<Entry> byId(String id) {
    return Optional.ofNullable(entries.get(id));
  }

  /// Layers and blobs that have to stay.
  public Set<String> held() {
    Set<String> all = new HashSet<>();
    entries.values().forEach(e -> all.addAll(e.holds()));
    return all;
  }

  /// The latest first.
  public List<Entry> list() {
    List<Entry> all = new ArrayList<>(entries.values());
    all.sort(Comparator.comparing(Entry::at).reversed().thenComparing(Entry::id));
    return all;
  }

  /// Bytes of an entry, or empty while nobody has counted them.
  public Optional<Long> size(Entry entry) {
    return Optional.ofNullable(sizes.get(entry.id()));
  }

  // ---- the way back

  /// @param restored what came back
  /// @param remarks what is not as it was, in sentences
  public record Restored(List<Entry> restored, List<String> remarks) {}

  /// Takes back what was removed last, or the latest of that name or id, with all that went at once
  /// with it.
  ///
  /// @param name empty: the last removal; else a name, or the beginning of an id or key
  /// @param newName instead of the one it had; for one thing alone
  public Restored restore(String name, Optional<String> newName) throws IOException {
    synchronized (turn) {
      Entry meant =
          list().stream()
              .filter(e -> name.isEmpty() || matches(e, name))
              .findFirst()
              .orElseThrow(() ->
                  GraftException.notFound(
                      name.isEmpty()
                          ? "there is nothing to bring back: nothing was removed, or it was too"
                              + " long ago; 'graft trash ls' shows what there is"
                          : "nothing called "
                              + name
                              + " was removed lately; 'graft trash ls' shows what there is"));
      List<Entry> group =
          list().stream()
              .filter(e -> e.group().equals(meant.group()))
              // What others stand on first: images and volumes, then containers.
              .sorted(Comparator.comparing(Entry::kind).reversed())
              .toList();
      // What the removal was about: volumes and parents went along with it.
      Entry main =
          group.stream()
              .min(Comparator.comparing(Entry::kind).thenComparing(Entry::at))
              .orElse(meant);
      // All of it or nothing.
      for (Entry e : group) {
        owner(e).check(e, e.equals(main) ? newName : Optional.empty());
      }
      Restored done = new Restored(new ArrayList<>(), new ArrayList<>());
      for (Entry e : group) {
        restore(e, e.equals(main) ? newName : Optional.empty(), done);
      }
      return done;
    }
  }

  private void restore(Entry e, Optional<String> name, Restored into) throws IOException {
    into.remarks().addAll(owner(e).restore(e, name));
    forget(e);
    into.restored().add(e);
  }

  /// For an owner that takes back what needs another removed thing: the latest of this key, if it
  /// is here and can come back.
  public boolean bringAlong(Kind kind, String key) throws IOException {
    synchronized (turn) {
      for (Entry e : list()) {
        if (e.kind() == kind && e.key().equals(key)) {
          owner(e).check(e, Optional.empty());
          restore(e, Optional.empty(), new Restored(new ArrayList<>(), new ArrayList<>()));
          return true;
        }
      }
      return false;
    }
  }

  private boolean matches(Entry e, String name) {
    String key = e.key().startsWith("sha256:") ? e.key().substring(7) : e.key();
    return owner(e).isCalled(e, name)
        || e.key().equals(name)
        || name.length() >= 4 && (e.id().startsWith(name) || key.startsWith(name));
  }

  private void forget(Entry entry) {
    entries.remove(entry.id());
    sizes.remove(entry.id());
  }

  // ---- the way out

  /// To be called now and then: what is too old or too much goes, the oldest first.
  public void tend(Instant now) throws IOException {
    measure();
    synchronized (turn) {
      long sum = 0;
      for (Entry e : list()) {
        sum += size(e).orElse(0L);
        if (!limits.keeps() || sum > limits.bytes() || e.at().plus(limits.time()).isBefore(now)) {
          destroy(e);
        }
      }
    }
  }

  private void measure() throws IOException {
    for (Entry e : list()) {
      if (!sizes.containsKey(e.id())) {
        long bytes = owner(e).measure(e);
        sizes.put(e.id(), bytes);
      }
    }
  }

  /// Deletes everything; the bytes that it had, as far as they were counted.
  public long empty() throws IOException {
    long sum = 0;
    synchronized (turn) {
      for (Entry e : list()) {
        sum += size(e).orElse(0L);
        destroy(e);
      }
    }
    return sum;
  }

  /// The record goes first: what a kill leaves is files that no record speaks of, which the next
  /// engine takes away.
  private void destroy(Entry e) throws IOException {
    db.write(List.of(delete(e)));
    forget(e);
    owner(e).destroy(e);
  }

  /// Drops the record of an entry whose files are not there.
  public void drop(Entry e) {
    db.write(List.of(delete(e)));
    forget(e);
  }
}

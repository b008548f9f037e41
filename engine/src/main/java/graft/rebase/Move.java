package graft.rebase;

import graft.facts.Contents;
import graft.rebase.Base.Change;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// From an old base to a new one: what differs, found once for all images that stand on the old.
public final class Move {
  private final Base old;
  private final Base now;
  private final Texts texts;
  private final NavigableMap<String, Change> changes;

  /// The same, for look-ups: each image asks of each of its paths.
  private final Map<String, Change> byPath;

  private final Map<String, Set<String>> minimums = new ConcurrentHashMap<>();
  private final Packages.Reader packages = new Packages.Reader();
  private Trust.@Nullable Sources sources;
  private final Map<String, Optional<String>> inputs = new ConcurrentHashMap<>();

  private Move(Base old, Base now, Texts texts) {
    this.old = old;
    this.now = now;
    this.texts = texts;
    this.changes = Base.changes(old, now);
    this.byPath = new HashMap<>(changes);
  }

  /// @param contents of the layers of both bases, and of all images that are asked about
  public static Move between(Base old, Base now, Contents contents) {
    return new Move(old, now, new Texts(contents));
  }

  public Base old() {
    return old;
  }

  public Base now() {
    return now;
  }

  /// The new base with nothing on it.
  View nowAlone() {
    return new View(now, Own.of(List.of()));
  }

  View oldAlone() {
    return new View(old, Own.of(List.of()));
  }

  /// Of whose packages are which paths; read when it is asked for first.
  synchronized Trust.Sources sources() {
    Trust.Sources all = sources;
    if (all == null) {
      all = new Trust.Sources(this);
      sources = all;
    }
    return all;
  }

  /// Symbols of a package whose minimum version was raised: `inflate@ZLIB_1.2`.
  Set<String> minimums(String oldPackage, String nowPackage) {
    return minimums.computeIfAbsent(
        nowPackage, n -> Trust.raised(symbols(oldAlone(), oldPackage), symbols(nowAlone(), n)));
  }

  private String symbols(View view, String name) {
    String plain = name.replaceFirst(":.*", "");
    return texts
        .of(view, "var/lib/dpkg/info/" + name + ".symbols")
        .or(() -> texts.of(view, "var/lib/dpkg/info/" + plain + ".symbols"))
        .orElse("");
  }

  /// How many paths differ.
  public int size() {
    return changes.size();
  }

  Packages.Reader packages() {
    return packages;
  }

  Texts texts() {
    return texts;
  }

  NavigableMap<String, Change> changes() {
    return changes;
  }

  /// The first path that differs of those from which something is made.
  Optional<String> firstChanged(Generator generator) {
    return inputs.computeIfAbsent(
        generator.name(),
        _ ->
            changes.entrySet().stream()
                .filter(e -> !e.getValue().onlyDirectory())
                .map(Map.Entry::getKey)
                // What is made is no input of itself.
                .filter(p -> Generator.of(p).isEmpty())
                .filter(p -> generator.inputs().matcher(p).matches())
                .findFirst());
  }

  Optional<Change> change(String path) {
    return Optional.ofNullable(byPath.get(path));
  }
}

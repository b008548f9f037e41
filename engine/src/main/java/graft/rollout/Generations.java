package graft.rollout;

import graft.db.Db;
import graft.error.GraftException;
import graft.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/// What roll-outs have moved, so that it can be moved back, and what they are making just now. The
/// images of both are held as if they were pinned.
///
/// Records of images that are being made are written before the images are, or with them. Whatever
/// has one at a start was made by an engine that was killed before the names moved.
final class Generations {
  /// Of the latest, with the images they replaced.
  static final int KEPT = 10;

  private static final String KIND = "generation";
  private static final String MAKING = "rollout-made";
  private static final String FORGOTTEN = "generation-forgotten";

  private final Db db;
  private final NavigableMap<Integer, Generation> all = new ConcurrentSkipListMap<>();
  private final Set<Digest> making = ConcurrentHashMap.newKeySet();
  private int last;

  Generations(Db db) {
    this.db = db;
    db.all(KIND)
        .forEach((id, body) -> {
          Generation one =
              PlanJson.read(
                  body.getBytes(StandardCharsets.UTF_8), Generation.class, "generation " + id);
          all.put(one.generation(), one);
        });
    db.all(MAKING).keySet().forEach(id -> making.add(Digest.parse(id)));
    last = Math.max(all.isEmpty() ? 0 : all.lastKey(), forgotten(db));
  }

  /// The highest number that was given to one that is forgotten.
  private static int forgotten(Db db) {
    return Integer.parseInt(db.all(FORGOTTEN).getOrDefault(FORGOTTEN, "0"));
  }

  /// Newest first.
  List<Generation> list() {
    return new ArrayList<>(all.descendingMap().values());
  }

  /// NOT_FOUND if there is none.
  Generation find(int number) {
    Generation found = all.get(number);
    if (found == null) {
      throw GraftException.notFound(
          "there is no generation " + number + "; 'graft generations' lists them");
    }
    return found;
  }

  boolean holds(Digest image) {
    return making.contains(image)
        || all.values().stream()
            .flatMap(g -> g.images().stream())
            .anyMatch(i -> i.from().equals(image) || i.to().equals(image));
  }

  /// To be called before the image is made.
  void making(Digest image) {
    db.write(List.of(makingAlong(image)), Db.Durable.WRITTEN);
  }

  /// The same, to be written along with the image's record.
  Db.Change makingAlong(Digest image) {
    making.add(image);
    return new Db.Change.Put(MAKING, image.toString(), "");
  }

  /// Those that were made, or were to be, and have no name yet.
  List<Digest> unfinished() {
    return List.copyOf(making);
  }

  /// Nothing is to be taken away any more.
  void finished(List<Digest> images) {
    db.write(images.stream().map(Generations::unmake).toList(), Db.Durable.WRITTEN);
    images.forEach(making::remove);
  }

  private static Db.Change unmake(Digest image) {
    return new Db.Change.Delete(MAKING, image.toString());
  }

  private synchronized int last() {
    return last;
  }

  /// A number that no other one has or had.
  synchronized int next() {
    last++;
    return last;
  }

  /// What has to be written with the names; [#written] comes after that. What was made and is not
  /// in it stays unfinished.
  List<Db.Change> changes(Generation one) {
    List<Db.Change> changes = new ArrayList<>();
    changes.add(put(one));
    one.images().forEach(i -> changes.add(unmake(i.to())));
    old(one).forEach(g -> changes.add(new Db.Change.Delete(KIND, id(g.generation()))));
    return changes;
  }

  void written(Generation one) {
    List<Generation> old = old(one);
    all.put(one.generation(), one);
    one.images().forEach(i -> making.remove(i.to()));
    old.forEach(g -> all.remove(g.generation()));
  }

  void forget(int number) {
    db.write(
        List.of(
            new Db.Change.Delete(KIND, id(find(number).generation())),
            new Db.Change.Put(FORGOTTEN, FORGOTTEN, Integer.toString(last()))));
    all.remove(number);
  }

  private List<Generation> old(Generation one) {
    return all.values().stream().filter(g -> g.generation() <= one.generation() - KEPT).toList();
  }

  private static Db.Change put(Generation one) {
    return new Db.Change.Put(
        KIND, id(one.generation()), new String(PlanJson.bytes(one), StandardCharsets.UTF_8));
  }

  /// So that they are in order.
  private static String id(int number) {
    return String.format("%09d", number);
  }
}

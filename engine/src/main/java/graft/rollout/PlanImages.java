package graft.rollout;

import graft.db.Db;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/// Images that were made for plans, so that what these say is said of the very images. They have no
/// name, and are held until their plan is carried out or given up; then nothing of them is left.
///
/// Each is written down before it is made, at first without a plan. Whatever is so at a start was
/// made by an engine that was killed before there was one.
final class PlanImages {
  private static final String KIND = "rollout-planned";

  private final Db db;
  private final Images images;

  /// Images and their plans; empty while these are made.
  private final Map<Digest, Optional<Digest>> all = new ConcurrentHashMap<>();

  PlanImages(Db db, Images images) {
    this.db = db;
    this.images = images;
    db.all(KIND)
        .forEach((id, plan) ->
            all.put(
                Digest.parse(id),
                plan.isEmpty() ? Optional.empty() : Optional.of(Digest.parse(plan))));
  }

  boolean holds(Digest image) {
    return all.containsKey(image);
  }

  /// To be called before an image is made that is not here yet.
  void making(Digest image) {
    put(image, Optional.empty());
  }

  private void put(Digest image, Optional<Digest> plan) {
    all.put(image, plan);
    String body = plan.map(Digest::toString).orElse("");
    db.write(List.of(new Db.Change.Put(KIND, image.toString(), body)), Db.Durable.WRITTEN);
  }

  /// The plan that images were made for.
  void planned(Collection<Digest> made, Digest plan) {
    made.stream().filter(all::containsKey).forEach(image -> put(image, Optional.of(plan)));
  }

  /// Takes away what was made for plans that are given up.
  ///
  /// @param givenUp whether a plan is; asked with nothing for what is of none yet
  void discard(Predicate<Optional<Digest>> givenUp) throws IOException {
    for (Map.Entry<Digest, Optional<Digest>> one : List.copyOf(all.entrySet())) {
      if (givenUp.test(one.getValue())) {
        discard(one.getKey());
      }
    }
  }

  /// Takes an image away, unless it has got a name, or something stands on it.
  void discard(Digest image) throws IOException {
    if (all.remove(image) == null) {
      return;
    }
    Optional<ImageRecord> here = images.byId(image);
    if (here.isPresent() && here.get().names().isEmpty()) {
      try {
        if (here.get().digests().isEmpty()) {
          images.discard(image);
        } else {
          // What was pulled has been told of.
          var _ = images.remove(image.toString(), false, false);
        }
      } catch (GraftException e) {
        // It is used by now: it is not this plan's any more.
      }
    }
    db.write(List.of(new Db.Change.Delete(KIND, image.toString())), Db.Durable.WRITTEN);
  }

  /// What is to be written when images have got another holder; [#handedOver] comes after that.
  List<Db.Change> handingOver(Collection<Digest> made) {
    return made.stream()
        .filter(all::containsKey)
        .<Db.Change>map(image -> new Db.Change.Delete(KIND, image.toString()))
        .toList();
  }

  void handedOver(Collection<Digest> made) {
    made.forEach(all::remove);
  }
}

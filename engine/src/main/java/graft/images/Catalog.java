package graft.images;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import graft.db.Db;
import graft.error.GraftException;
import graft.oci.Digest;
import graft.oci.Reference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which images are here and which name points where. Readers take an immutable picture without a
/// lock; writers make the next one under `writing`, after the metadata store has it on disk. A name
/// moves from one image to another in a single transaction.
final class Catalog {
  private static final String KIND = "image";
  private static final String TOMBSTONE = "image-tombstone";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /// All that is known at one moment.
  record Picture(Map<Digest, ImageRecord> byId, Map<Reference, Digest> byName) {
    /// Newest first.
    List<ImageRecord> list() {
      List<ImageRecord> all = new ArrayList<>(byId.values());
      all.sort(
          Comparator.comparing(ImageRecord::created).reversed().thenComparing(ImageRecord::id));
      return all;
    }
  }

  private final Db db;
  private final Object writing = new Object();
  private volatile Picture picture;

  /// By id, of images that were removed. Changed under `writing`.
  private volatile Map<Digest, Tombstone> tombstones;

  Catalog(Db db) {
    this.db = db;
    Map<Digest, ImageRecord> byId = new HashMap<>();
    db.all(KIND)
        .forEach((id, body) -> {
          try {
            byId.put(Digest.parse(id), JSON.readValue(body, ImageRecord.class));
          } catch (JsonProcessingException e) {
            throw GraftException.internal("cannot read the record of image " + id, e);
          }
        });
    picture = picture(byId);
    Map<Digest, Tombstone> gone = new HashMap<>();
    db.all(TOMBSTONE)
        .forEach((id, body) -> {
          try {
            gone.put(Digest.parse(id), JSON.readValue(body, Tombstone.class));
          } catch (JsonProcessingException e) {
            throw GraftException.internal("cannot read what is kept of image " + id, e);
          }
        });
    tombstones = Map.copyOf(gone);
  }

  /// Of images that are not here and that others derive from.
  List<Tombstone> tombstones() {
    Picture now = picture;
    return tombstones.values().stream().filter(t -> !now.byId().containsKey(t.id())).toList();
  }

  private static Picture picture(Map<Digest, ImageRecord> byId) {
    Map<Reference, Digest> byName = new HashMap<>();
    byId.values()
        .forEach(image -> {
          image.names().forEach(name -> byName.put(name, image.id()));
          image.digests().forEach(name -> byName.put(name, image.id()));
        });
    return new Picture(byId, byName);
  }

  Picture picture() {
    return picture;
  }

  Optional<ImageRecord> byId(Digest id) {
    return Optional.ofNullable(picture.byId().get(id));
  }

  /// An image that comes.
  ///
  /// @param names come to it, whatever they named before
  record Added(ImageRecord image, List<Reference> names) {
    Added {
      names = names.stream().map(Reference::withDefaultTag).toList();
    }
  }

  /// Adds images, or gives those that are here already the new digest names; they keep all other
  /// names. All of it is one transaction: no image without its name is left if the disk is full in
  /// between.
  ///
  /// @param along what else changes in that transaction
  /// @return them as they are then
  List<ImageRecord> add(List<Added> images, List<Db.Change> along) {
    synchronized (writing) {
      Map<Digest, ImageRecord> byId = new HashMap<>(picture.byId());
      Map<Reference, Digest> byName = new HashMap<>(picture.byName());
      Map<Digest, ImageRecord> changed = new LinkedHashMap<>();
      for (Added added : images) {
        Digest id = added.image().id();
        changed.put(id, merged(byId.get(id), added.image()));
        byId.putAll(changed);
        for (Reference name : added.names()) {
          changed.putAll(named(byId, byName, name, id));
          byId.putAll(changed);
          byName.put(name, id);
        }
      }
      // A power cut may take back when a name was given, which is all that a repeated build
      // changes.
      boolean news = changed.values().stream().anyMatch(this::news);
      List<Db.Change> all = new ArrayList<>(along);
      changed.values().forEach(c -> all.add(put(c)));
      db.write(all, news ? Db.Durable.ON_DISK : Db.Durable.WRITTEN);
      picture = picture(byId);
      return images.stream().map(a -> byId.get(a.image().id())).toList();
    }
  }

  ImageRecord add(ImageRecord image, List<Reference> names) {
    return add(List.of(new Added(image, names)), List.of()).getFirst();
  }

  /// Whether more is different than when the image was tagged.
  private boolean news(ImageRecord image) {
    ImageRecord known = picture.byId().get(image.id());
    return known == null
        || !image.with(image.names(), image.digests(), known.tagged()).equals(known);
  }

  private static ImageRecord merged(@Nullable ImageRecord known, ImageRecord image) {
    return known == null
        ? image
        : new ImageRecord(
            image.id(),
            // The manifest that a registry knows says more than one made here.
            image.digests().isEmpty() && !known.digests().isEmpty()
                ? known.manifest()
                : image.manifest(),
            image.diffIds(),
            image.platform(),
            image.created(),
            image.size(),
            image.labels(),
            known.parent().or(image::parent),
            image.base().or(known::base),
            known.names(),
            union(known.digests(), image.digests()),
            Stream.concat(known.blobs().stream(), image.blobs().stream()).distinct().toList(),
            known.tagged(),
            image.recipe().or(known::recipe));
  }

  private static List<Reference> union(List<Reference> a, List<Reference> b) {
    List<Reference> all = new ArrayList<>(a);
    b.stream().filter(x -> !all.contains(x)).forEach(all::add);
    all.sort(Comparator.comparing(Reference::toString));
    return all;
  }

  /// Points a name at an image, away from the one it named before.
  void name(Reference name, Digest id) {
    synchronized (writing) {
      Map<Digest, ImageRecord> byId = new HashMap<>(picture.byId());
      Map<Digest, ImageRecord> changed = named(byId, picture.byName(), name, id);
      byId.putAll(changed);
      write(changed.values().stream().map(Catalog::put).toList(), byId);
    }
  }

  /// Points names at other images, all or none of them. CONFLICT, and nothing is done, if one of
  /// them does not point to where it is said to, or if an image is not here.
  ///
  /// @param along what is written in the same transaction
  void move(List<Images.Move> moves, List<Db.Change> along) {
    synchronized (writing) {
      Map<Digest, ImageRecord> byId = new HashMap<>(picture.byId());
      Map<Digest, ImageRecord> changed = new HashMap<>();
      Instant now = Instant.now();
      for (Images.Move move : moves) {
        Optional<Digest> is = Optional.ofNullable(picture.byName().get(move.name()));
        if (!is.equals(move.from())) {
          throw GraftException.conflict(
              move.name().familiar()
                  + " is "
                  + is.map(Digest::toString).orElse("no image's name")
                  + " by now, and was "
                  + move.from().map(Digest::toString).orElse("none's"));
        }
        if (!byId.containsKey(move.to())) {
          throw GraftException.conflict(
              "image " + move.to() + ", to be " + move.name().familiar() + ", is gone");
        }
        move.from()
            .map(byId::get)
            .ifPresent(loser -> changed.put(loser.id(), without(loser, move.name())));
        byId.putAll(changed);
        ImageRecord target = byId.get(move.to());
        changed.put(
            target.id(),
            target.with(union(target.names(), List.of(move.name())), target.digests(), now));
        byId.putAll(changed);
      }
      List<Db.Change> changes = new ArrayList<>(along);
      changed.values().forEach(image -> changes.add(put(image)));
      write(changes, byId);
    }
  }

  /// The one that gets the name, and the one that loses it if there is any.
  private static Map<Digest, ImageRecord> named(
      Map<Digest, ImageRecord> byId, Map<Reference, Digest> byName, Reference name, Digest id) {
    ImageRecord target = byId.get(id);
    if (target == null) {
      throw GraftException.notFound("No such image: " + id);
    }
    Map<Digest, ImageRecord> changed = new HashMap<>();
    Digest before = byName.get(name);
    ImageRecord loser = before == null || before.equals(id) ? null : byId.get(before);
    if (loser != null) {
      changed.put(loser.id(), without(loser, name));
    }
    changed.put(
        id, target.with(union(target.names(), List.of(name)), target.digests(), Instant.now()));
    return changed;
  }

  private static ImageRecord without(ImageRecord image, Reference name) {
    return image.with(
        image.names().stream().filter(n -> !n.equals(name)).toList(),
        image.digests().stream().filter(n -> !n.equals(name)).toList(),
        image.tagged());
  }

  /// Takes a name off whatever image it names.
  void unname(Reference name) {
    synchronized (writing) {
      Digest id = picture.byName().get(name);
      ImageRecord image = id == null ? null : picture.byId().get(id);
      if (image != null) {
        replace(without(image, name));
      }
    }
  }

  /// Changes one record as it is at this moment.
  Optional<ImageRecord> update(Digest id, UnaryOperator<ImageRecord> change) {
    synchronized (writing) {
      ImageRecord image = picture.byId().get(id);
      if (image == null) {
        return Optional.empty();
      }
      ImageRecord changed = change.apply(image);
      replace(changed);
      return Optional.of(changed);
    }
  }

  private void replace(ImageRecord image) {
    Map<Digest, ImageRecord> byId = new HashMap<>(picture.byId());
    byId.put(image.id(), image);
    write(List.of(put(image)), byId);
  }

  /// Of an image that others derive from a tombstone stays; those that nothing derives from any
  /// more go.
  ///
  /// @param image with the names that it had
  /// @param along what is written in the same transaction
  void remove(ImageRecord image, List<Db.Change> along) {
    synchronized (writing) {
      Map<Digest, ImageRecord> byId = new HashMap<>(picture.byId());
      if (byId.remove(image.id()) == null) {
        return;
      }
      List<Db.Change> changes = new ArrayList<>(along);
      changes.add(new Db.Change.Delete(KIND, image.id().toString()));
      Map<Digest, Tombstone> kept = new HashMap<>(tombstones);
      kept.put(image.id(), Tombstone.of(image));
      kept.values().removeIf(t -> byId.values().stream().noneMatch(t::isBelow));
      for (Digest id : tombstones.keySet()) {
        if (!kept.containsKey(id)) {
          changes.add(new Db.Change.Delete(TOMBSTONE, id.toString()));
        }
      }
      if (kept.containsKey(image.id())) {
        changes.add(
            new Db.Change.Put(TOMBSTONE, image.id().toString(), text(kept.get(image.id()))));
      }
      write(changes, byId);
      tombstones = Map.copyOf(kept);
    }
  }

  /// Puts back an image that was removed, with those of its names that are free.
  ///
  /// @param along what is written in the same transaction
  /// @return the names that others have by now
  List<Reference> restore(ImageRecord image, List<Db.Change> along) {
    synchronized (writing) {
      List<Reference> taken =
          Stream.concat(image.names().stream(), image.digests().stream())
              .filter(n -> picture.byName().containsKey(n))
              .toList();
      ImageRecord free = image;
      for (Reference name : taken) {
        free = without(free, name);
      }
      ImageRecord known = picture.byId().get(image.id());
      ImageRecord whole =
          known == null
              ? free
              : merged(known, free)
                  .with(
                      union(known.names(), free.names()),
                      union(known.digests(), free.digests()),
                      known.tagged());
      Map<Digest, ImageRecord> byId = new HashMap<>(picture.byId());
      byId.put(whole.id(), whole);
      List<Db.Change> changes = new ArrayList<>(along);
      changes.add(put(whole));
      write(changes, byId);
      return taken.stream().filter(n -> !image.id().equals(picture.byName().get(n))).toList();
    }
  }

  static String print(ImageRecord image) {
    try {
      return JSON.writeValueAsString(image);
    } catch (JsonProcessingException e) {
      throw GraftException.internal("cannot write the record of image " + image.id(), e);
    }
  }

  private static String text(@Nullable Tombstone tombstone) {
    try {
      return JSON.writeValueAsString(tombstone);
    } catch (JsonProcessingException e) {
      throw GraftException.internal("cannot write what is kept of a removed image", e);
    }
  }

  static ImageRecord parse(String body) {
    try {
      return JSON.readValue(body, ImageRecord.class);
    } catch (JsonProcessingException e) {
      throw GraftException.internal("cannot read the record of a removed image", e);
    }
  }

  /// `writing` is held across this disk write: the order of the writes is what it guards. Readers
  /// do not wait for it.
  private void write(List<Db.Change> changes, Map<Digest, ImageRecord> byId) {
    db.write(changes);
    picture = picture(byId);
  }

  private static Db.Change put(ImageRecord image) {
    return new Db.Change.Put(KIND, image.id().toString(), print(image));
  }
}

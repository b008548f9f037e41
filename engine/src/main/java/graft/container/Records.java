package graft.container;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import graft.db.Db;
import graft.error.GraftException;
import graft.oci.Digest;
import graft.runtime.Spec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// The containers as they are recorded: an immutable picture in memory, which readers take without
/// a lock, and the metadata store beneath it, which is written first.
final class Records {
  private static final String KIND = "container";
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{1,64}");

  /// Sealed types are told apart by their simple name in a property `is`.
  @JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "is")
  private interface Sealed {}

  /// How records are written, those of containers and those about them.
  static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          // A newer Graft may have written a field that this one does not know.
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .addMixIn(State.class, Sealed.class)
          .addMixIn(Spec.Namespace.class, Sealed.class)
          .build();

  static {
    JSON.registerSubtypes(State.class.getPermittedSubclasses());
    JSON.registerSubtypes(Spec.Namespace.class.getPermittedSubclasses());
  }

  private record Picture(Map<String, Container> byId, Map<String, String> idByName) {}

  private final Db db;
  private final Object writing = new Object();
  private volatile Picture picture;

  Records(Db db) {
    this.db = db;
    Map<String, Container> byId = new HashMap<>();
    Map<String, String> idByName = new HashMap<>();
    db.all(KIND)
        .forEach((id, body) -> {
          Container c = parse(id, body);
          byId.put(id, c);
          idByName.put(c.name(), id);
        });
    picture = new Picture(byId, idByName);
  }

  static Container parse(String id, String body) {
    try {
      return JSON.readValue(body, Container.class);
    } catch (JsonProcessingException e) {
      throw GraftException.internal(
          "cannot read the record of container " + id + ": " + e.getOriginalMessage(), e);
    }
  }

  static String print(Container c) {
    try {
      return JSON.writeValueAsString(c);
    } catch (JsonProcessingException e) {
      throw GraftException.internal("cannot write the record of container " + c.id(), e);
    }
  }

  /// Newest first.
  List<Container> list() {
    List<Container> all = new ArrayList<>(picture.byId().values());
    all.sort(Comparator.comparing(Container::created).reversed().thenComparing(Container::id));
    return all;
  }

  Optional<Container> byId(String id) {
    return Optional.ofNullable(picture.byId().get(id));
  }

  /// Full id, then exact name, then a unique prefix of an id: Docker's order.
  Container find(String nameOrId) {
    if (nameOrId.isEmpty()) {
      throw GraftException.invalid("invalid name or ID supplied: \"\"");
    }
    Picture now = picture;
    String key = nameOrId.startsWith("/") ? nameOrId.substring(1) : nameOrId;
    Container c = now.byId().get(key);
    if (c != null) {
      return c;
    }
    String id = now.idByName().get(key);
    if (id != null) {
      Container named = now.byId().get(id);
      if (named != null) {
        return named;
      }
    }
    if (HEX.matcher(key).matches()) {
      List<Container> found =
          now.byId().values().stream().filter(x -> x.id().startsWith(key)).limit(2).toList();
      if (found.size() == 2) {
        throw GraftException.invalid("multiple IDs found with provided prefix: " + key);
      }
      if (found.size() == 1) {
        return found.getFirst();
      }
    }
    throw GraftException.notFound("No such container: " + nameOrId);
  }

  /// Takes the name for this id before anything else is made of the container.
  void reserve(String name, String id) {
    synchronized (writing) {
      String holder = picture.idByName().get(name);
      if (holder != null) {
        throw taken(name, holder);
      }
      Map<String, String> names = new HashMap<>(picture.idByName());
      names.put(name, id);
      picture = new Picture(picture.byId(), names);
    }
  }

  boolean nameIsFree(String name) {
    return !picture.idByName().containsKey(name);
  }

  private static GraftException taken(String name, String holder) {
    return GraftException.conflict(
        "Conflict. The container name \"/"
            + name
            + "\" is already in use by container \""
            + holder
            + "\". You have to remove (or rename) that container to be able to reuse that name.");
  }

  /// Lets a name go that [#reserve] took for a container that was not made after all.
  void release(String name, String id) {
    synchronized (writing) {
      Map<String, String> names = new HashMap<>(picture.idByName());
      names.remove(name, id);
      picture = new Picture(picture.byId(), names);
    }
  }

  /// Writes the record, durably, then shows it. Callers hold the container's life lock, so two
  /// writes of one container do not race; different containers may be written at once.
  void save(Container c) {
    db.write(List.of(new Db.Change.Put(KIND, c.id(), print(c))), durable(c));
    show(c);
  }

  /// Puts back a container that was forgotten: CONFLICT if its name is taken.
  ///
  /// @param along what is written in the same transaction
  void restore(Container c, List<Db.Change> along) {
    reserve(c.name(), c.id());
    try {
      List<Db.Change> changes = new ArrayList<>(along);
      changes.add(new Db.Change.Put(KIND, c.id(), print(c)));
      db.write(changes);
    } catch (GraftException e) {
      release(c.name(), c.id());
      throw e;
    }
    show(c);
  }

  /// The same for one that runs from now on. After a power cut nothing does, and without a restart
  /// policy it is of no account whether it did: the disk is not waited for.
  void saveRunning(Container c) {
    boolean matters = c.spec().restart().name() != ContainerSpec.Restart.NO;
    Db.Durable durable = matters ? durable(c) : Db.Durable.WRITTEN;
    db.write(List.of(new Db.Change.Put(KIND, c.id(), print(c))), durable);
    show(c);
  }

  /// Nothing of a container that is to be thrown away is worth a trip to the disk: after a power
  /// cut it is taken away, whichever of its records is found. Its volumes are not found without it.
  private static Db.Durable durable(Container c) {
    return c.spec().autoRemove() && c.mounts().isEmpty() ? Db.Durable.WRITTEN : Db.Durable.ON_DISK;
  }

  /// Shows what is not worth a record, because the container goes at once.
  void show(Container c) {
    synchronized (writing) {
      Map<String, Container> byId = new HashMap<>(picture.byId());
      byId.put(c.id(), c);
      picture = new Picture(byId, picture.idByName());
    }
  }

  /// Another name for a container: CONFLICT if it is taken.
  void rename(Container renamed, String oldName) {
    reserve(renamed.name(), renamed.id());
    try {
      db.put(KIND, renamed.id(), print(renamed));
    } catch (GraftException e) {
      release(renamed.name(), renamed.id());
      throw e;
    }
    show(renamed);
    release(oldName, renamed.id());
  }

  /// Each of two containers gets the other's name, in one transaction.
  void exchangeNames(Container one, Container other) {
    Container first = one.withName(other.name());
    Container second = other.withName(one.name());
    db.write(
        List.of(
            new Db.Change.Put(KIND, first.id(), print(first)),
            new Db.Change.Put(KIND, second.id(), print(second))));
    synchronized (writing) {
      Map<String, Container> byId = new HashMap<>(picture.byId());
      Map<String, String> names = new HashMap<>(picture.idByName());
      for (Container c : List.of(first, second)) {
        byId.put(c.id(), c);
        names.put(c.name(), c.id());
      }
      picture = new Picture(byId, names);
    }
  }

  /// @param along what is written in the same transaction
  void forget(Container c, List<Db.Change> along) {
    List<Db.Change> changes = new ArrayList<>(along);
    changes.add(new Db.Change.Delete(KIND, c.id()));
    db.write(changes, durable(c));
    synchronized (writing) {
      Map<String, Container> byId = new HashMap<>(picture.byId());
      byId.remove(c.id());
      Map<String, String> names = new HashMap<>(picture.idByName());
      names.remove(c.name(), c.id());
      picture = new Picture(byId, names);
    }
  }

  /// Layers that containers stand on: roots for the collector.
  List<Digest> layersInUse() {
    return picture.byId().values().stream()
        .flatMap(c -> c.allLayers().stream())
        .distinct()
        .toList();
  }
}

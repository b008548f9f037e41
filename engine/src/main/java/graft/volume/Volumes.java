package graft.volume;

import com.fasterxml.jackson.databind.ObjectMapper;
import graft.db.Db;
import graft.error.GraftException;
import graft.event.Event;
import graft.event.Events;
import graft.linux.DiskUsage;
import graft.linux.Fd;
import graft.linux.IdMap;
import graft.linux.LinuxFiles;
import graft.trash.Trash;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The room of volumes: directories `<root>/<name>/_data` that outlive containers, each with a
/// record in the metadata store.
///
/// A volume is there when its record is: its directory is made before, and renamed away before the
/// record goes. What a kill leaves in between is put right by [#open]. A copy into a new volume is
/// marked by a file beside it for as long as it goes on, and what such a file is found beside is
/// emptied, so that no container ever sees half a copy.
///
/// `this` guards which volumes there are and who holds them; the I/O under it is a few system calls
/// and one record, never a tree.
public final class Volumes {
  /// Which containers use a volume, running or not: their ids.
  @FunctionalInterface
  public interface Users {
    Collection<String> of(String volume);
  }

  /// Puts the first content into an empty volume.
  @FunctionalInterface
  public interface Filler {
    void fill(Path directory) throws IOException;
  }

  /// A volume that cannot be removed until this is closed, by when its container is on record.
  public final class Hold implements AutoCloseable {
    private final Volume volume;
    private final AtomicBoolean released = new AtomicBoolean();

    private Hold(Volume volume) {
      this.volume = volume;
    }

    public Volume volume() {
      return volume;
    }

    @Override
    public void close() {
      if (released.compareAndSet(false, true)) {
        release(volume.name());
      }
    }
  }

  public static final String ANONYMOUS_LABEL = "com.docker.volume.anonymous";

  private static final String KIND = "volume";
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]+");
  private static final String REMOVING = ".removing-";
  private static final String DATA = "_data";
  private static final String FILLING = "filling";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final SecureRandom RANDOM = new SecureRandom();

  /// @param options null in records of an older Graft
  private record Stored(
      String created,
      Map<String, String> labels,
      boolean anonymous,
      @Nullable Map<String, String> options) {}

  private final Db db;
  private final Events events;
  private final Trash trash;
  private final Path root;
  private final RemovedVolumes removed;
  private final IdMap ids;
  private final DeviceMounts mounts = new DeviceMounts();
  private final Map<String, Volume> volumes = new ConcurrentSkipListMap<>();
  private final Map<String, Integer> held = new HashMap<>();
  private final Map<String, Object> filling = new ConcurrentHashMap<>();

  private Volumes(Db db, Events events, Trash trash, Path root, IdMap ids) {
    this.ids = ids;
    this.db = db;
    this.events = events;
    this.trash = trash;
    this.root = root;
    this.removed = new RemovedVolumes(this, trash, root);
  }

  /// Without a trash.
  public static Volumes open(Db db, Events events, Path root) throws IOException {
    return open(db, events, new Trash(db, Trash.Limits.NOTHING), root, IdMap.IDENTITY);
  }

  /// Reads the records, and finishes what a kill cut short.
  ///
  /// @param ids whose root the volumes that are made from now on belong to
  public static Volumes open(Db db, Events events, Trash trash, Path root, IdMap ids)
      throws IOException {
    Files.createDirectories(root);
    Volumes opened = new Volumes(db, events, trash, root, ids);
    trash.owner(Trash.Kind.VOLUME, opened.removed);
    opened.removed.settle(db.all(KIND).keySet());
    for (Map.Entry<String, String> entry : db.all(KIND).entrySet()) {
      String name = entry.getKey();
      Stored stored = JSON.readValue(entry.getValue(), Stored.class);
      if (Files.exists(opened.removing(name)) && Files.notExists(root.resolve(name))) {
        db.delete(KIND, name);
        continue;
      }
      opened.volumes.put(name, opened.volume(name, stored));
      opened.abandonCopy(name);
    }
    try (DirectoryStream<Path> left = Files.newDirectoryStream(root, REMOVING + "*")) {
      for (Path tree : left) {
        DeviceMounts.unmountAll(tree.toRealPath());
        Trees.delete(tree);
      }
    }
    return opened;
  }

  private void abandonCopy(String name) throws IOException {
    Path marker = root.resolve(name).resolve(FILLING);
    if (Files.exists(marker)) {
      Trees.empty(data(name));
      Files.delete(marker);
    }
  }

  /// Makes a volume, or answers the one of that name as it is.
  ///
  /// @param name empty: 64 hex digits, and the volume is anonymous
  public synchronized Volume create(
      String name, String driver, Map<String, String> options, Map<String, String> labels)
      throws IOException {
    boolean anonymous = name.isEmpty();
    String chosen = anonymous ? random() : name;
    checkName(chosen);
    if (!driver.isEmpty() && !driver.equals("local")) {
      throw GraftException.notFound(
          "create "
              + chosen
              + ": error looking up volume plugin "
              + driver
              + ": plugin \""
              + driver
              + "\" not found");
    }
    Volume known = volumes.get(chosen);
    if (known != null) {
      return known;
    }
    VolumeOptions.check(chosen, options);
    Map<String, String> all = new HashMap<>(labels);
    if (anonymous) {
      all.put(ANONYMOUS_LABEL, "");
    }
    directory(root.resolve(chosen), "rwx-----x");
    directory(data(chosen), "rwxr-xr-x");
    give(data(chosen));
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Stored stored = new Stored(now.toString(), all, anonymous, options);
    // Whoever uses it has a record that is waited for, and brings this one to the disk with it; an
    // empty volume that nobody used may be gone after a power cut.
    db.write(
        List.of(new Db.Change.Put(KIND, chosen, JSON.writeValueAsString(stored))),
        Db.Durable.WRITTEN);
    Volume made = volume(chosen, stored);
    volumes.put(chosen, made);
    announce("create", made, Map.of());
    return made;
  }

  private void announce(String action, Volume volume, Map<String, String> more) {
    Map<String, String> attributes = new HashMap<>(more);
    attributes.put("driver", "local");
    events.publish(Event.Type.VOLUME, action, volume.name(), attributes);
  }

  /// The volume of that name, made if missing, and held.
  public synchronized Hold hold(
      String name, Map<String, String> options, Map<String, String> labels) throws IOException {
    Volume volume = create(name, "", options, labels);
    held.merge(volume.name(), 1, Integer::sum);
    return new Hold(volume);
  }

  private synchronized void release(String name) {
    held.computeIfPresent(name, (_, count) -> count == 1 ? null : count - 1);
  }

  public Volume find(String name) {
    Volume volume = volumes.get(name);
    if (volume == null) {
      throw GraftException.notFound("get " + name + ": no such volume");
    }
    return volume;
  }

  /// By name.
  public List<Volume> list() {
    return List.copyOf(volumes.values());
  }

  /// Those that nobody uses, as prunes take them: never those whose files are elsewhere.
  ///
  /// @param all named ones too
  public List<Volume> unused(boolean all, Users users) {
    return list().stream()
        .filter(volume -> volume.options().isEmpty() && (all || volume.anonymous()))
        .filter(volume -> users.of(volume.name()).isEmpty() && !isHeld(volume.name()))
        .toList();
  }

  /// Whether a container that is being made is about to use it.
  public synchronized boolean isHeld(String name) {
    return held.containsKey(name);
  }

  /// Somebody begins to use the files of a volume: what is a file system of its own is mounted for
  /// its first user.
  ///
  /// @param user a container's id, or whoever else says [#leave] under the same name
  /// @param told what the event says of it; empty: no event
  public void enter(String name, String user, Map<String, String> told) throws IOException {
    Volume volume = find(name);
    if (mounts.enter(volume, user) && !told.isEmpty()) {
      announce("mount", volume, told);
    }
  }

  /// The end of [#enter]; nothing if there was none.
  ///
  /// @param told what the event says of it; empty: no event
  public void leave(String name, String user, Map<String, String> told) throws IOException {
    Volume volume = volumes.get(name);
    if (volume != null && mounts.leave(volume, user) && !told.isEmpty()) {
      announce("unmount", volume, told);
    }
  }

  /// Once, after those who use volumes have said so again: unmounts what a former engine left.
  public void settle() throws IOException {
    for (Volume volume : list()) {
      mounts.settle(volume);
    }
  }

  /// Removes it, into the trash if that is kept.
  ///
  /// @param force a missing one is no error
  public void remove(String name, boolean force, Users users) throws IOException {
    remove(name, force, users, Optional.of(Trash.newGroup()));
  }

  /// @param group what else it is to come back with; empty: it is not to come back
  public void remove(String name, boolean force, Users users, Optional<String> group)
      throws IOException {
    synchronized (this) {
      if (force && !volumes.containsKey(name)) {
        return;
      }
      Volume volume = find(name);
      Collection<String> ids = new TreeSet<>(users.of(name));
      if (!ids.isEmpty() || held.containsKey(name)) {
        throw GraftException.conflict(
            "remove " + name + ": volume is in use - [" + String.join(", ", ids) + "]");
      }
      if (volume.isDevice()) {
        // What is deleted below must not be the files of the device.
        DeviceMounts.unmountAll(root.resolve(name).toRealPath());
      }
      Trees.delete(removing(name));
      if (group.isPresent() && trash.keeps()) {
        throwAway(volume, group.get());
      } else {
        Files.move(root.resolve(name), removing(name), StandardCopyOption.ATOMIC_MOVE);
        db.delete(KIND, name);
      }
      volumes.remove(name);
      filling.remove(name);
      mounts.forget(name);
      announce("destroy", volume, Map.of());
    }
    Trees.delete(removing(name));
  }

  // ---- removed ones; see RemovedVolumes

  private void throwAway(Volume volume, String group) throws IOException {
    Stored stored =
        new Stored(
            volume.created().toString(), volume.labels(), volume.anonymous(), volume.options());
    Trash.Entry entry =
        trash.entry(
            group,
            Trash.Kind.VOLUME,
            volume.name(),
            volume.name(),
            List.of(),
            JSON.writeValueAsString(stored));
    Path from = root.resolve(volume.name());
    trash.add(entry);
    try {
      RemovedVolumes.move(from, removed.place(entry));
      // After a power cut it may be back, which is as good.
      db.write(
          List.of(new Db.Change.Delete(KIND, volume.name()), trash.put(entry)), Db.Durable.WRITTEN);
    } catch (IOException | RuntimeException e) {
      trash.withdraw(entry);
      if (Files.exists(removed.place(entry))) {
        RemovedVolumes.move(removed.place(entry), from);
      }
      throw e;
    }
  }

  /// CONFLICT if a removed volume cannot have this name.
  synchronized void checkFree(Trash.Entry entry, String name) {
    checkName(name);
    if (volumes.containsKey(name) || Files.exists(root.resolve(name))) {
      throw GraftException.conflict(
          "cannot bring back volume "
              + entry.name()
              + ": there is one called "
              + name
              + " again; 'graft undo --name NEW "
              + entry.id()
              + "' brings it back under another name");
    }
  }

  synchronized void bringBack(Trash.Entry entry, String name) throws IOException {
    checkFree(entry, name);
    Stored stored = JSON.readValue(entry.body(), Stored.class);
    RemovedVolumes.move(removed.place(entry), root.resolve(name));
    try {
      db.write(List.of(new Db.Change.Put(KIND, name, entry.body()), trash.delete(entry)));
    } catch (RuntimeException e) {
      RemovedVolumes.move(root.resolve(name), removed.place(entry));
      throw e;
    }
    Volume volume = volume(name, stored);
    volumes.put(name, volume);
    announce("create", volume, Map.of());
  }

  /// Bytes in its files and links, a hard-linked one once.
  public long size(String name) throws IOException {
    return DiskUsage.of(find(name).path()).bytes();
  }

  /// If the volume is empty, lets somebody put content into it: all of it, or, should that fail or
  /// be killed, nothing. Two containers made at once on one new volume fill it once.
  public void fillIfEmpty(Volume volume, Filler filler) throws IOException {
    synchronized (filling.computeIfAbsent(volume.name(), _ -> new Object())) {
      if (!Trees.isEmpty(volume.path())) {
        return;
      }
      if (volume.isDevice()) {
        // No marker: what it is found beside is emptied, and these files are not ours to delete.
        filler.fill(volume.path());
        return;
      }
      Path marker = root.resolve(volume.name()).resolve(FILLING);
      Files.write(marker, new byte[0]);
      try {
        filler.fill(volume.path());
        Files.delete(marker);
      } catch (IOException | RuntimeException e) {
        abandonCopy(volume.name());
        throw e;
      }
    }
  }

  private Volume volume(String name, Stored stored) {
    return new Volume(
        name,
        data(name),
        Instant.parse(stored.created()),
        stored.labels(),
        stored.options() == null ? Map.of() : stored.options(),
        stored.anonymous());
  }

  private Path data(String name) {
    return root.resolve(name).resolve(DATA);
  }

  private Path removing(String name) {
    return root.resolve(REMOVING + name);
  }

  private void give(Path path) throws IOException {
    if (!ids.isIdentity()) {
      try (Fd data = LinuxFiles.open(path.toString(), LinuxFiles.O_DIRECTORY)) {
        LinuxFiles.chown(data, (int) ids.uidOutside(0), (int) ids.gidOutside(0));
      }
    }
  }

  private static void directory(Path path, String mode) throws IOException {
    try {
      Files.createDirectory(path);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        throw e;
      }
    }
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  /// Refuses what cannot be the name of a volume.
  public static void checkName(String name) {
    if (name.length() == 1) {
      throw GraftException.invalid(
          "create "
              + name
              + ": volume name is too short, names should be at least two alphanumeric characters");
    }
    if (!NAME.matcher(name).matches()) {
      throw GraftException.invalid(
          "create "
              + name
              + ": \""
              + name
              + "\" includes invalid characters for a local volume name, only"
              + " \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host"
              + " directory, use absolute path");
    }
  }

  private static String random() {
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}

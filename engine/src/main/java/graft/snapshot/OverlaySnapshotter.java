package graft.snapshot;

import graft.error.GraftException;
import graft.linux.DiskUsage;
import graft.linux.Fd;
import graft.linux.IdMap;
import graft.linux.LinuxFiles;
import graft.linux.Mounts;
import graft.mount.Mount;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Writable file systems by overlayfs.
///
/// ```
/// snapshots/<key>/upper, work, merged
/// snapshots/<key>/stack     the lowers, one diffID a line, topmost first; written last
/// init/<hash of the stack>/ what Graft lays over this stack (see InitLayer); shared by its containers
/// ```
///
/// `index`, `metacopy` and `redirect_dir` are off: the upper then is the difference, and
/// [OverlayDiffer] can read it without a mount.
public final class OverlaySnapshotter implements Snapshotter {
  /// OVL_MAX_STACK of the kernel, less the layer that is ours.
  private static final int MAX_LOWERS = 499;

  private final Path snapshots;
  private final Path inits;
  private final Path trash;

  /// The second lower of a view of one layer, for overlayfs wants two.
  private final Path empty;

  private final LayerStore layers;

  /// What is known of a key, so that a start does not read it from disk again.
  private record Stack(List<Digest> lowers, Keeping keeping, IdMap ids) {}

  /// @param user a user namespace with these ids
  public record Remap(IdMap ids, Path user) {}

  private final Optional<Remap> remap;

  private final Map<String, Stack> stacks = new ConcurrentHashMap<>();
  private final Map<String, Boolean> mounted = new ConcurrentHashMap<>();

  private OverlaySnapshotter(Path root, LayerStore layers, Optional<Remap> remap) {
    this.remap = remap;
    this.snapshots = root.resolve("snapshots");
    this.inits = root.resolve("init");
    this.trash = root.resolve("trash");
    this.empty = root.resolve("empty");
    this.layers = layers;
  }

  /// Opens or makes the store, finds the mounts that outlived a former process, and takes away what
  /// it left half done.
  public static OverlaySnapshotter open(Path root, LayerStore layers) throws IOException {
    return open(root, layers, Optional.empty());
  }

  public static OverlaySnapshotter open(Path root, LayerStore layers, Optional<Remap> remap)
      throws IOException {
    OverlaySnapshotter s = new OverlaySnapshotter(root, layers, remap);
    Files.createDirectories(s.snapshots);
    Files.createDirectories(s.inits);
    Files.createDirectories(s.trash);
    for (Path mount : Mounts.below(s.snapshots.toRealPath())) {
      if (mount.endsWith("merged") && mount.getNameCount() > 2) {
        s.mounted.put(mount.getName(mount.getNameCount() - 2).toString(), true);
      }
    }
    for (Path view : Mounts.below(s.trash.toRealPath())) {
      Mounts.unmount(view);
    }
    try (Stream<Path> all = Files.list(s.snapshots)) {
      for (Path dir : all.toList()) {
        String key = String.valueOf(dir.getFileName());
        Path stack = dir.resolve("stack");
        // Empty after a power cut: the record of a throwaway is not synced.
        if (Files.exists(stack) && Files.size(stack) > 0) {
          s.stacks.put(key, s.read(key));
        } else {
          s.removeDirectory(key);
        }
      }
    }
    try (Stream<Path> all = Files.list(s.inits)) {
      for (Path p : all.filter(p -> p.toString().endsWith(".new")).toList()) {
        Trees.delete(p);
      }
    }
    return s;
  }

  private Stack read(String key) throws IOException {
    List<String> lines = Files.readAllLines(directory(key).resolve("stack"));
    String[] how = lines.getFirst().split(" ", 2);
    return new Stack(
        lines.stream().skip(1).map(Digest::parse).toList(),
        Keeping.valueOf(how[0]),
        how.length > 1 ? IdMap.parse(how[1]) : IdMap.IDENTITY);
  }

  private Path directory(String key) {
    if (!key.matches("[a-zA-Z0-9_.-]{1,128}") || key.startsWith(".")) {
      throw GraftException.invalid("\"" + key + "\" cannot name a snapshot");
    }
    return snapshots.resolve(key);
  }

  private Stack require(String key) {
    Stack stack = stacks.get(key);
    if (stack == null) {
      throw GraftException.notFound("there is no snapshot " + key);
    }
    return stack;
  }

  @Override
  public void prepare(String key, List<Digest> lowers, Keeping keeping, IdMap ids)
      throws IOException {
    if (lowers.size() > MAX_LOWERS) {
      throw GraftException.invalid(
          "the image has " + lowers.size() + " layers; overlayfs takes " + MAX_LOWERS);
    }
    for (Digest lower : lowers) {
      if (layers.info(lower).isEmpty()) {
        throw GraftException.notFound("layer " + lower + " is not here");
      }
    }
    if (stacks.containsKey(key)) {
      throw GraftException.conflict("there is a snapshot " + key + " already");
    }
    if (keeping != Keeping.BARE) {
      init(lowers);
    }
    Path dir = directory(key);
    Trees.delete(dir);
    Files.createDirectories(dir.resolve("work"));
    Files.createDirectory(dir.resolve("upper"));
    Files.createDirectory(dir.resolve("merged"));
    copyRootAttributes(lowers, dir.resolve("upper"), ids);
    Path record = dir.resolve("stack.new");
    List<String> lines = new ArrayList<>();
    lines.add(ids.isIdentity() ? keeping.name() : keeping.name() + " " + ids);
    lowers.forEach(d -> lines.add(d.toString()));
    Files.write(record, lines);
    // Without it a power cut may leave the name of the record with nothing in it.
    if (keeping == Keeping.KEPT) {
      sync(record);
    }
    Files.move(record, dir.resolve("stack"), StandardCopyOption.ATOMIC_MOVE);
    if (keeping == Keeping.KEPT) {
      sync(dir);
      sync(snapshots);
    }
    stacks.put(key, new Stack(List.copyOf(lowers), keeping, ids));
  }

  private static void sync(Path path) throws IOException {
    try (Fd fd = LinuxFiles.open(path.toString(), LinuxFiles.O_RDONLY)) {
      LinuxFiles.fsync(fd);
    }
  }

  /// The root of the union shows the upper's attributes, so the upper repeats the image's.
  private void copyRootAttributes(List<Digest> lowers, Path upper, IdMap ids) throws IOException {
    if (lowers.isEmpty()) {
      try (Fd to = LinuxFiles.open(upper.toString(), LinuxFiles.O_DIRECTORY)) {
        LinuxFiles.chown(to, (int) ids.uidOutside(0), (int) ids.gidOutside(0));
      }
      return;
    }
    try (Fd from =
            LinuxFiles.open(layers.lower(lowers.getFirst()).toString(), LinuxFiles.O_DIRECTORY);
        Fd to = LinuxFiles.open(upper.toString(), LinuxFiles.O_DIRECTORY)) {
      LinuxFiles.Stat s = LinuxFiles.stat(from.number(), new byte[0]);
      LinuxFiles.chown(
          to,
          (int) ids.uidOutside(s.uid() & 0xffffffffL),
          (int) ids.gidOutside(s.gid() & 0xffffffffL));
      LinuxFiles.chmod(to, s.permissions());
    }
  }

  // ---- the layer of our own

  private static String hash(List<Digest> lowers) {
    StringBuilder text = new StringBuilder(InitLayer.VERSION);
    lowers.forEach(d -> text.append(d).append('\n'));
    return Digest.of(text.toString().getBytes(StandardCharsets.UTF_8)).hex();
  }

  private Path init(List<Digest> lowers) throws IOException {
    Path place = inits.resolve(hash(lowers));
    if (Files.exists(place)) {
      return place;
    }
    Path fresh = inits.resolve(place.getFileName() + "-" + UUID.randomUUID() + ".new");
    Files.createDirectory(fresh);
    try (View view = view(lowers)) {
      InitLayer.make(view.root(), fresh);
    }
    synchronized (this) {
      if (Files.exists(place)) {
        Trees.delete(fresh);
      } else {
        Files.move(fresh, place, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    return place;
  }

  // ---- mounting

  @Override
  public Path root(String key) {
    return directory(key).resolve("merged");
  }

  @Override
  public Path mount(String key) throws IOException {
    Stack stack = require(key);
    Path root = root(key);
    synchronized (stack) {
      if (mounted.containsKey(key)) {
        return root;
      }
      List<Path> lowers = lowers(stack);
      Path dir = directory(key);
      Path work = dir.resolve("work");
      // A volatile mount that was not taken down leaves this mark, which refuses the next mount.
      // Its
      // upper may have lost writes to a power cut; a container that was to be thrown away may go
      // on.
      Trees.delete(work.resolve("work").resolve("incompat"));
      overlay(
          lowers,
          Optional.of(dir.resolve("upper")),
          Optional.of(work),
          stack.keeping() != Keeping.KEPT,
          root,
          stack.ids());
      mounted.put(key, true);
      return root;
    }
  }

  private List<Path> lowers(Stack stack) throws IOException {
    List<Path> all = new ArrayList<>();
    if (stack.keeping() != Keeping.BARE) {
      all.add(init(stack.lowers()));
    }
    all.addAll(paths(stack.lowers()));
    if (all.isEmpty()) {
      all.add(Files.createDirectories(empty));
    }
    return all;
  }

  /// Overlayfs takes no directory twice, and images have the same change set twice, mostly an empty
  /// one. Mounted once, where it is uppermost, it says all it has to say.
  private List<Path> paths(List<Digest> lowers) throws IOException {
    List<Path> all = new ArrayList<>();
    for (Digest lower : new LinkedHashSet<>(lowers)) {
      all.add(layers.lower(lower));
    }
    return all;
  }

  /// With lowers whose ids are mapped: each is mounted anew for a moment, until the union has it.
  private void overlay(
      List<Path> lowers,
      Optional<Path> upper,
      Optional<Path> work,
      boolean volatileUpper,
      Path target,
      IdMap ids)
      throws IOException {
    if (ids.isIdentity()) {
      Mounts.overlay(lowers, upper, work, volatileUpper, target);
      return;
    }
    Path user = remap.filter(r -> r.ids().equals(ids)).orElseThrow(() -> otherIds(ids)).user();
    Path places = Files.createTempDirectory(trash, "mapped-");
    List<Path> mapped = new ArrayList<>();
    try {
      for (Path lower : lowers) {
        Path at = Files.createDirectory(places.resolve(Integer.toString(mapped.size())));
        Mounts.idmapped(lower, at, user);
        mapped.add(at);
      }
      Mounts.overlay(mapped, upper, work, volatileUpper, target);
    } finally {
      for (Path at : mapped) {
        Mounts.unmount(at);
      }
      Trees.delete(places);
    }
  }

  private GraftException otherIds(IdMap ids) {
    return GraftException.conflict(
        "the container was made with userns-remap, its ids are "
            + ids
            + " on this host, and the engine "
            + remap.map(r -> "now maps them to " + r.ids()).orElse("now maps none")
            + "; start the engine with the userns-remap it had, or make the container anew");
  }

  @Override
  public IdMap remap() {
    return remap.map(Remap::ids).orElse(IdMap.IDENTITY);
  }

  @Override
  public IdMap ids(String key) {
    Stack stack = stacks.get(key);
    return stack == null ? IdMap.IDENTITY : stack.ids();
  }

  @Override
  public void unmount(String key) throws IOException {
    Stack stack = stacks.get(key);
    if (stack == null || !mounted.containsKey(key)) {
      return;
    }
    synchronized (stack) {
      Mounts.unmount(root(key));
      mounted.remove(key);
    }
  }

  @Override
  public boolean isMounted(String key) {
    return mounted.containsKey(key);
  }

  @Override
  public boolean remove(String key) throws IOException {
    boolean known = stacks.containsKey(key);
    if (known) {
      unmount(key);
    }
    stacks.remove(key);
    return removeDirectory(key) || known;
  }

  private boolean removeDirectory(String key) throws IOException {
    Path dir = directory(key);
    if (mounted.remove(key) != null) {
      Mounts.unmount(root(key));
    }
    Path gone = trash.resolve(UUID.randomUUID().toString());
    try {
      Files.deleteIfExists(dir.resolve("stack"));
      Files.move(dir, gone, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return false;
    }
    Trees.deleteInBackground(gone);
    return true;
  }

  @Override
  public boolean exists(String key) {
    return stacks.containsKey(key);
  }

  @Override
  public List<String> list() {
    return List.copyOf(stacks.keySet());
  }

  @Override
  public List<Digest> lowers(String key) {
    return require(key).lowers();
  }

  @Override
  public Mount describe(String key) throws IOException {
    Stack stack = require(key);
    List<String> lowers = lowers(stack).stream().map(Path::toString).toList();
    Path dir = directory(key);
    return new Mount(
        "overlay",
        "overlay",
        List.of(
            "lowerdir=" + String.join(":", lowers),
            "upperdir=" + dir.resolve("upper"),
            "workdir=" + dir.resolve("work")));
  }

  @Override
  public Path upper(String key) {
    require(key);
    return directory(key).resolve("upper");
  }

  @Override
  public long usage(String key) throws IOException {
    return DiskUsage.of(upper(key)).bytes();
  }

  @Override
  public View view(List<Digest> lowers) throws IOException {
    List<Path> all = paths(lowers);
    if (all.size() == 1) {
      // Overlayfs wants two lowers; one layer is its own view.
      return new SimpleView(all.getFirst(), false);
    }
    Path at = Files.createTempDirectory(trash, "view-");
    if (all.isEmpty()) {
      return new SimpleView(at, false);
    }
    Mounts.overlay(all, Optional.empty(), Optional.empty(), false, at);
    return new SimpleView(at, true);
  }

  @Override
  public void view(List<Digest> lowers, Path at, IdMap ids) throws IOException {
    if (lowers.isEmpty()) {
      return;
    }
    List<Path> all = paths(lowers);
    if (all.size() == 1) {
      all.add(Files.createDirectories(empty));
    }
    overlay(all, Optional.empty(), Optional.empty(), false, at, ids);
  }

  private record SimpleView(Path root, boolean mounted) implements View {
    @Override
    public void close() throws IOException {
      if (mounted) {
        Mounts.unmount(root);
        Files.delete(root);
      }
    }
  }
}

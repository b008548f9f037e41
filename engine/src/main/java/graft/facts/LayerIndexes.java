package graft.facts;

import graft.error.GraftException;
import graft.inventory.Evidence;
import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.LinuxFiles.Stat;
import graft.oci.Digest;
import graft.snapshot.LayerStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The facts of all layers that are here: made once for each, some seconds after it arrived or when
/// they are first asked for, and kept as long as the layer is.
///
/// ```
/// facts/<hex>            FactsFile
/// facts/<hex>.<random>   one on its way; a leftover at the next start
/// ```
///
/// The files are not synced: each is checked when it is read, and made anew if it is not whole.
public final class LayerIndexes implements Contents, LayerStore.Watcher, AutoCloseable {
  /// How long no layer has come: whoever builds or pulls has need of the processors.
  private static final long QUIET_MILLIS = 10_000;

  /// Entries of all layers that are kept in memory, and what is like them: each takes some 300
  /// bytes.
  private static final long MOST_KEPT = 500_000;

  /// As many symbols or names of files, which stay packed, take no more than an entry.
  private static final long PACKED = 50;

  /// How long a layer that nobody asks for waits for builds to end.
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Path root;
  private final LayerStore layers;
  private final Courtesy courtesy = new Courtesy(PATIENCE);
  private final Map<Digest, Making> making = new ConcurrentHashMap<>();

  /// @param wanted whether somebody waits for it
  private record Making(CompletableFuture<LayerFacts> facts, AtomicBoolean wanted) {}

  /// In the order of use. Guarded by itself.
  private final LinkedHashMap<Digest, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

  /// Of all that are kept. Guarded by them.
  private long keptWeight;

  private record Kept(LayerFacts facts, long weight) {}

  private final Map<Digest, ScheduledFuture<?>> planned = new ConcurrentHashMap<>();
  private volatile long lastArrival;

  /// A platform thread: reading is one native call after the other, which never yield, so that on a
  /// virtual one it would keep a processor from every other virtual thread.
  @SuppressWarnings("ThreadPriorityCheck") // Nothing is wrong if it is not heeded.
  private final ScheduledExecutorService background =
      new ScheduledThreadPoolExecutor(
          1,
          task ->
              Thread.ofPlatform()
                  .daemon()
                  .name("layer-facts")
                  .priority(Thread.MIN_PRIORITY)
                  .unstarted(task),
          // What arrives while the engine closes is read when somebody asks.
          new ThreadPoolExecutor.DiscardPolicy());

  private LayerIndexes(Path root, LayerStore layers) {
    this.root = root;
    this.layers = layers;
  }

  /// Opens or makes the directory; what is in it of layers that are not here is removed.
  public static LayerIndexes open(Path root, LayerStore layers) throws IOException {
    Files.createDirectories(root);
    Set<String> names =
        layers.list().stream().map(info -> info.diffId().hex()).collect(Collectors.toSet());
    try (Stream<Path> all = Files.list(root)) {
      for (Path file : all.toList()) {
        if (!names.contains(String.valueOf(file.getFileName()))) {
          Files.delete(file);
        }
      }
    }
    return new LayerIndexes(root, layers);
  }

  /// The facts of one layer. NOT_FOUND if it is not here.
  public LayerFacts of(Digest diffId) throws IOException {
    return obtain(diffId, true);
  }

  /// @param wanted by somebody who waits for it
  private LayerFacts obtain(Digest diffId, boolean wanted) throws IOException {
    Optional<LayerFacts> known = kept(diffId);
    if (known.isPresent()) {
      return known.get();
    }
    Making mine = new Making(new CompletableFuture<>(), new AtomicBoolean(wanted));
    Making others = making.putIfAbsent(diffId, mine);
    if (others != null) {
      if (wanted && others.wanted().compareAndSet(false, true)) {
        courtesy.look();
      }
      return await(diffId, others.facts());
    }
    try {
      // Whoever made them may have been done just before.
      Optional<LayerFacts> meanwhile = kept(diffId);
      LayerFacts facts =
          meanwhile.isPresent()
              ? meanwhile.get()
              : readOrMake(diffId, courtesy.pace(mine.wanted()::get));
      if (mine.wanted().get()) {
        keep(facts);
      }
      mine.facts().complete(facts);
      return facts;
    } catch (IOException | RuntimeException | Error e) {
      mine.facts().completeExceptionally(e);
      throw e;
    } finally {
      making.remove(diffId);
    }
  }

  /// Of a layer whose facts are known to whoever made it, all of them.
  public void given(LayerFacts facts) throws IOException {
    if (!isMade(facts.diffId())) {
      keep(write(facts));
    }
  }

  /// Whether the facts of a layer need not be made first.
  public boolean isMade(Digest diffId) {
    return Files.exists(file(diffId));
  }

  /// The facts of layers, in their order.
  public List<LayerFacts> of(List<Digest> diffIds) throws IOException {
    List<LayerFacts> all = new ArrayList<>();
    for (Digest diffId : diffIds) {
      all.add(of(diffId));
    }
    return all;
  }

  private static LayerFacts await(Digest diffId, CompletableFuture<LayerFacts> others)
      throws IOException {
    try {
      return others.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the files of layer " + diffId + " were read", e);
    } catch (ExecutionException | CompletionException e) {
      switch (e.getCause()) {
        case IOException io -> throw new IOException(io.getMessage(), io);
        case GraftException graft -> throw new GraftException(graft.kind(), message(graft), graft);
        case null, default ->
            throw new IllegalStateException("the files of layer " + diffId + " were not read", e);
      }
    }
  }

  private static String message(Throwable e) {
    return String.valueOf(e.getMessage());
  }

  private Optional<LayerFacts> kept(Digest diffId) {
    synchronized (kept) {
      return Optional.ofNullable(kept.get(diffId)).map(Kept::facts);
    }
  }

  private void keep(LayerFacts facts) {
    if (kept(facts.diffId()).isPresent()) {
      return;
    }
    Kept one = new Kept(facts, weight(facts));
    synchronized (kept) {
      if (kept.putIfAbsent(facts.diffId(), one) == null) {
        keptWeight += one.weight();
      }
      var eldest = kept.values().iterator();
      while (keptWeight > MOST_KEPT && eldest.hasNext()) {
        keptWeight -= eldest.next().weight();
        eldest.remove();
      }
    }
  }

  private static long weight(LayerFacts facts) {
    long apart =
        facts.elves().values().stream().mapToLong(LayerReader::weight).sum()
            + facts.evidence().values().stream()
                .filter(e -> e instanceof Evidence.Files)
                .mapToLong(LayerReader::weight)
                .sum();
    long evidence =
        facts.evidence().values().stream()
            .filter(e -> !(e instanceof Evidence.Files))
            .mapToLong(LayerReader::weight)
            .sum();
    return facts.entries().size() + facts.elves().size() + evidence + apart / PACKED;
  }

  private Path file(Digest diffId) {
    return root.resolve(diffId.hex());
  }

  private boolean isHere(Digest diffId) {
    return layers.info(diffId).isPresent();
  }

  private LayerFacts readOrMake(Digest diffId, LayerReader.Pace pace) throws IOException {
    if (!isHere(diffId)) {
      throw notHere(diffId);
    }
    try {
      Optional<LayerFacts> read = FactsFile.read(diffId, Files.readAllBytes(file(diffId)));
      return read.isPresent() ? read.get() : make(diffId, pace);
    } catch (NoSuchFileException e) {
      return make(diffId, pace);
    }
  }

  private static GraftException notHere(Digest diffId) {
    return GraftException.notFound("layer " + diffId + " is not here");
  }

  private LayerFacts make(Digest diffId, LayerReader.Pace pace) throws IOException {
    LayerFacts facts;
    try {
      facts = LayerReader.read(diffId, layers.lower(diffId), pace);
    } catch (IOException e) {
      // Removing it moves it away while it is read.
      if (!isHere(diffId)) {
        throw notHere(diffId);
      }
      throw new IOException("cannot read the files of layer " + diffId + ": " + message(e), e);
    }
    return write(facts);
  }

  private LayerFacts write(LayerFacts facts) throws IOException {
    Digest diffId = facts.diffId();
    byte[] bytes = FactsFile.bytes(facts);
    Path fresh = root.resolve(diffId.hex() + "." + UUID.randomUUID());
    try {
      Files.write(fresh, bytes);
      Files.move(fresh, file(diffId), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
    if (!isHere(diffId)) {
      forget(diffId);
    }
    // As read, they take much less memory.
    return FactsFile.read(diffId, bytes).orElse(facts);
  }

  /// Somebody is at work who has need of processors and disk, until it is closed.
  public interface Busy extends AutoCloseable {
    @Override
    void close();
  }

  /// Layers that nobody has asked for are not read meanwhile, for some minutes.
  public Busy busy() {
    courtesy.begin();
    AtomicBoolean ended = new AtomicBoolean();
    return () -> {
      if (ended.compareAndSet(false, true)) {
        courtesy.end();
      }
    };
  }

  /// After a while, if nobody has asked before.
  @Override
  public void arrived(Digest diffId) {
    lastArrival = System.nanoTime();
    planned.computeIfAbsent(diffId, _ -> later(diffId, QUIET_MILLIS));
  }

  private ScheduledFuture<?> later(Digest diffId, long millis) {
    return background.schedule(() -> makeReady(diffId), millis, TimeUnit.MILLISECONDS);
  }

  private void makeReady(Digest diffId) {
    long quiet = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastArrival);
    if (quiet < QUIET_MILLIS) {
      planned.computeIfPresent(diffId, (_, _) -> later(diffId, QUIET_MILLIS - quiet));
      return;
    }
    planned.remove(diffId);
    makeUnasked(diffId);
  }

  /// Steps back for whoever is busy, unless somebody asks meanwhile.
  void makeUnasked(Digest diffId) {
    try {
      if (!Files.exists(file(diffId))) {
        LayerFacts ignored = obtain(diffId, false);
      }
    } catch (IOException | GraftException e) {
      // It is tried again when somebody asks, who hears what is wrong then.
      return;
    }
  }

  @Override
  public void removed(Digest diffId) throws IOException {
    ScheduledFuture<?> plan = planned.remove(diffId);
    if (plan != null) {
      plan.cancel(false);
    }
    forget(diffId);
  }

  private void forget(Digest diffId) throws IOException {
    synchronized (kept) {
      Kept gone = kept.remove(diffId);
      keptWeight -= gone == null ? 0 : gone.weight();
    }
    Files.deleteIfExists(file(diffId));
  }

  @Override
  public InputStream open(Digest diffId, String path) throws IOException {
    Path lower = layers.lower(diffId);
    try (Fd directory = LinuxFiles.open(lower.toString(), LinuxFiles.O_DIRECTORY);
        Fd file =
            LinuxFiles.openat2(
                directory.number(),
                FileNames.bytes(path),
                LinuxFiles.O_RDONLY | LinuxFiles.O_NOFOLLOW | LinuxFiles.O_NONBLOCK,
                0,
                LinuxFiles.RESOLVE_BENEATH | LinuxFiles.RESOLVE_NO_SYMLINKS)) {
      if (LinuxFiles.stat(file.number(), new byte[0]).type() == Stat.FILE) {
        return Files.newInputStream(Path.of(file.path()));
      }
    } catch (LinuxException e) {
      if (!e.isMissing() && e.errno() != Errno.ENXIO) {
        throw e;
      }
    }
    throw GraftException.notFound("layer " + diffId + " has no file \"" + path + "\"");
  }

  /// Ends what is made in the background; what is asked for is still made.
  @Override
  public void close() {
    background.shutdownNow();
  }
}

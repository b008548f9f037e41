package graft.snapshot;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.DiskFull;
import graft.error.GraftException;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarReader;
import graft.layer.TarSplit;
import graft.linux.Fd;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.oci.Digest;
import graft.oci.Json;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import java.util.zip.ZipException;

/// Layers as plain directories, the backend that works on every kernel with overlayfs.
///
/// ```
/// layers/<hex>/fs/          the files, in overlayfs form
/// layers/<hex>/tar-split    what the tar had besides
/// layers/<hex>/replaced/    payload whose name a later entry of the tar took; mostly not there
/// layers/<hex>/record       JSON, without which the layer is not there
/// layers/<hex>/young-<boot> the same of a layer that is not known to be on disk, see [Young]
/// staging/<random>/<n>/     layers of a batch on their way in
/// trash/<random>/           on their way out
/// ```
///
/// **Order of writing**, so that a power cut leaves a layer whole or absent: files, tar-split and
/// what will be the record into staging; a rename into place, where the layer can be used; then,
/// for all that are to be durable together, one syncfs, the names of the records, and an fsync of
/// each directory. A record therefore means that the bytes it speaks of are on disk.
public final class DirLayerStore implements LayerStore, AutoCloseable {
  private static final int BUFFER = 256 * 1024;

  private final Path layers;
  private final Path staging;
  private final Path trash;
  private final Limits limits;
  private final Map<Digest, Info> known = new ConcurrentHashMap<>();
  private final Young young;
  private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

  private DirLayerStore(Path root, Limits limits, Young young) {
    this.young = young;
    this.layers = root.resolve("layers");
    this.staging = root.resolve("staging");
    this.trash = root.resolve("trash");
    this.limits = limits;
  }

  /// Opens or makes the store; what is in it is read once.
  public static DirLayerStore open(Path root, Limits limits) throws IOException {
    return open(root, limits, Young.boot());
  }

  /// @param boot names what the kernel's memory goes with
  static DirLayerStore open(Path root, Limits limits, String boot) throws IOException {
    Files.createDirectories(root.resolve("layers"));
    DirLayerStore store = new DirLayerStore(root, limits, Young.open(root.resolve("layers"), boot));
    Files.createDirectories(store.staging);
    Files.createDirectories(store.trash);
    try (Stream<Path> all = Files.list(store.layers)) {
      for (Path dir : all.toList()) {
        if (!store.know(dir.resolve("record")) && store.know(store.young.file(dir))) {
          store.young.add(Digest.parse("sha256:" + dir.getFileName()));
        }
      }
    }
    return store;
  }

  private boolean know(Path record) throws IOException {
    if (!Files.exists(record)) {
      return false;
    }
    try {
      Info info = parse(Files.readAllBytes(record));
      known.put(info.diffId(), info);
      return true;
    } catch (GraftException e) {
      // A layer whose record is damaged is no layer: it is collected, and pulled again.
      Files.delete(record);
      return false;
    }
  }

  /// From now on.
  public void watch(Watcher watcher) {
    watchers.add(watcher);
  }

  private static Info parse(byte[] record) {
    ObjectNode json = Json.object(record, "the record of a layer");
    return new Info(
        Digest.parse(Json.text(json, "diffId")),
        json.path("size").asLong(),
        json.path("tarSize").asLong(),
        json.path("entries").asInt());
  }

  private Path directory(Digest diffId) {
    return layers.resolve(diffId.hex());
  }

  @Override
  public Path lower(Digest diffId) {
    require(diffId);
    return directory(diffId).resolve("fs");
  }

  private Info require(Digest diffId) {
    Info info = known.get(diffId);
    if (info == null) {
      throw GraftException.notFound("layer " + diffId + " is not here");
    }
    return info;
  }

  @Override
  public Optional<Info> info(Digest diffId) {
    return Optional.ofNullable(known.get(diffId));
  }

  /// True if it is here, and on disk.
  boolean isSettled(Digest diffId) {
    return known.containsKey(diffId) && !young.isYoung(diffId);
  }

  @Override
  public List<Info> list() {
    return List.copyOf(known.values());
  }

  @Override
  public InputStream tar(Digest diffId) throws IOException {
    require(diffId);
    Path split = directory(diffId).resolve("tar-split");
    if (!Files.exists(split)) {
      throw new IOException(
          "the tar of layer "
              + diffId
              + " cannot be made again: an older Graft did not keep what that takes; pull or import"
              + " its image again");
    }
    Fd root = LinuxFiles.open(lower(diffId).toString(), LinuxFiles.O_DIRECTORY | LinuxFiles.O_PATH);
    return new TarStream(
        TarSplit.assemble(Files.newInputStream(split), source -> payload(diffId, root, source)),
        root);
  }

  private InputStream payload(Digest diffId, Fd root, TarSplit.Source source) throws IOException {
    return switch (source) {
      case TarSplit.Source.InLayer(Name path) -> payload(root, path);
      case TarSplit.Source.Replaced(Name name) ->
          Files.newInputStream(
              directory(diffId).resolve(Overwritten.REPLACED).resolve(name.toString()));
    };
  }

  private static InputStream payload(Fd root, Name path) throws IOException {
    try (Fd file =
        LinuxFiles.openat2(
            root.number(),
            path.bytes(),
            LinuxFiles.O_RDONLY | LinuxFiles.O_NOFOLLOW,
            0,
            LinuxFiles.RESOLVE_IN_ROOT | LinuxFiles.RESOLVE_NO_MAGICLINKS)) {
      return Files.newInputStream(Path.of(file.path()));
    }
  }

  /// Closes the directory along with the stream.
  private static final class TarStream extends java.io.FilterInputStream {
    private final Fd root;

    TarStream(InputStream in, Fd root) {
      super(in);
      this.root = root;
    }

    @Override
    public void close() throws IOException {
      try (root) {
        super.close();
      }
    }
  }

  @Override
  public boolean verify(Digest diffId) throws IOException {
    MessageDigest hash = diffId.newHash();
    byte[] buffer = new byte[BUFFER];
    try (InputStream tar = tar(diffId)) {
      for (int n = tar.read(buffer); n >= 0; n = tar.read(buffer)) {
        hash.update(buffer, 0, n);
      }
    } catch (TarSplit.Damaged | EOFException | ZipException | LinuxException e) {
      return false;
    }
    return HexFormat.of().formatHex(hash.digest()).equals(diffId.hex());
  }

  @Override
  public boolean delete(Digest diffId) throws IOException {
    if (known.remove(diffId) == null) {
      return false;
    }
    Path gone = trash.resolve(UUID.randomUUID().toString());
    // The record goes first: a crash between the two leaves a directory without one, a leftover.
    young.remove(diffId);
    Files.deleteIfExists(directory(diffId).resolve("record"));
    Files.deleteIfExists(young.file(directory(diffId)));
    Files.move(directory(diffId), gone, StandardCopyOption.ATOMIC_MOVE);
    // Unlinking tens of thousands of files takes seconds; nobody has to wait for it.
    Trees.deleteInBackground(gone);
    for (Watcher watcher : watchers) {
      watcher.removed(diffId);
    }
    return true;
  }

  @Override
  public long collectLeftovers() throws IOException {
    for (Path place : List.of(staging, trash)) {
      try (Stream<Path> all = Files.list(place)) {
        for (Path p : all.toList()) {
          Trees.delete(p);
        }
      }
    }
    try (Stream<Path> all = Files.list(layers)) {
      for (Path p : all.toList()) {
        if (!young.isHere(p)) {
          Trees.delete(p);
        }
      }
    }
    return 0;
  }

  @Override
  public void settle(Collection<Digest> diffIds) throws IOException {
    try {
      young.settle(diffIds, known::remove);
    } catch (IOException e) {
      DiskFull.check("cannot bring layers to disk", layers, e);
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    young.close();
  }

  @Override
  public Batch begin() throws IOException {
    Path dir = staging.resolve(UUID.randomUUID().toString());
    try {
      return new DirBatch(Files.createDirectory(dir));
    } catch (IOException e) {
      DiskFull.check("cannot begin to unpack layers", dir, e);
      throw e;
    }
  }

  private final class DirBatch implements Batch {
    private final Path dir;
    private final Map<Digest, Path> ready = new HashMap<>();
    private final Map<Digest, Info> infos = new HashMap<>();
    private final ImplicitDirectories implicit = new ImplicitDirectories();
    private final Fd staged;
    private final WriteBehind behind;
    private int next;
    private boolean committed;

    DirBatch(Path dir) throws IOException {
      this.dir = dir;
      this.staged = LinuxFiles.open(dir.toString(), LinuxFiles.O_DIRECTORY);
      this.behind = new WriteBehind(staged);
    }

    @Override
    public Info add(
        Optional<Digest> expected, InputStream tar, List<Digest> parents, LongConsumer progress)
        throws IOException {
      Path place;
      synchronized (this) {
        place = dir.resolve(Integer.toString(next++));
      }
      Extracted extracted;
      try {
        Files.createDirectory(place);
        extracted = extract(place, tar, progress);
      } catch (ZipException | EOFException e) {
        throw new GraftException(
            GraftException.Kind.CORRUPT, "the layer's data is damaged: " + e.getMessage(), e);
      } catch (IOException e) {
        DiskFull.check("cannot unpack a layer", place, e);
        throw e;
      }
      Info info = extracted.info();
      if (expected.isPresent() && !expected.get().equals(info.diffId())) {
        Trees.delete(place);
        throw GraftException.corrupt(
            "the layer's content has the digest "
                + info.diffId()
                + ", but "
                + expected.get()
                + " was promised");
      }
      synchronized (this) {
        if (known.containsKey(info.diffId()) || ready.containsKey(info.diffId())) {
          Trees.delete(place);
        } else {
          ready.put(info.diffId(), place);
          implicit.add(place.resolve("fs"), parents, extracted.implicit());
        }
        infos.put(info.diffId(), info);
      }
      return info;
    }

    private record Extracted(Info info, Set<Name> implicit) {}

    private Extracted extract(Path place, InputStream tar, LongConsumer progress)
        throws IOException {
      Path fs = place.resolve("fs");
      Path split = place.resolve("tar-split");
      Files.createDirectory(fs);
      HashingInput in = new HashingInput(tar, behind.meter().andThen(progress));
      try (Fd root = LinuxFiles.open(fs.toString(), LinuxFiles.O_DIRECTORY);
          Overwritten overwritten = new Overwritten(place, root);
          TreeWriter writer = TreeWriter.ofLayer(root, overwritten)) {
        LinuxFiles.chmod(root, 0755);
        try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(split), BUFFER);
            TarSplit.Recording recording = new TarSplit.Recording(file)) {
          overwritten.follow(recording::payloads);
          TarReader reader = new TarReader(in, limits, recording);
          Optional<TarEntry> entry = reader.next();
          while (entry.isPresent()) {
            writer.write(entry.get(), reader);
            entry = reader.next();
          }
        }
        writer.finish();
        overwritten.settle(split);
        Info info = new Info(in.digest(), writer.bytes(), in.count(), writer.entries());
        writeRecord(place, info, writer);
        return new Extracted(info, writer.implicit());
      }
    }

    private void writeRecord(Path place, Info info, TreeWriter writer) throws IOException {
      ObjectNode json = Json.MAPPER.createObjectNode();
      json.put("diffId", info.diffId().toString());
      json.put("size", info.size());
      json.put("tarSize", info.tarSize());
      json.put("entries", info.entries());
      ArrayNode names = json.putArray("implicitDirectories");
      // Base64, since names are bytes.
      writer.implicit().forEach(n -> names.add(Base64.getEncoder().encodeToString(n.bytes())));
      Files.write(young.file(place), Json.bytes(json));
    }

    private Optional<Path> files(Digest layer) {
      Path staged = ready.get(layer);
      if (staged != null) {
        return Optional.of(staged.resolve("fs"));
      }
      return known.containsKey(layer)
          ? Optional.of(directory(layer).resolve("fs"))
          : Optional.empty();
    }

    @Override
    public void commit() throws IOException {
      publish();
      // Those that were here already may be young.
      settle(infos.keySet());
    }

    @Override
    public synchronized void publish() throws IOException {
      try {
        publishAll();
      } catch (IOException e) {
        DiskFull.check("cannot bring layers into place", layers, e);
        throw e;
      }
      committed = true;
      Trees.delete(dir);
    }

    private void publishAll() throws IOException {
      if (!ready.isEmpty()) {
        implicit.settle(this::files);
        for (Map.Entry<Digest, Path> layer : ready.entrySet()) {
          publish(layer.getKey(), layer.getValue());
        }
        for (Digest diffId : ready.keySet()) {
          known.putIfAbsent(diffId, infos.getOrDefault(diffId, new Info(diffId, 0, 0, 0)));
          watchers.forEach(w -> w.arrived(diffId));
        }
      }
    }

    /// Two pulls may bring the same layer at once; the second finds it there and drops its own.
    private void publish(Digest diffId, Path place) throws IOException {
      Path target = directory(diffId);
      synchronized (DirLayerStore.this) {
        if (young.isHere(target)) {
          return;
        }
        Trees.delete(target);
        Files.move(place, target, StandardCopyOption.ATOMIC_MOVE);
        young.add(diffId);
      }
    }

    @Override
    public void close() throws IOException {
      behind.close();
      staged.close();
      if (!committed) {
        Trees.delete(dir);
      }
    }
  }

  /// Counts and hashes what is read.
  private static final class HashingInput extends InputStream {
    private final InputStream in;
    private final MessageDigest hash = Digest.newSha256();
    private final LongConsumer progress;
    private long count;
    private long told;

    HashingInput(InputStream in, LongConsumer progress) {
      this.in = in;
      this.progress = progress;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = in.read(buffer, offset, length);
      if (n > 0) {
        hash.update(buffer, offset, n);
        count += n;
        if (count - told >= 1 << 20) {
          told = count;
          progress.accept(count);
        }
      }
      return n;
    }

    Digest digest() {
      return Digest.sha256(hash.digest());
    }

    long count() {
      return count;
    }
  }
}

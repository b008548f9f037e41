package graft.snapshot;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import graft.error.DiskFull;
import graft.error.GraftException;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarReader;
import graft.linux.Fd;
import graft.linux.LinuxFiles;
import graft.oci.Digest;
import graft.oci.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/// A store of directories, before which small layers may stay packed until somebody asks for their
/// files. Most layers that a roll-out makes hold one package database that differs in a few records
/// from the one below it: kept as that difference they take a fiftieth, and many are never laid out
/// before the next roll-out replaces them.
///
/// ```
/// packed/<hex>           "graft-packed" version(1) CRC32C(4) of what follows: length(4) of a
///                        JSON object, that object, bytes of zstd
/// packed/<hex>.<random>  one on its way; a leftover at the next start
/// ```
///
/// A packed layer stays when it is laid out, until the next start: the directory need not be
/// brought to disk before a container starts on it.
public final class PackedLayerStore implements LayerStore, AutoCloseable {
  private static final byte[] MAGIC = "graft-packed".getBytes(StandardCharsets.US_ASCII);
  private static final byte VERSION = 1;
  private static final int SUM = MAGIC.length + 1;
  private static final int HEADER = SUM + 8;

  /// Larger layers, and files that they are compared with, are not worth the memory.
  private static final int LARGEST = 16 << 20;

  private static final int LEVEL = 3;

  private final DirLayerStore laid;
  private final Path root;
  private final Limits limits;
  private final Map<Digest, Packed> packed = new ConcurrentHashMap<>();
  private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

  /// @param parents topmost first
  /// @param like what its bytes are a difference to
  private record Packed(Info info, List<Digest> parents, Optional<File> like) {}

  private PackedLayerStore(DirLayerStore laid, Path root, Limits limits) {
    this.laid = laid;
    this.root = root;
    this.limits = limits;
  }

  /// Opens or makes the store; what is in it is read once.
  public static PackedLayerStore open(Path root, Limits limits) throws IOException {
    return of(DirLayerStore.open(root, limits), root, limits);
  }

  static PackedLayerStore of(DirLayerStore laid, Path root, Limits limits) throws IOException {
    PackedLayerStore store = new PackedLayerStore(laid, root.resolve("packed"), limits);
    Files.createDirectories(store.root);
    try (Stream<Path> all = Files.list(store.root)) {
      for (Path file : all.toList()) {
        store.know(file);
      }
    }
    return store;
  }

  private void know(Path file) throws IOException {
    Optional<Packed> one = head(Files.readAllBytes(file));
    if (one.isEmpty()
        || !file.equals(file(one.get().info().diffId()))
        || laid.isSettled(one.get().info().diffId())) {
      Files.delete(file);
    } else {
      packed.put(one.get().info().diffId(), one.get());
    }
  }

  private Path file(Digest diffId) {
    return root.resolve(diffId.hex());
  }

  // ---- in

  @Override
  public void keep(Digest diffId, byte[] tar, List<Digest> parents, Optional<File> like)
      throws IOException {
    if (info(diffId).isPresent()) {
      return;
    }
    if (tar.length > LARGEST) {
      laid.keep(diffId, tar, parents, like);
      return;
    }
    Info info = read(diffId, tar);
    Optional<byte[]> dictionary = like.isPresent() ? content(like.get()) : Optional.empty();
    Packed one = new Packed(info, List.copyOf(parents), dictionary.flatMap(_ -> like));
    Path fresh = root.resolve(diffId.hex() + "." + UUID.randomUUID());
    try {
      Files.write(fresh, bytes(one, pack(tar, dictionary)));
      Files.move(fresh, file(diffId), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      DiskFull.check("cannot keep a layer", fresh, e);
      throw e;
    } finally {
      Files.deleteIfExists(fresh);
    }
    packed.put(diffId, one);
  }

  private Info read(Digest diffId, byte[] tar) throws IOException {
    Digest found = Digest.of(tar);
    if (!found.equals(diffId)) {
      throw GraftException.corrupt(
          "the layer's content has the digest " + found + ", but " + diffId + " was promised");
    }
    long size = 0;
    int entries = 0;
    TarReader reader =
        new TarReader(new ByteArrayInputStream(tar), limits, TarReader.Recorder.NONE);
    for (Optional<TarEntry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
      size += entry.get().type() == TarEntry.Type.FILE ? entry.get().size() : 0;
      entries++;
    }
    return new Info(diffId, size, tar.length, entries);
  }

  private static byte[] pack(byte[] tar, Optional<byte[]> dictionary) {
    try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
      zstd.setLevel(LEVEL);
      dictionary.ifPresent(zstd::loadDict);
      return zstd.compress(tar);
    }
  }

  private static byte[] bytes(Packed one, byte[] content) {
    ObjectNode json = Json.MAPPER.createObjectNode();
    json.put("diffId", one.info().diffId().toString());
    json.put("size", one.info().size());
    json.put("tarSize", one.info().tarSize());
    json.put("entries", one.info().entries());
    ArrayNode parents = json.putArray("parents");
    one.parents().forEach(p -> parents.add(p.toString()));
    one.like()
        .ifPresent(like -> {
          json.put("likeLayer", like.layer().toString());
          json.put("likePath", like.path());
        });
    byte[] head = Json.bytes(json);
    ByteBuffer file =
        ByteBuffer.allocate(HEADER + head.length + content.length)
            .put(MAGIC)
            .put(VERSION)
            .position(SUM + 4)
            .putInt(head.length)
            .put(head)
            .put(content);
    return file.putInt(SUM, sum(file.array())).array();
  }

  private static int sum(byte[] file) {
    CRC32C sum = new CRC32C();
    sum.update(file, SUM + 4, file.length - SUM - 4);
    return (int) sum.getValue();
  }

  // ---- out

  /// Empty if the file is not whole: the machine went down before it was on disk.
  private static Optional<Packed> head(byte[] file) {
    ByteBuffer header = ByteBuffer.wrap(file);
    if (file.length < HEADER
        || !Arrays.equals(file, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        || file[MAGIC.length] != VERSION
        || header.getInt(SUM) != sum(file)) {
      return Optional.empty();
    }
    byte[] head = Arrays.copyOfRange(file, HEADER, HEADER + header.getInt(SUM + 4));
    ObjectNode json = Json.object(head, "the record of a packed layer");
    List<Digest> parents = new ArrayList<>();
    for (JsonNode parent : json.path("parents")) {
      parents.add(Digest.parse(parent.asText()));
    }
    return Optional.of(
        new Packed(
            new Info(
                Digest.parse(Json.text(json, "diffId")),
                json.path("size").asLong(),
                json.path("tarSize").asLong(),
                json.path("entries").asInt()),
            parents,
            json.has("likeLayer")
                ? Optional.of(
                    new File(
                        Digest.parse(Json.text(json, "likeLayer")), Json.text(json, "likePath")))
                : Optional.empty()));
  }

  private byte[] unpacked(Packed one) throws IOException {
    Digest diffId = one.info().diffId();
    byte[] file = Files.readAllBytes(file(diffId));
    if (!head(file).equals(Optional.of(one))) {
      throw damaged(diffId, "its file is damaged");
    }
    int start = HEADER + ByteBuffer.wrap(file).getInt(SUM + 4);
    try (ZstdDecompressCtx zstd = new ZstdDecompressCtx()) {
      if (one.like().isPresent()) {
        zstd.loadDict(
            content(one.like().get())
                .orElseThrow(
                    () -> damaged(diffId, one.like().get() + ", from which it differs, is gone")));
      }
      byte[] tar =
          zstd.decompress(
              Arrays.copyOfRange(file, start, file.length), Math.toIntExact(one.info().tarSize()));
      if (!Digest.of(tar).equals(diffId)) {
        throw damaged(diffId, "its bytes are others than were kept");
      }
      return tar;
    } catch (ZstdException e) {
      throw damaged(diffId, String.valueOf(e.getMessage()));
    }
  }

  private static GraftException damaged(Digest diffId, String why) {
    return GraftException.corrupt("layer " + diffId + " cannot be unpacked: " + why);
  }

  /// Of a file that another layer has; empty if it has none or a large one.
  private Optional<byte[]> content(File file) throws IOException {
    try (RootFiles files = RootFiles.open(lower(file.layer()));
        InputStream in = files.read(file.path())) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      return bytes.length > LARGEST ? Optional.empty() : Optional.of(bytes);
    } catch (GraftException e) {
      return Optional.empty();
    }
  }

  /// Its files are there when this returns.
  private void lay(Packed one) throws IOException {
    synchronized (one) {
      if (laid.info(one.info().diffId()).isEmpty()) {
        laid.keep(one.info().diffId(), unpacked(one), one.parents(), one.like());
      }
    }
  }

  @Override
  public Path lower(Digest diffId) throws IOException {
    Packed one = packed.get(diffId);
    if (one != null) {
      lay(one);
    }
    return laid.lower(diffId);
  }

  private Optional<Packed> onlyPacked(Digest diffId) {
    return laid.info(diffId).isPresent()
        ? Optional.empty()
        : Optional.ofNullable(packed.get(diffId));
  }

  @Override
  public Optional<Info> info(Digest diffId) {
    return laid.info(diffId).or(() -> Optional.ofNullable(packed.get(diffId)).map(Packed::info));
  }

  @Override
  public List<Info> list() {
    // Packed ones first: whoever deletes all in this order need not lay them out.
    Map<Digest, Info> all = new LinkedHashMap<>();
    packed.values().forEach(one -> all.put(one.info().diffId(), one.info()));
    laid.list().forEach(info -> all.put(info.diffId(), info));
    return List.copyOf(all.values());
  }

  @Override
  public InputStream tar(Digest diffId) throws IOException {
    Optional<Packed> one = onlyPacked(diffId);
    return one.isPresent() ? new ByteArrayInputStream(unpacked(one.get())) : laid.tar(diffId);
  }

  @Override
  public boolean verify(Digest diffId) throws IOException {
    Optional<Packed> one = onlyPacked(diffId);
    if (one.isEmpty()) {
      return laid.verify(diffId);
    }
    try {
      return unpacked(one.get()).length == one.get().info().tarSize();
    } catch (GraftException e) {
      return false;
    }
  }

  // ---- away

  @Override
  public boolean delete(Digest diffId) throws IOException {
    for (Packed other : packed.values()) {
      if (other.like().filter(file -> file.layer().equals(diffId)).isPresent()) {
        // It may be another image's, which has no need of this layer.
        unlike(other);
      }
    }
    boolean was = packed.remove(diffId) != null;
    Files.deleteIfExists(file(diffId));
    boolean wasLaid = laid.delete(diffId);
    if (was && !wasLaid) {
      for (Watcher watcher : watchers) {
        watcher.removed(diffId);
      }
    }
    return was || wasLaid;
  }

  /// Keeps it by itself, if it can be read.
  private void unlike(Packed one) throws IOException {
    Digest diffId = one.info().diffId();
    try {
      lay(one);
    } catch (GraftException e) {
      // It stays as damaged as it is, which whoever needs it hears.
      return;
    }
    laid.settle(List.of(diffId));
    packed.remove(diffId);
    Files.deleteIfExists(file(diffId));
  }

  @Override
  public void settle(Collection<Digest> diffIds) throws IOException {
    boolean any = false;
    for (Digest diffId : diffIds) {
      if (onlyPacked(diffId).isPresent()) {
        any = true;
        try (Fd file = LinuxFiles.open(file(diffId).toString(), LinuxFiles.O_RDONLY)) {
          LinuxFiles.fsync(file);
        } catch (IOException e) {
          packed.remove(diffId);
          Files.deleteIfExists(file(diffId));
          DiskFull.check("cannot bring layers to disk", root, e);
          throw e;
        }
      }
    }
    if (any) {
      try (Fd directory = LinuxFiles.open(root.toString(), LinuxFiles.O_DIRECTORY)) {
        LinuxFiles.fsync(directory);
      }
    }
    laid.settle(diffIds);
  }

  @Override
  public Batch begin() throws IOException {
    return laid.begin();
  }

  @Override
  public long collectLeftovers() throws IOException {
    return laid.collectLeftovers();
  }

  /// From now on. What is kept packed comes without a word: whoever keeps it knows what is in it.
  public void watch(Watcher watcher) {
    watchers.add(watcher);
    laid.watch(watcher);
  }

  @Override
  public void close() throws IOException {
    laid.close();
  }
}

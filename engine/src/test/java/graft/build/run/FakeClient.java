package graft.build.run;

import graft.build.BuildClient;
import graft.build.source.FileStore;
import graft.build.source.FileTree;
import graft.images.BlobReader;
import graft.registry.Credentials;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;

/// A client whose directories are trees of texts.
final class FakeClient implements BuildClient {
  private final FileStore store;
  private final Map<String, TreeMap<String, FileTree.Entry>> directories = new HashMap<>();
  final Map<String, byte[]> secrets = new ConcurrentHashMap<>();
  final Map<String, BlobReader> stores = new ConcurrentHashMap<>();

  FakeClient(FileStore store) {
    this.store = store;
    directories.put("context", new TreeMap<>());
  }

  private static FileTree.Attributes attributes(int mode) {
    return new FileTree.Attributes(mode, 0, 0, Instant.ofEpochSecond(1_600_000_000), Map.of());
  }

  FakeClient file(String path, String text) throws IOException {
    return file("context", path, 0644, text);
  }

  FakeClient file(String directory, String path, int mode, String text) throws IOException {
    TreeMap<String, FileTree.Entry> all =
        directories.computeIfAbsent(directory, _ -> new TreeMap<>());
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      all.putIfAbsent(path.substring(0, slash), new FileTree.Directory(attributes(0755)));
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    all.put(
        path,
        new FileTree.File(
            attributes(mode),
            bytes.length,
            store.put(new ByteArrayInputStream(bytes), Long.MAX_VALUE)));
    return this;
  }

  FakeClient link(String path, String target) {
    directories
        .computeIfAbsent("context", _ -> new TreeMap<>())
        .put(path, new FileTree.Symlink(attributes(0777), target));
    return this;
  }

  @Override
  public Optional<FileTree> files(String name, Selection selection, LongConsumer progress) {
    return Optional.ofNullable(directories.get(name)).map(FileTree::new);
  }

  @Override
  public Optional<byte[]> secret(String id) {
    return Optional.ofNullable(secrets.get(id));
  }

  @Override
  public Optional<Connection> sshAgent(String id) {
    return Optional.empty();
  }

  @Override
  public BlobReader blobs(String id) {
    return stores.getOrDefault(id, BlobReader.NOTHING);
  }

  @Override
  public Credentials credentials() {
    return Credentials.NONE;
  }
}

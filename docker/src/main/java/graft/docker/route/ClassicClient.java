package graft.docker.route;

import graft.build.BuildClient;
import graft.build.dockerfile.Ignore;
import graft.build.source.ContextTar;
import graft.build.source.FileStore;
import graft.build.source.FileTree;
import graft.docker.http.Exchange;
import graft.registry.Credentials;
import java.io.IOException;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/// Who asks by `POST /build`: all files come at once, as the body of the request; there are no
/// secrets and no agents.
final class ClassicClient implements BuildClient {
  static final String CONTEXT = "context";

  private final Exchange x;
  private final FileStore store;
  private final Credentials credentials;
  private Optional<FileTree> tree = Optional.empty();

  ClassicClient(Exchange x, FileStore store) {
    this.x = x;
    this.store = store;
    this.credentials = RegistryAuth.ofMany(x);
  }

  /// Reads the body, whole: clients send all of it before they read an answer, and it can be read
  /// on the thread of the request alone.
  void receive() throws IOException {
    tree = Optional.of(ContextTar.read(x.body(), store, _ -> {}));
  }

  @Override
  public Optional<FileTree> files(String name, Selection selection, LongConsumer progress) {
    return name.equals(CONTEXT) ? tree.map(t -> without(t, selection)) : Optional.empty();
  }

  /// The client has left out what is ignored, but for what the engine needs in order to build;
  /// these files are not to be copied if they are ignored, too.
  static FileTree without(FileTree all, Selection selection) {
    if (selection.exclude().isEmpty()) {
      return all;
    }
    Ignore ignore = Ignore.of(selection.exclude());
    TreeMap<String, FileTree.Entry> left = new TreeMap<>(all.entries());
    left.keySet().removeIf(path -> isOwn(path) && ignore.excludes(path));
    return new FileTree(left);
  }

  private static boolean isOwn(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return name.equals(".dockerignore") || name.contains("ockerfile");
  }

  @Override
  public Optional<byte[]> secret(String id) {
    return Optional.empty();
  }

  @Override
  public Optional<Connection> sshAgent(String id) {
    return Optional.empty();
  }

  @Override
  public Credentials credentials() {
    return credentials;
  }
}

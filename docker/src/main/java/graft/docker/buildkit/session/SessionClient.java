package graft.docker.buildkit.session;

import graft.build.BuildClient;
import graft.build.source.ContextTar;
import graft.build.source.FileStore;
import graft.build.source.FileTree;
import graft.docker.buildkit.grpc.Failure;
import graft.docker.buildkit.grpc.Remote;
import graft.docker.buildkit.proto.Control.BytesMessage;
import graft.docker.buildkit.proto.Fs.Packet;
import graft.docker.buildkit.proto.Session.CheckAgentRequest;
import graft.docker.buildkit.proto.Session.GetSecretRequest;
import graft.docker.buildkit.proto.Session.GetSecretResponse;
import graft.docker.buildkit.proto.Session.Nothing;
import graft.images.BlobReader;
import graft.registry.Credentials;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/// The client of one build, asked over its session.
public final class SessionClient implements BuildClient {
  /// The name of a directory that is a tar on the client's standard input starts with this.
  public static final String UPLOAD = "upload:";

  private static final String FILES = "moby.filesync.v1.FileSync/DiffCopy";

  /// Packets have at most 32 kB of a file, or its name and attributes.
  private static final Remote.Pace FILES_PACE = new Remote.Pace(256, 256 * 1024);

  private static final String PULL = "moby.upload.v1.Upload/Pull";
  private static final String SECRET = "moby.buildkit.secrets.v1.Secrets/GetSecret";
  private static final String CHECK_AGENT = "moby.sshforward.v1.SSH/CheckAgent";
  private static final String FORWARD_AGENT = "moby.sshforward.v1.SSH/ForwardAgent";

  private final Sessions sessions;
  private final FileStore store;
  private final String own;
  private final Map<String, String> others;
  private final ClientLogins logins;
  private final ReentrantLock uploading = new ReentrantLock();
  private final Map<String, FileTree> uploaded = new HashMap<>();

  /// @param own the session of the build
  /// @param others sessions of single directories, by their names
  public SessionClient(Sessions sessions, FileStore store, String own, Map<String, String> others) {
    this.sessions = sessions;
    this.store = store;
    this.own = own;
    this.others = Map.copyOf(others);
    this.logins = new ClientLogins(sessions, own);
  }

  private Session session(String directory) throws InterruptedException {
    return sessions.await(others.getOrDefault(directory, own));
  }

  // ---- files

  @Override
  public Optional<FileTree> files(String name, Selection selection, LongConsumer progress)
      throws IOException, InterruptedException {
    if (name.startsWith(UPLOAD)) {
      return Optional.of(upload(name.substring(UPLOAD.length()), progress));
    }
    Session session = session(name);
    if (!session.offers(FILES)) {
      return Optional.empty();
    }
    // All of a directory is what the next build will want as well. Single files are few, and those
    // that describe the build are not trusted to be the same because their time is.
    boolean remember = selection.follow().isEmpty() && !session.sharedKey().isEmpty();
    String key = session.sharedKey() + "\0" + name;
    FileTree earlier =
        remember ? sessions.recent().find(key).orElse(FileTree.EMPTY) : FileTree.EMPTY;
    Map<String, List<String>> headers = new HashMap<>();
    headers.put("dir-name", List.of(name));
    put(headers, "exclude-patterns", selection.exclude());
    put(headers, "followpaths", selection.follow());
    FileTree tree;
    try (Remote.Outgoing<Packet, Packet> call =
        session.remote().open(FILES, Packet::read, headers, FILES_PACE)) {
      tree = FileReceiver.receive(call, store, earlier.entries(), progress);
    } catch (Failure e) {
      if (e.code() == Failure.Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw failed("the files of " + name, e);
    }
    if (remember) {
      sessions.recent().put(key, tree);
    }
    return Optional.of(tree);
  }

  /// Header values are ASCII: others are escaped, and a header says that they are.
  private static void put(Map<String, List<String>> headers, String name, List<String> values) {
    if (values.isEmpty()) {
      return;
    }
    boolean plain = values.stream().allMatch(v -> v.chars().allMatch(c -> c >= ' ' && c < 127));
    if (plain) {
      headers.put(name, values);
      return;
    }
    headers.put(
        name, values.stream().map(v -> URLEncoder.encode(v, StandardCharsets.UTF_8)).toList());
    headers.put(name + "-encoded", List.of("1"));
  }

  /// All of it, whatever was asked for: as with BuildKit, such a context is not filtered. It can be
  /// had once, and is wanted for the Dockerfile as well.
  private FileTree upload(String id, LongConsumer progress)
      throws IOException, InterruptedException {
    uploading.lockInterruptibly();
    try {
      FileTree tree = uploaded.get(id);
      if (tree == null) {
        tree = pull(id, progress);
        uploaded.put(id, tree);
      }
      return tree;
    } finally {
      uploading.unlock();
    }
  }

  private FileTree pull(String id, LongConsumer progress) throws IOException, InterruptedException {
    Session session = sessions.await(own);
    try (Remote.Outgoing<BytesMessage, BytesMessage> call =
            session
                .remote()
                .open(
                    PULL,
                    BytesMessage::read,
                    Map.of("urlpath", List.of("/" + id), "urlhost", List.of("buildkit-session")));
        CallInput in = new CallInput(call)) {
      return ContextTar.read(in, store, progress);
    } catch (Failure e) {
      throw failed("the tar of its standard input", e);
    }
  }

  private static IOException failed(String what, Failure e) {
    return new IOException("cannot get " + what + " from the client: " + e.text(), e);
  }

  // ---- secrets

  @Override
  public Optional<byte[]> secret(String id) throws IOException, InterruptedException {
    Session session = sessions.await(own);
    if (!session.offers(SECRET)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          session
              .remote()
              .ask(SECRET, new GetSecretRequest(id), GetSecretResponse::read, Map.of())
              .data());
    } catch (Failure e) {
      if (e.code() == Failure.Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw failed("the secret " + id, e);
    }
  }

  // ---- agents

  @Override
  public Optional<Connection> sshAgent(String id) throws IOException, InterruptedException {
    Session session = sessions.await(own);
    if (!session.offers(CHECK_AGENT)) {
      return Optional.empty();
    }
    try {
      session.remote().ask(CHECK_AGENT, new CheckAgentRequest(id), Nothing::read, Map.of());
    } catch (Failure e) {
      if (e.text().contains("unset ssh forward key")) {
        return Optional.empty();
      }
      throw failed("the ssh agent " + id, e);
    }
    return Optional.of(
        new AgentConnection(
            session
                .remote()
                .open(FORWARD_AGENT, BytesMessage::read, Map.of("buildkit.ssh.id", List.of(id)))));
  }

  private record AgentConnection(
      Remote.Outgoing<BytesMessage, BytesMessage> call, CallInput in, CallOutput out)
      implements Connection {
    AgentConnection(Remote.Outgoing<BytesMessage, BytesMessage> call) {
      this(call, new CallInput(call), new CallOutput(call, call::end));
    }

    @Override
    public void close() {
      call.close();
    }
  }

  // ---- blobs

  @Override
  public BlobReader blobs(String store) {
    return new ClientStore(sessions, own, store);
  }

  // ---- logins

  @Override
  public Credentials credentials() {
    return logins;
  }
}

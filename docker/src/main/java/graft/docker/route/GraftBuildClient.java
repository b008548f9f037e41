package graft.docker.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.build.BuildClient;
import graft.build.source.ContextTar;
import graft.build.source.FileStore;
import graft.build.source.FileTree;
import graft.docker.http.Exchange;
import graft.docker.json.Nodes;
import graft.docker.route.BuildLines.Line;
import graft.error.GraftException;
import graft.oci.Json;
import graft.registry.Credentials;
import graft.registry.Login;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// Who asks by `POST /graft/v1/build`: some files came with the request, all else is asked for by a
/// line of the answer and comes by a request of its own.
final class GraftBuildClient implements BuildClient {
  private final GraftBuildRequest request;
  private final FileTree files;
  private final Consumer<Line> lines;
  private final AtomicInteger asked = new AtomicInteger();
  private final Map<Integer, Question> questions = new ConcurrentHashMap<>();
  private final Map<String, FileTree> sent = new ConcurrentHashMap<>();

  /// What comes of a question.
  private sealed interface Reply {
    record Answer(ObjectNode json) implements Reply {}

    /// @param tree below the directory's name
    record Files(FileTree tree) implements Reply {}

    record Connected(AgentConnection connection) implements Reply {}
  }

  /// @param progress hears of the bytes of files that come
  private record Question(CompletableFuture<Reply> reply, LongConsumer progress) {}

  /// @param files that came with the request, of each directory below its name
  GraftBuildClient(GraftBuildRequest request, FileTree files, Consumer<Line> lines) {
    this.request = request;
    this.files = files;
    this.lines = lines;
  }

  @Override
  public Optional<FileTree> files(String name, Selection selection, LongConsumer progress)
      throws InterruptedException {
    boolean asks = selection.follow().isEmpty() && request.directories().contains(name);
    FileTree all = asks ? asked(name, progress) : files;
    TreeMap<String, FileTree.Entry> own = new TreeMap<>();
    long bytes = 0;
    String prefix = name + "/";
    for (var e : all.entries().subMap(prefix, name + "0").entrySet()) {
      own.put(e.getKey().substring(prefix.length()), e.getValue());
      bytes += e.getValue() instanceof FileTree.File f ? f.size() : 0;
    }
    progress.accept(bytes);
    return own.isEmpty() && !all.entries().containsKey(name)
        ? Optional.empty()
        : Optional.of(ClassicClient.without(new FileTree(own), selection));
  }

  /// Once, though two builds are made of it when they are to be compared.
  private FileTree asked(String name, LongConsumer progress) throws InterruptedException {
    FileTree known = sent.get(name);
    if (known != null) {
      return known;
    }
    FileTree tree =
        switch (ask("files", name, progress)) {
          case Reply.Files(FileTree t) -> t;
          case Reply other -> {
            var _ = json(other);
            throw GraftException.invalid("the client has sent something else than files");
          }
        };
    sent.put(name, tree);
    return tree;
  }

  @Override
  public Optional<byte[]> secret(String id) throws IOException, InterruptedException {
    if (!request.secrets().contains(id)) {
      return Optional.empty();
    }
    JsonNode value = json(ask("secret", id)).path("value");
    try {
      return value.isTextual()
          ? Optional.of(Base64.getDecoder().decode(value.textValue()))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, "the client's answer for secret " + id + " is no base64", e);
    }
  }

  @Override
  public Optional<Connection> sshAgent(String id) throws IOException, InterruptedException {
    if (!request.agents().contains(id)) {
      return Optional.empty();
    }
    return switch (ask("agent", id)) {
      case Reply.Connected(AgentConnection connection) -> Optional.of(connection);
      case Reply.Answer(ObjectNode json) ->
          throw new IOException(
              "the client cannot reach its agent " + id + ": " + Json.text(json, "error"));
      case Reply.Files _ -> throw new IOException("the client has sent files, and no agent");
    };
  }

  @Override
  public Credentials credentials() {
    return registry -> {
      try {
        ObjectNode json = json(ask("login", Credentials.host(registry)));
        return json.path("login").isObject()
            ? Optional.of(
                new Login(
                    Json.text(json.path("login"), "username"),
                    Json.text(json.path("login"), "password"),
                    Json.text(json.path("login"), "identitytoken"),
                    ""))
            : Optional.empty();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new GraftException(GraftException.Kind.CANCELLED, "context canceled", e);
      }
    };
  }

  private Reply ask(String what, String of) throws InterruptedException {
    return ask(what, of, _ -> {});
  }

  private Reply ask(String what, String of, LongConsumer progress) throws InterruptedException {
    int number = asked.incrementAndGet();
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    questions.put(number, new Question(reply, progress));
    try {
      lines.accept(new Line(Nodes.object().put("ask", what).put("of", of).put("number", number)));
      return reply.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("nothing completes it so", e);
    } finally {
      questions.remove(number);
    }
  }

  private static ObjectNode json(Reply reply) {
    return switch (reply) {
      case Reply.Answer(ObjectNode json) -> {
        String error = Json.text(json, "error");
        if (!error.isEmpty()) {
          throw GraftException.invalid(error);
        }
        yield json;
      }
      case Reply.Connected(AgentConnection connection) -> {
        connection.close();
        throw GraftException.invalid("the client has connected an agent that nobody asked for");
      }
      case Reply.Files _ ->
          throw GraftException.invalid("the client has sent files that nobody asked for");
    };
  }

  // ---- what comes

  void requireAsked(int number) {
    var _ = asked(number);
  }

  private CompletableFuture<Reply> asked(int number) {
    return question(number).reply();
  }

  private Question question(int number) {
    Question question = questions.get(number);
    if (question == null) {
      throw GraftException.notFound("the build has no question " + number + " that is open");
    }
    return question;
  }

  /// Reads the files of a directory.
  void sent(int number, InputStream tar, FileStore store) throws IOException {
    Question question = question(number);
    Reply reply = new Reply.Answer(Nodes.object().put("error", "the files were cut off"));
    try {
      reply = new Reply.Files(ContextTar.read(tar, store, question.progress()));
    } catch (GraftException e) {
      reply = new Reply.Answer(Nodes.object().put("error", e.text()));
      throw e;
    } finally {
      question.reply().complete(reply);
    }
  }

  void answered(int number, ObjectNode json) {
    asked(number).complete(new Reply.Answer(json));
  }

  /// Returns when the connection is not needed any more.
  void connected(int number, Exchange.Stream stream) throws InterruptedException {
    AgentConnection connection = new AgentConnection(stream);
    if (asked(number).complete(new Reply.Connected(connection))) {
      connection.closed.await();
    }
  }

  private record AgentConnection(Exchange.Stream stream, CountDownLatch closed)
      implements Connection {
    AgentConnection(Exchange.Stream stream) {
      this(stream, new CountDownLatch(1));
    }

    @Override
    public InputStream in() {
      return stream.in();
    }

    @Override
    public OutputStream out() {
      return stream.out();
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }
}

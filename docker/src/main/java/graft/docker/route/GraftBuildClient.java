package graft.docker.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.build.BuildClient;
import graft.build.FileTree;
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

/// Who asks by `POST /graft/v1/build`: the files came with the request, all else is asked for by a
/// line of the answer and comes by a request of its own.
final class GraftBuildClient implements BuildClient {
  private final GraftBuildRequest request;
  private final FileTree files;
  private final Consumer<Line> lines;
  private final AtomicInteger asked = new AtomicInteger();
  private final Map<Integer, CompletableFuture<Reply>> replies = new ConcurrentHashMap<>();

  /// What comes of a question.
  private sealed interface Reply {
    record Answer(ObjectNode json) implements Reply {}

    record Connected(AgentConnection connection) implements Reply {}
  }

  /// @param files of all directories, each below its name
  GraftBuildClient(GraftBuildRequest request, FileTree files, Consumer<Line> lines) {
    this.request = request;
    this.files = files;
    this.lines = lines;
  }

  @Override
  public Optional<FileTree> files(String name, Selection selection, LongConsumer progress) {
    TreeMap<String, FileTree.Entry> own = new TreeMap<>();
    long bytes = 0;
    String prefix = name + "/";
    for (var e : files.entries().subMap(prefix, name + "0").entrySet()) {
      own.put(e.getKey().substring(prefix.length()), e.getValue());
      bytes += e.getValue() instanceof FileTree.File f ? f.size() : 0;
    }
    progress.accept(bytes);
    return own.isEmpty() && !files.entries().containsKey(name)
        ? Optional.empty()
        : Optional.of(ClassicClient.without(new FileTree(own), selection));
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
    int number = asked.incrementAndGet();
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    replies.put(number, reply);
    try {
      lines.accept(new Line(Nodes.object().put("ask", what).put("of", of).put("number", number)));
      return reply.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("nothing completes it so", e);
    } finally {
      replies.remove(number);
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
    };
  }

  // ---- what comes

  void requireAsked(int number) {
    var _ = asked(number);
  }

  private CompletableFuture<Reply> asked(int number) {
    CompletableFuture<Reply> reply = replies.get(number);
    if (reply == null) {
      throw GraftException.notFound("the build has no question " + number + " that is open");
    }
    return reply;
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

package graft.docker.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.container.Containers;
import graft.container.Execs;
import graft.container.Execs.Exec;
import graft.container.Execs.ExecRequest;
import graft.docker.container.ExecBody;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Fields;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.event.Event;
import graft.runtime.Runtime.Streams;
import java.io.IOException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Further processes in containers.
public final class ExecRoutes {
  /// docker-py reads the head through a buffer and the rest past it: output that is there when it
  /// reads the head is lost to it. With dockerd a command takes this long to start.
  private static final String READS_THE_HEAD_BUFFERED = "docker-sdk-python/";

  private static final long HEAD_MILLIS = 25;

  private final Engine engine;
  private final Containers containers;
  private final Execs execs;

  public ExecRoutes(Engine engine) {
    this.engine = engine;
    this.containers = engine.containers();
    this.execs = containers.execs();
  }

  public void addTo(Router router) {
    router
        .post("/containers/{id}/exec", this::create)
        .post("/exec/{id}/start", this::start)
        .post("/exec/{id}/resize", this::resize)
        .get("/exec/{id}/json", x -> x.json(200, json(execs.find(x.parameter("id")))));
  }

  private void create(Exchange x) throws IOException {
    ExecRequest request = ExecBody.read(x.jsonOrEmpty());
    if (!request.detachKeys().isEmpty()) {
      try {
        DetachKeys.parse(request.detachKeys());
      } catch (GraftException e) {
        throw GraftException.internal(
            "Invalid escape keys (" + request.detachKeys() + ") provided", e);
      }
    }
    Container c = containers.find(x.parameter("id"));
    ObjectNode json = Nodes.object();
    json.put("Id", execs.create(c, request));
    x.json(201, json);
  }

  private void start(Exchange x) throws IOException, InterruptedException {
    Fields body = Fields.of(x.jsonOrEmpty());
    boolean detach = body.flag("Detach");
    Optional<int[]> size = Optional.empty();
    JsonNode console = body.raw("ConsoleSize");
    if (console.size() == 2) {
      size = Optional.of(new int[] {console.path(1).asInt(), console.path(0).asInt()});
    }
    String id = x.parameter("id");
    Exec exec = execs.find(id);
    if (detach) {
      execs.startDetached(id, size);
      x.empty(200);
      return;
    }
    // The frames are for whoever reads, who says so here; that the process has a terminal is said
    // where it is made.
    boolean framed = !body.flag("Tty");
    // The head goes out before the command starts, as dockerd does it.
    Exchange.Stream client = x.hijack(framed, Exchange.Head.VERSIONS);
    if (x.header("User-Agent").orElse("").startsWith(READS_THE_HEAD_BUFFERED)) {
      Thread.sleep(HEAD_MILLIS);
    }
    Streams streams;
    try {
      streams = execs.start(id, size);
    } catch (GraftException e) {
      new Frames(client.out(), framed).text(e.text() + "\r\n");
      return;
    }
    join(exec, streams, client, framed);
  }

  private void join(Exec exec, Streams streams, Exchange.Stream client, boolean framed)
      throws IOException, InterruptedException {
    ExecRequest request = exec.request();
    Set<Streams.Source> sources = EnumSet.noneOf(Streams.Source.class);
    if (request.stdout() || request.tty()) {
      sources.add(Streams.Source.STDOUT);
    }
    if (request.stderr()) {
      sources.add(Streams.Source.STDERR);
    }
    boolean detached =
        new Joined(streams, client, new Frames(client.out(), framed), sources)
            .run(
                new Joined.Input(
                    request.stdin(),
                    !request.tty(),
                    request.tty()
                        ? Optional.of(DetachKeys.parse(request.detachKeys()))
                        : Optional.empty()),
                // The client asks for the exit code once, right after the stream has ended.
                () -> execs.await(exec.id()));
    if (detached) {
      Container c = containers.find(exec.container());
      Map<String, String> attributes = new HashMap<>(c.spec().labels());
      attributes.put("image", c.imageName());
      attributes.put("name", c.name());
      attributes.put("execID", exec.id());
      engine.events().publish(Event.Type.CONTAINER, "exec_detach", c.id(), attributes);
    }
  }

  private void resize(Exchange x) throws IOException {
    String id = x.parameter("id");
    execs.find(id);
    int rows = StreamRoutes.size(x, "h", "height");
    execs.resize(id, StreamRoutes.size(x, "w", "width"), rows);
    x.empty(200);
  }

  private static ObjectNode json(Exec exec) {
    ExecRequest r = exec.request();
    List<String> command = r.command();
    ObjectNode json = Nodes.object();
    json.put("ID", exec.id());
    json.put("Running", exec.running());
    if (exec.exitCode().isPresent()) {
      json.put("ExitCode", exec.exitCode().getAsInt());
    } else {
      json.putNull("ExitCode");
    }
    ObjectNode process = json.putObject("ProcessConfig");
    process.put("tty", r.tty());
    process.put("entrypoint", command.getFirst());
    process.set("arguments", Nodes.texts(command.subList(1, command.size())));
    process.put("privileged", r.privileged());
    if (!r.user().isEmpty()) {
      process.put("user", r.user());
    }
    json.put("OpenStdin", r.stdin());
    json.put("OpenStderr", r.stderr());
    json.put("OpenStdout", r.stdout());
    json.put("CanRemove", false);
    json.put("ContainerID", exec.container());
    json.put("DetachKeys", r.detachKeys());
    json.put("Pid", exec.pid());
    return json;
  }
}

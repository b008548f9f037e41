package graft.docker.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.container.Containers;
import graft.container.Containers.WaitFor;
import graft.docker.container.CreateBody;
import graft.docker.container.InspectBody;
import graft.docker.container.Machine;
import graft.docker.container.UpdateBody;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.GoJson;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.mount.Mount;
import graft.network.Network;
import graft.oci.Digest;
import graft.oci.Json;
import graft.oci.Platform;
import graft.runtime.ProcessTable;
import graft.snapshot.Differ;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// The life of containers: making, starting, stopping, looking at, removing.
public final class ContainerRoutes {
  private final Engine engine;
  private final Containers containers;
  private final Machine machine = Machine.current();

  public ContainerRoutes(Engine engine) {
    this.engine = engine;
    this.containers = engine.containers();
  }

  public void addTo(Router router) {
    router
        .post("/containers/create", this::create)
        .get("/containers/{id}/json", this::inspect)
        .post("/containers/{id}/start", this::start)
        .post("/containers/{id}/stop", this::stop)
        .post("/containers/{id}/restart", this::restart)
        .post("/containers/{id}/kill", this::kill)
        .post("/containers/{id}/pause", this::pause)
        .post("/containers/{id}/unpause", this::unpause)
        .post("/containers/{id}/rename", this::rename)
        .post("/containers/{id}/wait", this::await)
        .post("/containers/{id}/update", this::update)
        .get("/containers/{id}/top", this::top)
        .get("/containers/{id}/changes", this::changes)
        .delete("/containers/{id:.*}", this::remove);
  }

  private Container find(Exchange x) {
    return containers.find(x.parameter("id"));
  }

  // ---- making and looking

  private void create(Exchange x) throws IOException, InterruptedException {
    ObjectNode body = x.json();
    Optional<Platform> platform =
        x.query("platform").isEmpty()
            ? Optional.empty()
            : Optional.of(Platform.parse(x.query("platform")));
    Optional<String> name = Optional.of(x.query("name")).filter(n -> !n.isEmpty());
    CreateBody.Parsed parsed =
        new CreateBody(machine, containers::find, x.version()).read(body, name, platform);
    Containers.CreatedContainer created = containers.create(parsed.request());
    List<String> warnings = new ArrayList<>(created.warnings());
    warnings.addAll(parsed.warnings());
    if (platform.isEmpty()) {
      foreign(created.id()).ifPresent(warnings::add);
    }
    ObjectNode json = Nodes.object();
    json.put("Id", created.id());
    json.set("Warnings", Nodes.texts(warnings));
    x.json(201, json);
  }

  private Optional<String> foreign(String id) {
    Platform host = Platform.host();
    return engine
        .images()
        .byId(containers.find(id).image())
        .map(ImageRecord::platform)
        .filter(p -> !p.serves(host))
        .map(p ->
            "The requested image's platform ("
                + p
                + ") does not match the detected host platform ("
                + host
                + ") and no specific platform was requested");
  }

  private void inspect(Exchange x) throws IOException {
    Container c = find(x);
    Optional<Mount> union =
        engine.snapshots().exists(c.id())
            ? Optional.of(engine.snapshots().describe(c.id()))
            : Optional.empty();
    InspectBody.Facts facts =
        new InspectBody.Facts(
            containers.paths(c.id()),
            containers.network(c.id()),
            name -> networkId(engine, name),
            containers.execs().of(c.id()),
            union,
            engine.snapshots().root(c.id()),
            containers.health(c.id()),
            x.flag("size") ? Optional.of(sizes(engine, c)) : Optional.empty(),
            machine.unified());
    x.json(200, Versions.older(InspectBody.of(c, facts), Versions.Answer.CONTAINER, x.version()));
  }

  /// The id of a network; empty where there is none of that name.
  static String networkId(Engine engine, String name) {
    return engine.networks().named(name).map(Network::id).orElse("");
  }

  /// Bytes in the writable layer, and in everything.
  static long[] sizes(Engine engine, Container c) throws IOException {
    long own = engine.containers().usage(c.id());
    long all = own;
    for (Digest layer : c.layers()) {
      all += engine.images().layerSize(layer);
    }
    return new long[] {own, all};
  }

  // ---- running

  private void start(Exchange x) throws IOException {
    boolean chunked = x.header("Transfer-Encoding").isPresent();
    long length = Long.parseLong(x.header("Content-Length").orElse("0"));
    if (chunked || length > 7) {
      throw GraftException.invalid(
          "starting container with non-empty request body was deprecated since API v1.22 and"
              + " removed in v1.24");
    }
    if (!x.query("checkpoint").isEmpty()) {
      throw GraftException.invalid("checkpoint is only supported in experimental mode");
    }
    containers.start(find(x).id());
    x.empty(204);
  }

  private static OptionalInt seconds(Exchange x) {
    String given = x.query("t");
    if (given.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(Integer.parseInt(given));
    } catch (NumberFormatException e) {
      throw GraftException.invalid("strconv.Atoi: parsing \"" + given + "\": invalid syntax");
    }
  }

  private void stop(Exchange x) throws IOException, InterruptedException {
    containers.stop(find(x).id(), x.query("signal"), seconds(x));
    x.empty(204);
  }

  private void restart(Exchange x) throws IOException, InterruptedException {
    containers.restart(find(x).id(), x.query("signal"), seconds(x));
    x.empty(204);
  }

  private void kill(Exchange x) throws IOException, InterruptedException {
    Container c;
    try {
      c = find(x);
    } catch (GraftException e) {
      String text = "cannot kill container: " + x.parameter("id") + ": " + e.text();
      throw new GraftException(e.kind(), text, e);
    }
    containers.kill(c.id(), x.parameter("id"), x.query("signal"));
    x.empty(204);
  }

  private void pause(Exchange x) throws IOException {
    containers.pause(find(x).id());
    x.empty(204);
  }

  private void unpause(Exchange x) throws IOException {
    containers.unpause(find(x).id());
    x.empty(204);
  }

  private void rename(Exchange x) throws IOException {
    Container c = find(x);
    String name = x.query("name");
    try {
      containers.rename(c.id(), name);
    } catch (GraftException e) {
      boolean notFree = e.kind() == GraftException.Kind.CONFLICT;
      boolean notGood = e.kind() == GraftException.Kind.INVALID && e.text().startsWith("Invalid");
      if (notFree || notGood) {
        String text = e.text().replace("name (" + name + ")", "name (/" + name + ")");
        throw new GraftException(e.kind(), "Error when allocating new name: " + text, e);
      }
      throw e;
    }
    x.empty(204);
  }

  private void remove(Exchange x) throws IOException, InterruptedException {
    if (x.flag("link")) {
      String[] names = x.parameter("id").replaceFirst("^/", "").split("/", 2);
      if (names.length < 2) {
        find(x);
        throw GraftException.conflict(
            "Conflict, cannot remove the default link name of the container");
      }
      containers.connections().unlink(containers.find(names[0]).id(), names[1]);
      x.empty(204);
      return;
    }
    containers.remove(find(x).id(), x.parameter("id"), x.flag("force"), x.flag("v"));
    x.empty(204);
  }

  /// The head goes out before the wait begins to block: clients start the container after it.
  private void await(Exchange x) throws IOException, InterruptedException {
    String condition = x.version().atLeast(30) ? x.query("condition") : "";
    WaitFor what =
        switch (condition) {
          case "", "not-running" -> WaitFor.NOT_RUNNING;
          case "next-exit" -> WaitFor.NEXT_EXIT;
          case "removed" -> WaitFor.REMOVED;
          default -> throw GraftException.invalid("invalid condition: \"" + condition + "\"");
        };
    Containers.Wait wait = containers.await(find(x).id(), what);
    Exchange.Stream client = x.stream("application/json");
    Thread waiting = Thread.currentThread();
    client.whenGone(waiting::interrupt);
    Containers.Outcome outcome;
    try {
      outcome = wait.get();
    } catch (InterruptedException e) {
      // The client has gone.
      return;
    }
    ObjectNode json = Nodes.object();
    json.put("StatusCode", outcome.code());
    if (!outcome.error().isEmpty()) {
      json.putObject("Error").put("Message", outcome.error());
    }
    client.out().write(GoJson.bytes(json, "\n"));
    client.out().close();
  }

  private void update(Exchange x) throws IOException {
    Container c = find(x);
    List<String> warnings = new ArrayList<>();
    UpdateBody.Parsed parsed =
        UpdateBody.read(x.jsonOrEmpty(), c.id(), c.spec(), machine, warnings);
    containers.update(c.id(), parsed.resources(), parsed.restart());
    ObjectNode json = Nodes.object();
    if (warnings.isEmpty()) {
      json.putNull("Warnings");
    } else {
      json.set("Warnings", Nodes.texts(warnings));
    }
    x.json(200, json);
  }

  // ---- inside

  private void top(Exchange x) throws IOException {
    Container c = find(x);
    ProcessTable table = ProcessTable.of(containers.pids(c.id()), x.query("ps_args"));
    containers.announce(c, "top", Map.of());
    ObjectNode json = Nodes.object();
    json.set("Titles", Nodes.texts(table.titles()));
    ArrayNode rows = json.putArray("Processes");
    table.rows().forEach(row -> rows.add(Nodes.texts(row)));
    x.json(200, json);
  }

  private void changes(Exchange x) throws IOException {
    List<Differ.Change> changes = containers.changes(find(x).id());
    if (changes.isEmpty()) {
      x.json(200, Json.MAPPER.nullNode());
      return;
    }
    ArrayNode json = Nodes.array();
    for (Differ.Change change : changes) {
      ObjectNode one = json.addObject();
      one.put("Path", change.path());
      one.put(
          "Kind",
          switch (change.kind()) {
            case MODIFIED -> 0;
            case ADDED -> 1;
            case DELETED -> 2;
          });
    }
    x.json(200, (JsonNode) json);
  }
}

package graft.docker.policy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.docker.http.Exchange;
import graft.docker.http.Guard;
import graft.docker.json.Fields;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.network.Network;
import graft.volume.Volume;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A socket whose clients see only containers, networks and volumes with their label, and whose own
/// get it. Images are for all: they can be used and made, not removed.
final class OwnLabelsGuard implements Guard {
  static final String LABEL = "graft.owner";

  private static final Pattern NOUN = Pattern.compile("/(containers|networks|volumes|exec)/(.+)");

  private static final Pattern OF_IMAGES = Pattern.compile("/graft/v1/(tree|tags|images/.*)");

  /// Lists and prunes that take a label as filter.
  private static final Set<String> LISTS =
      Set.of(
          "GET /containers/json",
          "GET /networks",
          "GET /networks/",
          "GET /volumes",
          "GET /events",
          "POST /containers/prune",
          "POST /networks/prune",
          "POST /volumes/prune");

  private static final Set<String> CREATES =
      Set.of("POST /containers/create", "POST /networks/create", "POST /volumes/create");

  private final Engine engine;
  private final String owner;

  OwnLabelsGuard(Engine engine, String owner) {
    this.engine = engine;
    this.owner = owner;
  }

  @Override
  public void admit(String method, Exchange x) throws IOException {
    String request = method + " " + x.path();
    if (LISTS.contains(request)) {
      x.narrow(LABEL + "=" + owner);
      return;
    }
    if (CREATES.contains(request)) {
      x.change(body -> labelled(request, body));
      return;
    }
    Matcher m = NOUN.matcher(x.path());
    if (m.matches()) {
      object(method, m.group(1), m.group(2), x);
      return;
    }
    if (request.equals("POST /commit")) {
      own(x.query("container"));
      return;
    }
    boolean reads = method.equals("GET") || method.equals("HEAD") || method.equals("OPTIONS");
    boolean image = x.path().startsWith("/images/") && !x.path().equals("/images/prune");
    boolean adds = image && method.equals("POST");
    boolean tells = x.path().equals("/auth");
    // Whatever tells of all things, whosever they are.
    boolean tellsOfOthers =
        x.path().equals("/system/df")
            || (x.path().startsWith("/graft/v1/") && !OF_IMAGES.matcher(x.path()).matches());
    if ((!reads && !adds && !tells) || tellsOfOthers) {
      refuse(request);
    }
  }

  private GraftException refusal(String what) {
    return Policy.refusal(new Policy.OwnLabels(owner), what);
  }

  private void refuse(String what) {
    throw refusal(what);
  }

  // ---- what is made

  private ObjectNode labelled(String request, ObjectNode body) {
    Fields fields = Fields.of(body);
    Map<String, String> labels = fields.map("Labels");
    labels.put(LABEL, owner);
    // In whatever case the client wrote it.
    List<String> written = new ArrayList<>();
    body.fieldNames().forEachRemaining(written::add);
    written.stream().filter("labels"::equalsIgnoreCase).forEach(body::remove);
    ObjectNode all = body.putObject("Labels");
    labels.forEach(all::put);
    if (request.equals("POST /containers/create")) {
      checkReferences(fields);
    }
    return body;
  }

  private void checkReferences(Fields body) {
    Fields host = body.object("HostConfig");
    for (String from : host.texts("VolumesFrom")) {
      own(from.replaceFirst(":[^:]*$", ""));
    }
    for (String mode : List.of("PidMode", "IpcMode", "NetworkMode")) {
      if (host.text(mode).startsWith("container:")) {
        own(host.text(mode).substring("container:".length()));
      }
    }
    for (String link : host.texts("Links")) {
      own(link.replaceFirst(":.*", ""));
    }
    networkIfAny(host.text("NetworkMode"));
    body.object("NetworkingConfig").members("EndpointsConfig").keySet().forEach(this::networkIfAny);
    for (String bind : host.texts("Binds")) {
      volumeIfAny(bind.replaceFirst(":.*", ""));
    }
    for (Fields mount : host.objects("Mounts")) {
      if (mount.text("Type").equals("volume")) {
        volumeIfAny(mount.text("Source"));
      }
    }
  }

  private void networkIfAny(String name) {
    if (!name.isEmpty() && !name.startsWith("container:") && !name.equals("default")) {
      usable(engine.networks().find(name), name);
    }
  }

  /// A volume that a container would make has no owner: it is made first, with the label.
  private void volumeIfAny(String name) {
    if (name.isEmpty() || name.startsWith("/")) {
      return;
    }
    Optional<Volume> found = volume(name);
    if (found.isEmpty()) {
      throw GraftException.notFound(
          "get "
              + name
              + ": no such volume; make it first, so that it has the label of this socket");
    }
    ownVolume(found.get(), name);
  }

  // ---- what is there

  private void object(String method, String noun, String rest, Exchange x) throws IOException {
    int slash = rest.indexOf('/');
    String name = slash < 0 ? rest : rest.substring(0, slash);
    switch (noun) {
      case "containers" -> own(name);
      case "exec" -> own(engine.containers().execs().find(name).container());
      case "volumes" -> volume(rest).ifPresent(v -> ownVolume(v, rest));
      case "networks" -> {
        Network network = engine.networks().find(name);
        boolean changes = slash >= 0;
        if (method.equals("DELETE") && !owned(network.labels())) {
          throw GraftException.notFound("network " + name + " not found");
        }
        usable(network, name);
        if (changes) {
          x.change(body -> {
            own(Fields.of(body).text("Container"));
            return body;
          });
        }
      }
      default -> throw new IllegalArgumentException(noun);
    }
  }

  private boolean owned(Map<String, String> labels) {
    return owner.equals(labels.get(LABEL));
  }

  /// As if it were not there.
  private void own(String container) {
    Container c = engine.containers().find(container);
    if (!owned(c.spec().labels())) {
      throw GraftException.notFound("No such container: " + container);
    }
  }

  /// One's own, or one that is there for all.
  private void usable(Network network, String name) {
    if (!network.predefined() && !owned(network.labels())) {
      throw GraftException.notFound("network " + name + " not found");
    }
  }

  private Optional<Volume> volume(String name) {
    try {
      return Optional.of(engine.volumes().find(name));
    } catch (GraftException e) {
      return Optional.empty();
    }
  }

  private void ownVolume(Volume volume, String name) {
    if (!owned(volume.labels())) {
      throw GraftException.notFound("get " + name + ": no such volume");
    }
  }
}

package graft.docker.policy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.container.ContainerSpec.MountKind;
import graft.docker.http.Exchange;
import graft.docker.http.Guard;
import graft.docker.json.Fields;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.volume.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Nobody comes out of a container by what is asked for here: neither in a new container, nor by
/// way of one that somebody else made with more rights.
final class NoPrivilegedGuard implements Guard {
  private static final Pattern CONTAINER = Pattern.compile("/containers/([^/]+)/(.+)");
  private static final Pattern EXEC = Pattern.compile("/exec/([^/]+)/.*");

  /// What is done to a container from outside, not inside it or with its files.
  private static final Set<String> HARMLESS =
      Set.of("stop", "kill", "pause", "unpause", "wait", "rename", "resize");

  private final Engine engine;

  NoPrivilegedGuard(Engine engine) {
    this.engine = engine;
  }

  @Override
  public void admit(String method, Exchange x) {
    switch (method + " " + x.path()) {
      case "POST /containers/create" -> x.change(refusing(this::checkCreate));
      case "POST /networks/create" -> x.change(refusing(NoPrivilegedGuard::checkNetwork));
      case "POST /volumes/create" -> x.change(refusing(NoPrivilegedGuard::checkVolume));
      case "POST /build" -> checkBuild(x);
      case "POST /graft/v1/build" -> refuse("building with graft build; docker's classic one may");
      // What is asked for in there, as the host's network for a RUN, is not seen from here.
      case "POST /grpc", "POST /session" -> refuse("building with BuildKit's protocol");
      default -> checkUse(method, x);
    }
  }

  private interface Check {
    Optional<String> forbidden(Fields body);
  }

  /// The body is looked at when it is read, as the handler will see it.
  private static UnaryOperator<ObjectNode> refusing(Check check) {
    return body -> {
      check.forbidden(Fields.of(body)).ifPresent(NoPrivilegedGuard::refuse);
      return body;
    };
  }

  private static void refuse(String what) {
    throw Policy.refusal(new Policy.NoPrivileged(), what);
  }

  private Optional<String> checkCreate(Fields body) {
    Fields host = body.object("HostConfig");
    return Privilege.in(body)
        .or(() ->
            networks(body, host).stream()
                .filter(this::isHost)
                .map(_ -> "the network host")
                .findFirst())
        .or(() ->
            references(host).stream()
                .flatMap(name -> container(name).stream())
                .flatMap(c -> of(c).map(what -> what + " by way of container " + c.name()).stream())
                .findFirst())
        .or(() ->
            volumes(host).stream()
                .flatMap(name -> volume(name).stream())
                .filter(v -> !v.options().isEmpty())
                .map(v -> "the volume " + v.name() + ", which has driver options")
                .findFirst());
  }

  private void checkBuild(Exchange x) {
    String mode = x.query("networkmode");
    if (isHost(mode) || mode.startsWith("container:")) {
      refuse("the network " + mode);
    }
    if (!x.query("cgroupparent").isEmpty()) {
      refuse("control groups of others");
    }
  }

  /// Containers whose namespaces or mounts are to be shared.
  private static List<String> references(Fields host) {
    List<String> all = new ArrayList<>();
    for (String from : host.texts("VolumesFrom")) {
      all.add(from.replaceFirst(":[^:]*$", ""));
    }
    for (String name : List.of("PidMode", "IpcMode", "NetworkMode")) {
      if (host.text(name).startsWith("container:")) {
        all.add(host.text(name).substring("container:".length()));
      }
    }
    return all;
  }

  private static List<String> networks(Fields body, Fields host) {
    List<String> all = new ArrayList<>();
    all.add(host.text("NetworkMode"));
    all.addAll(body.object("NetworkingConfig").members("EndpointsConfig").keySet());
    return all;
  }

  /// By whatever name or id it is called.
  private boolean isHost(String name) {
    try {
      return engine.networks().find(name).driver().equals("host");
    } catch (GraftException e) {
      // None, or one that does not exist.
      return false;
    }
  }

  private static List<String> volumes(Fields host) {
    List<String> all = new ArrayList<>();
    host.texts("Binds").forEach(bind -> all.add(bind.replaceFirst(":.*", "")));
    host.objects("Mounts").stream()
        .filter(m -> m.text("Type").equals("volume"))
        .forEach(m -> all.add(m.text("Source")));
    return all;
  }

  private Optional<Volume> volume(String name) {
    try {
      return Optional.of(engine.volumes().find(name));
    } catch (GraftException e) {
      // It will be made, and has no options then.
      return Optional.empty();
    }
  }

  private Optional<Container> container(String name) {
    try {
      return Optional.of(engine.containers().find(name));
    } catch (GraftException e) {
      // The handler says so.
      return Optional.empty();
    }
  }

  /// What an existing container has more than it may.
  private static Optional<String> of(Container c) {
    boolean bound = c.mounts().stream().anyMatch(m -> m.kind() == MountKind.BIND);
    return bound ? Optional.of("a host's path") : Privilege.in(Fields.of(c.spec().document()));
  }

  /// Only bridges that Graft names itself: others reach the host's own wires.
  private static Optional<String> checkNetwork(Fields body) {
    String driver = body.text("Driver");
    if (!driver.isEmpty() && !driver.equals("bridge")) {
      return Optional.of("a network of driver " + driver);
    }
    return body.map("Options").containsKey("com.docker.network.bridge.name")
        ? Optional.of("naming a bridge of the host")
        : Optional.empty();
  }

  private static Optional<String> checkVolume(Fields body) {
    return body.isEmpty("DriverOpts")
        ? Optional.empty()
        : Optional.of("a volume with driver options");
  }

  private void checkUse(String method, Exchange x) {
    Matcher exec = EXEC.matcher(x.path());
    if (exec.matches()) {
      container(engine.containers().execs().find(exec.group(1)).container()).ifPresent(this::use);
      return;
    }
    Matcher m = CONTAINER.matcher(x.path());
    if (!m.matches()) {
      return;
    }
    String verb = m.group(2);
    boolean reads = method.equals("GET") || method.equals("HEAD");
    boolean inside = verb.equals("archive") || verb.equals("attach/ws");
    if (HARMLESS.contains(verb) || (reads && !inside)) {
      return;
    }
    if (verb.equals("exec")) {
      x.change(
          refusing(body ->
              body.flag("Privileged") ? Optional.of("a privileged exec") : Optional.empty()));
    }
    container(m.group(1)).ifPresent(this::use);
  }

  private void use(Container c) {
    of(c).ifPresent(what -> refuse("using container " + c.name() + ", which has " + what));
  }
}

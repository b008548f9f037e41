package graft.docker.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.container.ContainerSpec;
import graft.container.Containers;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Fields;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.image.Change;
import graft.image.Changes;
import graft.images.ImageRecord;
import graft.oci.ImageConfig;
import graft.oci.ImageConfig.Settings;
import graft.oci.Reference;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// `POST /commit`: an image from a container.
public final class CommitRoute {
  /// The fields of a body that a commit takes, as the image config cases them.
  private static final List<String> SETTINGS =
      List.of(
          "User",
          "Env",
          "Entrypoint",
          "Cmd",
          "WorkingDir",
          "Labels",
          "ExposedPorts",
          "Volumes",
          "StopSignal",
          "Healthcheck",
          "Shell",
          "OnBuild",
          "ArgsEscaped");

  private final Containers containers;

  public CommitRoute(Engine engine) {
    this.containers = engine.containers();
  }

  public void addTo(Router router) {
    router.post("/commit", this::commit);
  }

  private void commit(Exchange x) throws IOException, InterruptedException {
    Fields body = Fields.of(x.jsonOrEmpty());
    Container c = containers.find(x.query("container"));
    List<Change> changes = Changes.parse(x.queries("changes"));
    Optional<Reference> name = Optional.empty();
    if (!x.query("repo").isEmpty()) {
      String tag = x.query("tag");
      name = Optional.of(Reference.parse(x.query("repo") + (tag.isEmpty() ? "" : ":" + tag)));
    }
    Settings asked = ImageConfig.settings(body.named(SETTINGS));
    ImageRecord image =
        containers.commit(
            c.id(),
            new Containers.CommitRequest(
                name,
                x.query("author"),
                x.query("comment"),
                x.flag("pause", true),
                base -> Changes.apply(changes, over(ofContainer(c.spec(), base), asked))));
    ObjectNode json = Nodes.object();
    json.put("Id", image.id().toString());
    x.json(201, json);
  }

  /// The settings the container runs by, and of the image's what a container does not change.
  private static Settings ofContainer(ContainerSpec spec, Settings base) {
    String cwd = spec.run().process().cwd();
    return new Settings(
        spec.run().process().user(),
        spec.env(),
        optional(spec.entrypoint()),
        optional(spec.cmd()),
        cwd.equals("/") ? base.workingDir() : cwd,
        spec.labels(),
        spec.exposedPorts(),
        spec.volumes(),
        spec.stopSignal().equals("SIGTERM") ? base.stopSignal() : Optional.of(spec.stopSignal()),
        spec.health(),
        optional(spec.shell()),
        base.onBuild(),
        base.argsEscaped());
  }

  private static Optional<List<String>> optional(List<String> list) {
    return list.isEmpty() ? Optional.empty() : Optional.of(list);
  }

  /// What the request says, over those.
  private static Settings over(Settings below, Settings asked) {
    Map<String, String> labels = new HashMap<>(below.labels());
    labels.putAll(asked.labels());
    TreeSet<String> ports = new TreeSet<>(below.exposedPorts());
    ports.addAll(asked.exposedPorts());
    TreeSet<String> volumes = new TreeSet<>(below.volumes());
    volumes.addAll(asked.volumes());
    Map<String, String> env = new java.util.LinkedHashMap<>();
    asked.env().forEach(v -> env.put(v.split("=", 2)[0], v));
    below.env().forEach(v -> env.putIfAbsent(v.split("=", 2)[0], v));
    return new Settings(
        asked.user().isEmpty() ? below.user() : asked.user(),
        List.copyOf(env.values()),
        asked.entrypoint().or(below::entrypoint),
        asked.cmd().filter(l -> !l.isEmpty()).or(below::cmd),
        asked.workingDir().isEmpty() ? below.workingDir() : asked.workingDir(),
        labels,
        ports,
        volumes,
        asked.stopSignal().or(below::stopSignal),
        asked.healthcheck().or(below::healthcheck),
        asked.shell().or(below::shell),
        asked.onBuild().isEmpty() ? below.onBuild() : asked.onBuild(),
        below.argsEscaped());
  }
}

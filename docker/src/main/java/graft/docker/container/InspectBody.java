package graft.docker.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.container.ContainerSpec;
import graft.container.Containers;
import graft.container.Health;
import graft.container.State;
import graft.docker.json.Fields;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.mount.Mount;
import graft.network.Sandbox;
import graft.runtime.Runtime.Exit;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// The answer of `GET /containers/{id}/json`.
public final class InspectBody {
  /// What is not in the record itself.
  ///
  /// @param networkIds name of a network → its id; empty if there is none
  /// @param execs ids of execs that have not ended
  /// @param union the mount of its file system, and where that goes
  /// @param health empty for one without a check, and for one that was never started
  /// @param sizes bytes of the writable layer and of everything, if they were asked for
  public record Facts(
      Containers.Paths paths,
      Optional<Sandbox> sandbox,
      Function<String, String> networkIds,
      List<String> execs,
      Optional<Mount> union,
      Path root,
      Optional<Health> health,
      Optional<long[]> sizes,
      boolean unified) {}

  private InspectBody() {}

  public static ObjectNode of(Container c, Facts facts) {
    List<String> args = c.spec().run().process().args();
    ObjectNode json = Nodes.object();
    json.put("Id", c.id());
    json.put("Created", GoTime.of(c.created()));
    json.put("Path", args.isEmpty() ? "" : args.getFirst());
    json.set("Args", Nodes.texts(args.isEmpty() ? args : args.subList(1, args.size())));
    ObjectNode state = state(c.state());
    facts.health().ifPresent(health -> state.set("Health", HealthBody.json(health)));
    json.set("State", state);
    json.put("Image", c.image().toString());
    // The files are made when it is started for the first time.
    boolean fresh = c.state() instanceof State.Created;
    json.put("ResolvConfPath", fresh ? "" : facts.paths().resolvConf());
    json.put("HostnamePath", fresh ? "" : facts.paths().hostname());
    json.put("HostsPath", fresh ? "" : facts.paths().hosts());
    boolean logged = !fresh && Set.of("json-file", "local").contains(c.spec().log().driver());
    json.put("LogPath", logged ? facts.paths().log() : "");
    json.put("Name", "/" + c.name());
    json.put("RestartCount", c.restarts());
    json.put("Driver", "overlay2");
    json.put("Platform", "linux");
    json.put("MountLabel", "");
    json.put("ProcessLabel", "");
    json.put("AppArmorProfile", c.spec().run().security().apparmor().orElse(""));
    if (facts.execs().isEmpty() || !c.state().alive()) {
      json.putNull("ExecIDs");
    } else {
      json.set("ExecIDs", Nodes.texts(facts.execs()));
    }
    json.set("HostConfig", hostConfig(c, facts));
    json.set("GraphDriver", graphDriver(c, facts));
    if (facts.sizes().isPresent()) {
      json.put("SizeRw", facts.sizes().get()[0]);
      json.put("SizeRootFs", facts.sizes().get()[1]);
    }
    json.set("Mounts", MountView.json(c));
    json.set("Config", config(c));
    json.set("NetworkSettings", NetworkView.settings(c, facts.sandbox(), facts.networkIds()));
    return json;
  }

  private static ObjectNode hostConfig(Container c, Facts facts) {
    ObjectNode json = new HostConfigView(c.spec(), facts.unified()).json();
    if (json.get("Links") instanceof ArrayNode links && !links.isEmpty()) {
      // `db:alias` as `/db:/me/alias`
      ArrayNode full = json.putArray("Links");
      for (JsonNode link : links) {
        String[] parts = link.asText().split(":", 2);
        String alias = parts.length > 1 ? parts[1] : parts[0];
        full.add("/" + parts[0].replaceFirst("^/", "") + ":/" + c.name() + "/" + alias);
      }
    }
    return json;
  }

  private record Moments(int code, String error, boolean oom, String started, String finished) {}

  private static ObjectNode state(State state) {
    Moments m =
        switch (state) {
          case State.Created s -> new Moments(s.code(), s.error(), false, GoTime.ZERO, GoTime.ZERO);
          case State.Running s -> running(s);
          case State.Paused s -> running(s.running());
          case State.Restarting s -> ended(s.started(), s.exit(), "");
          case State.Exited s -> ended(s.started(), s.exit(), s.error());
          case State.Removing _ -> new Moments(0, "", false, GoTime.ZERO, GoTime.ZERO);
        };
    boolean restarting = state instanceof State.Restarting;
    ObjectNode json = Nodes.object();
    json.put("Status", state.word());
    json.put("Running", state.alive() || restarting);
    json.put("Paused", state instanceof State.Paused);
    json.put("Restarting", restarting);
    json.put("OOMKilled", m.oom());
    json.put("Dead", false);
    json.put("Pid", state.pid());
    json.put("ExitCode", m.code());
    json.put("Error", m.error());
    json.put("StartedAt", m.started());
    json.put("FinishedAt", m.finished());
    return json;
  }

  private static Moments running(State.Running s) {
    return new Moments(
        0,
        "",
        false,
        GoTime.of(s.since()),
        s.last().map(e -> GoTime.of(e.at())).orElse(GoTime.ZERO));
  }

  private static Moments ended(Instant started, Exit exit, String error) {
    return new Moments(
        exit.code(), error, exit.oomKilled(), GoTime.of(started), GoTime.of(exit.at()));
  }

  private static ObjectNode graphDriver(Container c, Facts facts) {
    ObjectNode json = Nodes.object();
    ObjectNode data = json.putObject("Data");
    data.put("ID", c.id());
    for (String option : facts.union().map(Mount::options).orElse(List.of())) {
      int equals = option.indexOf('=');
      String value = option.substring(equals + 1);
      switch (option.substring(0, Math.max(equals, 0))) {
        case "lowerdir" -> data.put("LowerDir", value);
        case "upperdir" -> data.put("UpperDir", value);
        case "workdir" -> data.put("WorkDir", value);
        default -> {
          // Nothing that Docker shows.
        }
      }
    }
    data.put("MergedDir", facts.root().toString());
    json.put("Name", "overlay2");
    return json;
  }

  private static ObjectNode config(Container c) {
    ContainerSpec spec = c.spec();
    Fields asked = Fields.of(spec.document());
    ObjectNode json = Nodes.object();
    json.put("Hostname", spec.run().hostname());
    json.put("Domainname", spec.run().domainname());
    json.put("User", spec.run().process().user());
    json.put("AttachStdin", asked.flag("AttachStdin"));
    json.put("AttachStdout", asked.flag("AttachStdout"));
    json.put("AttachStderr", asked.flag("AttachStderr"));
    if (!spec.exposedPorts().isEmpty()) {
      Nodes.putSetOrNull(json, "ExposedPorts", spec.exposedPorts());
    }
    json.put("Tty", spec.run().process().tty());
    json.put("OpenStdin", spec.run().openStdin());
    json.put("StdinOnce", spec.run().stdinOnce());
    orNull(json, "Env", spec.env(), asked.has("Env"));
    orNull(json, "Cmd", spec.cmd(), false);
    spec.health().ifPresent(check -> json.set("Healthcheck", HealthBody.json(check)));
    json.put("Image", c.imageName());
    Nodes.putSetOrNull(json, "Volumes", spec.volumes());
    String cwd = spec.run().process().cwd();
    json.put("WorkingDir", cwd.equals("/") && asked.text("WorkingDir").isEmpty() ? "" : cwd);
    orNull(json, "Entrypoint", spec.entrypoint(), false);
    if (asked.flag("NetworkDisabled")) {
      json.put("NetworkDisabled", true);
    }
    spec.net().mac().ifPresent(mac -> json.put("MacAddress", mac));
    json.putNull("OnBuild");
    json.set("Labels", Nodes.map(spec.labels()));
    if (asked.has("StopSignal") || !Set.of("", "SIGTERM").contains(spec.stopSignal())) {
      json.put("StopSignal", spec.stopSignal());
    }
    if (spec.stopTimeout().isPresent()) {
      json.put("StopTimeout", spec.stopTimeout().getAsInt());
    }
    if (!spec.shell().isEmpty()) {
      json.set("Shell", Nodes.texts(spec.shell()));
    }
    return json;
  }

  /// @param given an empty list was asked for, and stays one
  private static void orNull(ObjectNode json, String name, List<String> list, boolean given) {
    if (list.isEmpty() && !given) {
      json.putNull(name);
    } else {
      json.set(name, Nodes.texts(list));
    }
  }
}

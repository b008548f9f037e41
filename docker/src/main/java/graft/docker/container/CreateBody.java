package graft.docker.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.container.ContainerSpec;
import graft.container.ContainerSpec.Modes;
import graft.container.ContainerSpec.Restart;
import graft.container.ContainerSpec.RestartPolicy;
import graft.container.Request;
import graft.container.Signals;
import graft.docker.http.ApiVersion;
import graft.docker.json.Fields;
import graft.error.GraftException;
import graft.oci.Platform;
import graft.runtime.Spec;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/// From the body of `POST /containers/create` to what the engine takes. Every field is acted on or
/// refused; the body itself goes along, for inspect.
///
/// Source: Docker Engine API 1.51, `ContainerCreate`.
public final class CreateBody {
  /// @param warnings what will not be done as asked, in Docker's words
  public record Parsed(Request request, List<String> warnings) {}

  private final Machine machine;
  private final Function<String, Container> find;
  private final ApiVersion version;

  /// For a client that speaks the newest version.
  public CreateBody(Machine machine, Function<String, Container> find) {
    this(machine, find, ApiVersion.NEWEST);
  }

  /// @param find containers by name or id, for `VolumesFrom`
  /// @param version of the API that the client speaks
  public CreateBody(Machine machine, Function<String, Container> find, ApiVersion version) {
    this.machine = machine;
    this.find = find;
    this.version = version;
  }

  /// The request, or INVALID or NOT_IMPLEMENTED in Docker's words.
  public Parsed read(ObjectNode body, Optional<String> name, Optional<Platform> platform) {
    Fields config = Fields.of(body);
    if (body.isEmpty()) {
      throw GraftException.invalid("config cannot be empty in order to create a container");
    }
    Fields host = config.object("HostConfig");
    Fields networking = config.object("NetworkingConfig");
    List<String> warnings = new ArrayList<>();
    refuse(host, warnings);
    Spec.Resources resources = new ResourceBody(machine).read(host, warnings);
    RestartPolicy restart = restart(host.object("RestartPolicy"));
    boolean autoRemove = host.flag("AutoRemove");
    if (autoRemove && restart.name() != Restart.NO) {
      throw GraftException.invalid("can't create 'AutoRemove' container with restart policy");
    }
    Modes modes = modes(host);
    ContainerSpec.Net net = NetBody.read(config, host, networking, find, version, warnings);
    MountBody mounts = MountBody.read(host, find, version);
    String stopSignal = config.text("StopSignal");
    if (!stopSignal.isEmpty()) {
      Signals.number(stopSignal);
    }
    Request.Overrides asked =
        new Request.Overrides(
            config.optionalTexts("Entrypoint"),
            config.optionalTexts("Cmd"),
            config.texts("Env"),
            config.text("User"),
            config.text("WorkingDir"),
            config.map("Labels"),
            new LinkedHashSet<>(config.members("Volumes").keySet()),
            NetBody.exposed(config),
            stopSignal,
            HealthBody.read(config.object("Healthcheck"), config.has("Healthcheck")),
            config.optionalTexts("Shell").orElse(List.of()));
    ContainerSpec rest =
        new ContainerSpec(
            spec(config, host, resources, modes, mounts),
            List.of(),
            List.of(),
            List.of(),
            modes,
            net,
            mounts.mounts(),
            Set.of(),
            Set.of(),
            java.util.Map.of(),
            restart,
            autoRemove,
            LogBody.read(host.object("LogConfig")),
            "",
            config.has("StopTimeout")
                ? OptionalInt.of(config.smallNumber("StopTimeout"))
                : OptionalInt.empty(),
            Optional.empty(),
            List.of(),
            deviceRequests(host),
            body.toString());
    String image = config.text("Image");
    if (image.isEmpty()) {
      throw GraftException.invalid("no command specified");
    }
    return new Parsed(new Request(image, name, platform, asked, rest), warnings);
  }

  private static void refuse(Fields host, List<String> warnings) {
    String isolation = host.text("Isolation");
    if (!isolation.isEmpty() && !isolation.equals("default")) {
      throw GraftException.invalid(
          "invalid isolation (" + isolation + "): linux only supports 'default'");
    }
    String runtime = host.text("Runtime");
    if (!Set.of("", "runc", "io.containerd.runc.v2").contains(runtime)) {
      throw GraftException.invalid("unknown or invalid runtime name: " + runtime);
    }
    MountBody.checkDriver("", host.text("VolumeDriver"));
    if (!host.text("Cgroup").isEmpty()) {
      warnings.add("HostConfig.Cgroup has no effect, as in Docker; see CgroupParent.");
    }
    for (String option : host.map("StorageOpt").keySet()) {
      throw GraftException.internal(
          option.equals("size")
              ? "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"
              : "Unknown option " + option,
          null);
    }
  }

  private static List<ContainerSpec.DeviceRequest> deviceRequests(Fields host) {
    List<ContainerSpec.DeviceRequest> all = new ArrayList<>();
    for (Fields one : host.objects("DeviceRequests")) {
      all.add(
          new ContainerSpec.DeviceRequest(
              one.text("Driver"), one.texts("DeviceIDs"), capabilities(one.raw("Capabilities"))));
    }
    return all;
  }

  /// As Go prints a list of lists.
  private static String capabilities(JsonNode lists) {
    List<String> all = new ArrayList<>();
    for (JsonNode list : lists) {
      List<String> words = new ArrayList<>();
      list.forEach(w -> words.add(w.asText()));
      all.add("[" + String.join(" ", words) + "]");
    }
    return "[" + String.join(" ", all) + "]";
  }

  static RestartPolicy restart(Fields policy) {
    String name = policy.text("Name");
    int retries = policy.smallNumber("MaximumRetryCount");
    Restart kind =
        switch (name) {
          case "", "no" -> Restart.NO;
          case "always" -> Restart.ALWAYS;
          case "on-failure" -> Restart.ON_FAILURE;
          case "unless-stopped" -> Restart.UNLESS_STOPPED;
          default ->
              throw GraftException.invalid(
                  "invalid restart policy: unknown policy '"
                      + name
                      + "'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'");
        };
    if (retries < 0) {
      throw GraftException.invalid(
          "invalid restart policy: maximum retry count cannot be negative");
    }
    if (retries > 0 && kind != Restart.ON_FAILURE) {
      throw GraftException.invalid(
          "invalid restart policy: maximum retry count can only be used with 'on-failure'");
    }
    return new RestartPolicy(kind, retries);
  }

  private Modes modes(Fields host) {
    String ipc = host.text("IpcMode");
    if (!Set.of("", "private", "shareable", "host", "none").contains(ipc)
        && !ipc.startsWith("container:")) {
      throw GraftException.invalid("invalid IPC mode: " + ipc);
    }
    String pid = host.text("PidMode");
    if (!Set.of("", "host").contains(pid)
        && !(pid.startsWith("container:") && pid.length() > "container:".length())) {
      throw GraftException.invalid("invalid PID mode: " + pid);
    }
    String uts = host.text("UTSMode");
    if (!Set.of("", "host").contains(uts)) {
      throw GraftException.invalid("invalid UTS mode: " + uts);
    }
    String user = host.text("UsernsMode");
    if (!Set.of("", "host").contains(user)) {
      throw GraftException.invalid("invalid user namespace mode: " + user);
    }
    String cgroup = host.text("CgroupnsMode");
    if (!Set.of("", "host", "private").contains(cgroup)) {
      throw GraftException.invalid("invalid cgroup namespace mode: " + cgroup);
    }
    for (String mode : List.of(ipc, pid)) {
      String other = mode.startsWith("container:") ? mode.substring("container:".length()) : "";
      if (!other.isEmpty()) {
        Container _ = find.apply(other);
      }
    }
    return new Modes(pid, ipc.isEmpty() ? "private" : ipc, uts, user, cgroup);
  }

  private Spec spec(
      Fields config, Fields host, Spec.Resources resources, Modes modes, MountBody mounts) {
    boolean privileged = host.flag("Privileged");
    boolean hostCgroups =
        modes.cgroupns().equals("host")
            || (modes.cgroupns().isEmpty() && (!machine.unified() || privileged));
    long shm = host.number("ShmSize");
    if (shm < 0) {
      throw GraftException.invalid("SHM size can not be less than 0");
    }
    int score = host.smallNumber("OomScoreAdj");
    if (score < -1000 || score > 1000) {
      throw GraftException.invalid(
          "Invalid value " + score + ", range for oom score adj is [-1000, 1000]");
    }
    JsonNode size = host.raw("ConsoleSize");
    Spec defaults = ContainerSpec.DEFAULT.run();
    return new Spec(
        new Spec.Process(
            List.of(),
            List.of(),
            "",
            "",
            host.texts("GroupAdd"),
            config.flag("Tty"),
            privileged,
            ResourceBody.ulimits(host),
            size.path(1).asInt(0),
            size.path(0).asInt(0)),
        config.text("Hostname"),
        config.text("Domainname"),
        host.flag("ReadonlyRootfs"),
        mounts.tmpfs(),
        new Spec.Namespaces(
            defaults.namespaces().network(),
            defaults.namespaces().pid(),
            defaults.namespaces().ipc(),
            defaults.namespaces().uts(),
            hostCgroups ? new Spec.Namespace.Host() : new Spec.Namespace.Own()),
        resources,
        SecurityBody.read(host, machine),
        devices(host),
        host.map("Sysctls"),
        host.map("Annotations"),
        host.flag("Init"),
        config.flag("OpenStdin"),
        config.flag("StdinOnce"),
        shm == 0 ? defaults.shmSize() : shm,
        score,
        host.text("CgroupParent"));
  }

  private static List<Spec.Device> devices(Fields host) {
    List<Spec.Device> all = new ArrayList<>();
    for (Fields one : host.objects("Devices")) {
      String permissions = one.text("CgroupPermissions");
      if (!permissions.matches("[rwm]{0,3}")) {
        throw GraftException.invalid(
            "invalid device permissions \"" + permissions + "\" of " + one.text("PathOnHost"));
      }
      String inside = one.text("PathInContainer");
      all.add(
          new Spec.Device(
              one.text("PathOnHost"),
              inside.isEmpty() ? one.text("PathOnHost") : inside,
              permissions.isEmpty() ? "rwm" : permissions));
    }
    return all;
  }
}

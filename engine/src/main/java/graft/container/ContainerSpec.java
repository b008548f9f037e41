package graft.container;

import graft.network.Attachment;
import graft.network.PortBinding;
import graft.oci.ImageConfig.Healthcheck;
import graft.runtime.Spec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// What was asked of a container, complete: the image's config is already merged in.
///
/// @param run what the OCI runtime needs, but for what is only known at start (the network
///   namespace, mounts of volumes, /etc/hosts and its like, a resolved working directory): its
///   `mounts` hold tmpfs mounts only, its namespaces are [Spec.Namespace.Own] where the modes do
///   not say otherwise
/// @param entrypoint empty if none was given by image or user
/// @param env merged, as inspect shows it: the user's first, then what only the image has
/// @param volumes anonymous volumes: destinations
/// @param stopTimeout seconds; -1 is for ever
/// @param health merged; `NONE` where there is to be no check
/// @param shell of the image, which `CMD-SHELL` checks are given to; empty for /bin/sh
/// @param document the API client's own words (Docker's create body), kept for inspect, never read
///   by the engine
public record ContainerSpec(
    Spec run,
    List<String> entrypoint,
    List<String> cmd,
    List<String> env,
    Modes modes,
    Net net,
    List<MountRequest> mounts,
    Set<String> volumes,
    Set<String> exposedPorts,
    Map<String, String> labels,
    RestartPolicy restart,
    boolean autoRemove,
    LogConfig log,
    String stopSignal,
    OptionalInt stopTimeout,
    Optional<Healthcheck> health,
    List<String> shell,
    List<DeviceRequest> deviceRequests,
    String document) {
  public ContainerSpec {
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    env = List.copyOf(env);
    mounts = List.copyOf(mounts);
    volumes = Set.copyOf(volumes);
    exposedPorts = Set.copyOf(exposedPorts);
    labels = Map.copyOf(labels);
    // Records of an earlier Graft have none.
    shell = shell == null ? List.of() : List.copyOf(shell);
    deviceRequests = deviceRequests == null ? List.of() : List.copyOf(deviceRequests);
  }

  /// The same with these limits and this restart policy.
  ContainerSpec with(Spec.Resources resources, RestartPolicy policy) {
    return with(run.with(resources), net, policy, autoRemove);
  }

  /// The same, taken away at its end or not.
  ContainerSpec autoRemoved(boolean removed) {
    return with(run, net, restart, removed);
  }

  /// The same with this name of the machine.
  ContainerSpec onHost(String hostname) {
    return with(run.onHost(hostname), net, restart, autoRemove);
  }

  /// The same on these networks.
  ContainerSpec on(List<Attachment> attachments) {
    return with(run, net.on(attachments), restart, autoRemove);
  }

  /// The same without a network.
  public ContainerSpec isolated() {
    Net none =
        new Net(
            "none",
            new TreeMap<>(),
            false,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            List.of(Attachment.to("none")),
            List.of());
    return with(run, none, restart, autoRemove);
  }

  /// The same with these links.
  ContainerSpec linked(List<Link> links) {
    return with(run, net.linked(links), restart, autoRemove);
  }

  private ContainerSpec with(Spec newRun, Net other, RestartPolicy policy, boolean removed) {
    return new ContainerSpec(
        newRun,
        entrypoint,
        cmd,
        env,
        modes,
        other,
        mounts,
        volumes,
        exposedPorts,
        labels,
        policy,
        removed,
        log,
        stopSignal,
        stopTimeout,
        health,
        shell,
        deviceRequests,
        document);
  }

  /// Docker's defaults: what a request changes starts from here.
  public static final ContainerSpec DEFAULT =
      new ContainerSpec(
          new Spec(
              new Spec.Process(
                  List.of(), List.of(), "", "", List.of(), false, false, List.of(), 0, 0),
              "",
              "",
              false,
              List.of(),
              new Spec.Namespaces(
                  new Spec.Namespace.Own(),
                  new Spec.Namespace.Own(),
                  new Spec.Namespace.Own(),
                  new Spec.Namespace.Own(),
                  new Spec.Namespace.Own()),
              Spec.Resources.NONE,
              Spec.Security.DEFAULT,
              List.of(),
              Map.of(),
              Map.of(),
              false,
              false,
              false,
              64L * 1024 * 1024,
              0,
              ""),
          List.of(),
          List.of(),
          List.of(),
          new Modes("", "private", "", "", ""),
          new Net(
              "bridge",
              new TreeMap<>(),
              false,
              List.of(),
              List.of(),
              List.of(),
              List.of(),
              Optional.empty(),
              List.of(Attachment.to("bridge")),
              List.of()),
          List.of(),
          Set.of(),
          Set.of(),
          Map.of(),
          RestartPolicy.NEVER,
          false,
          LogConfig.DEFAULT,
          "SIGTERM",
          OptionalInt.empty(),
          Optional.empty(),
          List.of(),
          List.of(),
          "");

  /// Devices for which a driver is needed, such as a GPU.
  ///
  /// @param capabilities as Go prints a list of lists, for messages: `[[gpu]]`
  public record DeviceRequest(String driver, List<String> ids, String capabilities) {
    public DeviceRequest {
      ids = List.copyOf(ids);
    }
  }

  /// Docker's mode strings: empty, `private`, `host`, `none`, `shareable`, `container:<id or
  /// name>`.
  public record Modes(String pid, String ipc, String uts, String userns, String cgroupns) {}

  /// @param mode `bridge`, `host`, `none`, `container:<id or name>` or the name of a network
  /// @param ports `80/tcp` → where it is published
  /// @param extraHosts `name:address`
  /// @param mac of the endpoint that says none itself
  /// @param attachments the networks it is on when it runs, that of the mode first; none with
  ///   `container:`
  /// @param links containers that it knows by name on the default bridge
  public record Net(
      String mode,
      SortedMap<String, List<PortBinding>> ports,
      boolean publishAll,
      List<String> dns,
      List<String> dnsSearch,
      List<String> dnsOptions,
      List<String> extraHosts,
      Optional<String> mac,
      List<Attachment> attachments,
      List<Link> links) {
    public Net {
      // Records of Graft 0.1 do not have the last two.
      attachments = attachments == null ? standard(mode) : List.copyOf(attachments);
      links = links == null ? List.of() : List.copyOf(links);
    }

    private static List<Attachment> standard(String mode) {
      return mode.startsWith("container:") ? List.of() : List.of(Attachment.to(mode));
    }

    /// The same with these links.
    Net linked(List<Link> others) {
      return new Net(
          mode,
          ports,
          publishAll,
          dns,
          dnsSearch,
          dnsOptions,
          extraHosts,
          mac,
          attachments,
          others);
    }

    /// The same on these networks.
    public Net on(List<Attachment> others) {
      return new Net(
          mode, ports, publishAll, dns, dnsSearch, dnsOptions, extraHosts, mac, others, links);
    }
  }

  /// A legacy link.
  ///
  /// @param container its id
  public record Link(String container, String alias) {}

  public enum MountKind {
    BIND,
    VOLUME,
    TMPFS,
    IMAGE
  }

  /// How far a bind, and its being read-only, reach into what is mounted below its source.
  public enum Recursion {
    /// What is below comes along, and is read-only where the bind is.
    FULL,
    /// What is below comes along and stays writable, as it was before API 1.44.
    WRITABLE_BELOW,
    /// As [#FULL]; asked for by name, and refused where the bind is not read-only.
    FORCED,
    /// What is below does not come along.
    NONE
  }

  /// A mount that was asked for. `source` is a host path, the name of a volume (empty: anonymous),
  /// or an image as typed.
  ///
  /// @param mode the mode as typed behind the second colon of `-v`, for inspect
  /// @param propagation `rprivate`, … or empty for the default
  /// @param createSource make a missing host directory (`-v` does, `--mount` does not)
  /// @param subpath what is mounted of a volume or an image; empty: all of it
  /// @param options further tmpfs options (`size=…`, `mode=…`)
  /// @param driverOptions of a volume that has to be made: `type`, `o`, `device`
  /// @param fromMounts it came as a `Mounts` entry
  public record MountRequest(
      MountKind kind,
      String source,
      String target,
      String mode,
      boolean readOnly,
      String propagation,
      boolean noCopy,
      boolean createSource,
      String subpath,
      List<String> options,
      Map<String, String> volumeLabels,
      boolean fromMounts,
      Map<String, String> driverOptions,
      Recursion recursion) {
    @SuppressWarnings("NullAway") // Records of an older Graft lack the last two.
    public MountRequest {
      driverOptions = driverOptions == null ? Map.of() : driverOptions;
      recursion = recursion == null ? Recursion.FULL : recursion;
    }

    /// Everything as it is if nothing more is said.
    public static MountRequest of(MountKind kind, String source, String target) {
      return new MountRequest(
          kind,
          source,
          target,
          "",
          false,
          "",
          false,
          false,
          "",
          List.of(),
          Map.of(),
          false,
          Map.of(),
          Recursion.FULL);
    }
  }

  public enum Restart {
    NO,
    ALWAYS,
    ON_FAILURE,
    UNLESS_STOPPED
  }

  public record RestartPolicy(Restart name, int maximumRetries) {
    public static final RestartPolicy NEVER = new RestartPolicy(Restart.NO, 0);
  }

  /// `driver`: `json-file`, `local`, `none`, `syslog` or `journald`; `maxSize` in bytes for each of
  /// `maxFiles` files.
  public record LogConfig(String driver, long maxSize, int maxFiles, Map<String, String> options) {
    public static final LogConfig DEFAULT =
        new LogConfig("json-file", 10L * 1024 * 1024, 5, Map.of());
  }
}

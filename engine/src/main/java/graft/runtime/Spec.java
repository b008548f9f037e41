package graft.runtime;

import graft.linux.IdMap;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// All an OCI runtime has to know about a container, in its own words; Docker's defaults
/// (capabilities, seccomp, masked paths, device rules, standard mounts) are added when
/// `config.json` is written, so that they stand in one place. Empty optionals mean "the default";
/// every size is in bytes.
///
/// `shmSize` is that of /dev/shm; 0 is none at all.
///
/// Source: OCI runtime-spec 1.2.1, config.md and config-linux.md; defaults: moby v28.5.2.
public record Spec(
    Process process,
    String hostname,
    String domainname,
    boolean readonlyRoot,
    List<Mount> mounts,
    Namespaces namespaces,
    Resources resources,
    Security security,
    List<Device> devices,
    Map<String, String> sysctls,
    Map<String, String> annotations,
    boolean init,
    boolean openStdin,
    boolean stdinOnce,
    long shmSize,
    int oomScoreAdj,
    String cgroupParent) {
  public Spec {
    mounts = List.copyOf(mounts);
    devices = List.copyOf(devices);
    sysctls = Map.copyOf(sysctls);
    annotations = Map.copyOf(annotations);
  }

  /// The same with other limits.
  public Spec with(Resources limits) {
    return new Spec(
        process,
        hostname,
        domainname,
        readonlyRoot,
        mounts,
        namespaces,
        limits,
        security,
        devices,
        sysctls,
        annotations,
        init,
        openStdin,
        stdinOnce,
        shmSize,
        oomScoreAdj,
        cgroupParent);
  }

  /// The same with this name of the machine.
  public Spec onHost(String name) {
    return new Spec(
        process,
        name,
        domainname,
        readonlyRoot,
        mounts,
        namespaces,
        resources,
        security,
        devices,
        sysctls,
        annotations,
        init,
        openStdin,
        stdinOnce,
        shmSize,
        oomScoreAdj,
        cgroupParent);
  }

  /// One process: of the container, or of an exec.
  ///
  /// @param args program and arguments
  /// @param env `KEY=value`, complete and in order
  /// @param cwd absolute; the caller has made it in the root file system
  /// @param user as typed: `name`, `uid`, `name:group`, `uid:gid`, or empty for root; looked up in
  ///   the container's own passwd and group files when the bundle is written
  /// @param groups further groups, names or ids
  public record Process(
      List<String> args,
      List<String> env,
      String cwd,
      String user,
      List<String> groups,
      boolean tty,
      boolean privileged,
      List<Ulimit> ulimits,
      int columns,
      int rows) {
    public Process {
      args = List.copyOf(args);
      env = List.copyOf(env);
      groups = List.copyOf(groups);
      ulimits = List.copyOf(ulimits);
    }

    /// The same with this environment.
    public Process with(List<String> other) {
      return new Process(args, other, cwd, user, groups, tty, privileged, ulimits, columns, rows);
    }
  }

  /// `name` without RLIMIT_, lower case: `nofile`.
  public record Ulimit(String name, long soft, long hard) {}

  /// One mount beyond the standard ones, in order. `source` is empty for tmpfs.
  public record Mount(String destination, String type, String source, List<String> options) {
    public Mount {
      options = List.copyOf(options);
    }
  }

  /// How a namespace of the container comes to be.
  public sealed interface Namespace {
    /// A new one.
    record Own() implements Namespace {}

    /// That of the host.
    record Host() implements Namespace {}

    /// An existing one, by its path (`/proc/PID/ns/net`, a bind mount).
    record At(Path path) implements Namespace {}
  }

  /// A user namespace that exists.
  public record UserSpace(Path path, IdMap ids) {}

  /// @param user null: the host's; known at a start only
  public record Namespaces(
      Namespace network,
      Namespace pid,
      Namespace ipc,
      Namespace uts,
      Namespace cgroup,
      @Nullable UserSpace user) {
    /// With the host's users.
    public Namespaces(
        Namespace network, Namespace pid, Namespace ipc, Namespace uts, Namespace cgroup) {
      this(network, pid, ipc, uts, cgroup, null);
    }
  }

  /// Limits; an empty one is not set.
  ///
  /// @param nanoCpus processors in billionths; with it, quota and period are empty
  /// @param realtimeRuntime microseconds in each `realtimePeriod`; version 1 alone knows them
  /// @param kernelMemoryTcp of version 1 alone, too
  public record Resources(
      OptionalLong memory,
      OptionalLong memorySwap,
      OptionalLong memoryReservation,
      OptionalLong memorySwappiness,
      boolean oomKillDisable,
      OptionalLong cpuShares,
      OptionalLong cpuQuota,
      OptionalLong cpuPeriod,
      String cpusetCpus,
      String cpusetMems,
      OptionalLong pids,
      OptionalInt blkioWeight,
      List<Throttle> throttles,
      List<Weight> deviceWeights,
      OptionalLong nanoCpus,
      OptionalLong realtimePeriod,
      OptionalLong realtimeRuntime,
      OptionalLong kernelMemoryTcp) {
    public Resources {
      throttles = List.copyOf(throttles);
      // Records of an earlier Graft have none.
      deviceWeights = deviceWeights == null ? List.of() : List.copyOf(deviceWeights);
    }

    public static final Resources NONE =
        new Resources(
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            false,
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            "",
            "",
            OptionalLong.empty(),
            OptionalInt.empty(),
            List.of(),
            List.of(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty());
  }

  public enum ThrottleKind {
    READ_BPS,
    WRITE_BPS,
    READ_IOPS,
    WRITE_IOPS
  }

  /// A block device by path, and its rate per second.
  public record Throttle(ThrottleKind kind, String path, long rate) {}

  /// A block device by path, and its share of the disk's time against others, 10 to 1000.
  public record Weight(String path, int weight) {}

  /// @param capAdd names as typed, `ALL` allowed
  /// @param seccomp empty: Docker's default profile; `unconfined`; or a profile as JSON text
  /// @param maskedPaths empty: the defaults; present: exactly these
  /// @param apparmor empty: the default (`docker-default` where the LSM is on)
  /// @param writableCgroups whether it may change its control groups
  /// @param deviceRules devices it may use without their nodes being there, as `c 10:229 rwm`
  public record Security(
      List<String> capAdd,
      List<String> capDrop,
      boolean noNewPrivileges,
      Optional<String> seccomp,
      Optional<List<String>> maskedPaths,
      Optional<List<String>> readonlyPaths,
      Optional<String> apparmor,
      Optional<String> selinuxLabel,
      boolean writableCgroups,
      List<String> deviceRules) {
    public Security {
      // Records of an earlier Graft have none.
      deviceRules = deviceRules == null ? List.of() : List.copyOf(deviceRules);
    }

    public static final Security DEFAULT =
        new Security(
            List.of(),
            List.of(),
            false,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            List.of());
  }

  /// A device of the host to be seen inside. `permissions` out of `rwm`.
  public record Device(String pathOnHost, String pathInContainer, String permissions) {}
}

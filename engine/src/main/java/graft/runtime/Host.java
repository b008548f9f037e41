package graft.runtime;

import graft.linux.Processes;
import graft.linux.UserNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a bundle depends on besides the container's own description.
///
/// @param arch as Go says it: `amd64`, `arm64`
/// @param unified whether the control groups are version 2
/// @param capabilities the mask of those this process has, as in `/proc/self/status`
/// @param apparmor whether the LSM is on
/// @param oomScoreAdj our own; a child cannot go below it without CAP_SYS_RESOURCE
/// @param limits hard limits of this process
/// @param init a program that can be the first process and reap orphans
/// @param users whose ids exist here; in a namespace of them root has no powers over the machine
/// @param controlGroups whether containers get some of their own, see [Cgroup#available]
/// @param kernelMajor version of the kernel
public record Host(
    String arch,
    boolean unified,
    long capabilities,
    boolean apparmor,
    int oomScoreAdj,
    Limits limits,
    Optional<Path> init,
    UserNamespace users,
    boolean controlGroups,
    int kernelMajor,
    int kernelMinor) {
  /// The hard limit of a resource by the kernel's number; -1 for none.
  @FunctionalInterface
  public interface Limits {
    long hard(int resource) throws IOException;
  }

  private static final int CAP_SYS_RESOURCE = 24;

  /// Programs made to be the first process of a container; each takes `-- command`.
  private static final List<String> INITS =
      List.of("docker-init", "tini-static", "tini", "catatonit");

  private static final List<Path> PLACES =
      List.of(
          Path.of("/usr/local/sbin"),
          Path.of("/usr/local/bin"),
          Path.of("/usr/sbin"),
          Path.of("/usr/bin"),
          Path.of("/usr/libexec"),
          Path.of("/usr/libexec/podman"),
          Path.of("/usr/libexec/docker"),
          Path.of("/sbin"),
          Path.of("/bin"));

  public static Host current() throws IOException {
    String release = System.getProperty("os.version", "0.0");
    String[] parts = release.split("[^0-9]+", 3);
    return new Host(
        switch (System.getProperty("os.arch", "").toLowerCase(Locale.ROOT)) {
          case "amd64", "x86_64" -> "amd64";
          case "aarch64" -> "arm64";
          case String other -> other;
        },
        Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers")),
        capabilitiesOfThis(),
        "Y".equals(Bundle.read(Path.of("/sys/module/apparmor/parameters/enabled"))),
        own("/proc/self/oom_score_adj"),
        Processes::hardLimit,
        INITS.stream().flatMap(name -> program(name).stream()).findFirst(),
        UserNamespace.own(),
        Cgroup.available(),
        Integer.parseInt(parts[0]),
        Integer.parseInt(parts[1]));
  }

  boolean mayRaise() {
    return users.initial() && (capabilities >> CAP_SYS_RESOURCE & 1) == 1;
  }

  static Optional<Path> program(String name) {
    String path = System.getenv().getOrDefault("PATH", "");
    for (String directory : path.split(":")) {
      if (directory.startsWith("/") && Files.isExecutable(Path.of(directory, name))) {
        return Optional.of(Path.of(directory, name));
      }
    }
    return PLACES.stream().map(p -> p.resolve(name)).filter(Files::isExecutable).findFirst();
  }

  private static int own(String file) throws IOException {
    String text = Bundle.read(Path.of(file));
    return text == null ? 0 : Integer.parseInt(text);
  }

  private static long capabilitiesOfThis() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("CapBnd:")) {
        return Long.parseUnsignedLong(line.substring(7).strip(), 16);
      }
    }
    return 0;
  }
}

package graft.registry;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// How registries are reached, as the administrator configured it.
///
/// @param insecureRegistries hosts (`host`, `host:port`) or networks (`10.0.0.0/8`) whose
///   certificates are not checked and to which plain HTTP is spoken if they speak no TLS
/// @param mirrors base URLs that are asked before Docker Hub, for Docker Hub's images only
/// @param certsDirs directories with one directory for each host: `ca.crt`, `*.cert` with `*.key`,
///   `hosts.toml`. The first that has the host wins
/// @param environment for `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`
public record RegistryOptions(
    List<String> insecureRegistries,
    List<URI> mirrors,
    List<Path> certsDirs,
    Map<String, String> environment,
    String userAgent,
    Pause pause) {
  public RegistryOptions {
    insecureRegistries = List.copyOf(insecureRegistries);
    mirrors = List.copyOf(mirrors);
    certsDirs = List.copyOf(certsDirs);
    environment = Map.copyOf(environment);
  }

  /// What Docker does without configuration.
  public static RegistryOptions defaults() {
    return new RegistryOptions(
        List.of(),
        List.of(),
        List.of(Path.of("/etc/docker/certs.d"), Path.of("/etc/containerd/certs.d")),
        System.getenv(),
        "graft/0.1",
        Pause.real());
  }

  public RegistryOptions withInsecure(List<String> hosts) {
    return new RegistryOptions(hosts, mirrors, certsDirs, environment, userAgent, pause);
  }

  public RegistryOptions withMirrors(List<URI> newMirrors) {
    return new RegistryOptions(
        insecureRegistries, newMirrors, certsDirs, environment, userAgent, pause);
  }

  public RegistryOptions withCertsDirs(List<Path> dirs) {
    return new RegistryOptions(insecureRegistries, mirrors, dirs, environment, userAgent, pause);
  }

  public RegistryOptions withEnvironment(Map<String, String> newEnvironment) {
    return new RegistryOptions(
        insecureRegistries, mirrors, certsDirs, newEnvironment, userAgent, pause);
  }

  public RegistryOptions withPause(Pause newPause) {
    return new RegistryOptions(
        insecureRegistries, mirrors, certsDirs, environment, userAgent, newPause);
  }
}

package graft.registry;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How registries are reached, as the administrator configured it.
///
/// @param insecureRegistries hosts (`host`, `host:port`) or networks (`10.0.0.0/8`) whose
///   certificates are not checked and to which plain HTTP is spoken if they speak no TLS
/// @param mirrors base URLs that are asked before Docker Hub, for Docker Hub's images only
/// @param certsDirs directories with one directory for each host: `ca.crt`, `*.cert` with `*.key`,
///   `hosts.toml`. The first that has the host wins
/// @param logins a file as Docker's `config.json` with what is used where no client asks, see
///   [Registries#own]
/// @param environment for `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`
public record RegistryOptions(
    List<String> insecureRegistries,
    List<URI> mirrors,
    List<Path> certsDirs,
    Optional<Path> logins,
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
        Optional.empty(),
        System.getenv(),
        "graft/0.1",
        Pause.real());
  }

  public RegistryOptions withInsecure(List<String> hosts) {
    return new RegistryOptions(hosts, mirrors, certsDirs, logins, environment, userAgent, pause);
  }

  public RegistryOptions withMirrors(List<URI> newMirrors) {
    return new RegistryOptions(
        insecureRegistries, newMirrors, certsDirs, logins, environment, userAgent, pause);
  }

  public RegistryOptions withCertsDirs(List<Path> dirs) {
    return new RegistryOptions(
        insecureRegistries, mirrors, dirs, logins, environment, userAgent, pause);
  }

  public RegistryOptions withLogins(Optional<Path> file) {
    return new RegistryOptions(
        insecureRegistries, mirrors, certsDirs, file, environment, userAgent, pause);
  }

  public RegistryOptions withEnvironment(Map<String, String> newEnvironment) {
    return new RegistryOptions(
        insecureRegistries, mirrors, certsDirs, logins, newEnvironment, userAgent, pause);
  }

  public RegistryOptions withPause(Pause newPause) {
    return new RegistryOptions(
        insecureRegistries, mirrors, certsDirs, logins, environment, userAgent, newPause);
  }
}

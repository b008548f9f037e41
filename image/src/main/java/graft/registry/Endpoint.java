package graft.registry;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One place where the repositories of a registry can be asked for.
///
/// @param bases tried in this order until one answers, for example TLS and then plain HTTP; without
///   a slash at the end
/// @param prefix what stands between base and repository: `/v2`, or empty
/// @param namespace a mirror is told in `?ns=` whose image is wanted; empty if it need not be
record Endpoint(
    List<URI> bases,
    String prefix,
    Tls tls,
    Map<String, String> headers,
    Set<Capability> capabilities,
    String namespace) {
  enum Capability {
    PULL,
    RESOLVE,
    PUSH
  }

  Endpoint {
    bases = List.copyOf(bases);
    headers = Map.copyOf(headers);
    capabilities = Set.copyOf(capabilities);
  }

  /// Host and port, for credentials and messages.
  String authority() {
    return bases.getFirst().getRawAuthority();
  }

  /// True where plain HTTP was allowed by configuration, so that redirects may use it too.
  boolean plainAllowed() {
    return bases.stream().anyMatch(b -> "http".equals(b.getScheme()));
  }
}

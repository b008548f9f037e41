package graft.registry;

import graft.oci.Reference;
import java.util.List;
import java.util.Optional;

/// Where logins come from. One method; the answer is used for that registry only.
@FunctionalInterface
public interface Credentials {
  /// Nobody is logged in anywhere.
  Credentials NONE = _ -> Optional.empty();

  /// The login for a registry (`docker.io`, `host`, `host:port`).
  Optional<Login> find(String registry);

  /// What a registry wants a token for.
  ///
  /// @param realm the token server's address
  /// @param scopes `repository:library/busybox:pull`
  record TokenRequest(String registry, String realm, String service, List<String> scopes) {
    public TokenRequest {
      scopes = List.copyOf(scopes);
    }
  }

  /// A token, where whoever has the login asks the token server and keeps the password; empty where
  /// they do not, and the login is to be used.
  ///
  /// @param fresh the registry did not want the token that was given before
  default Optional<String> token(TokenRequest request, boolean fresh) {
    return Optional.empty();
  }

  /// The same login for one registry and none for all others, as a request header carries it.
  static Credentials fixed(String registry, Login login) {
    return r ->
        !login.isEmpty() && sameRegistry(r, registry) ? Optional.of(login) : Optional.empty();
  }

  /// Tries this, then the other.
  default Credentials or(Credentials other) {
    Credentials first = this;
    return new Credentials() {
      @Override
      public Optional<Login> find(String registry) {
        return first.find(registry).or(() -> other.find(registry));
      }

      @Override
      public Optional<String> token(TokenRequest request, boolean fresh) {
        return first.token(request, fresh).or(() -> other.token(request, fresh));
      }
    };
  }

  /// The host of a registry as users and config files write it: `https://index.docker.io/v1/` and
  /// `registry-1.docker.io` are `docker.io`.
  static String host(String registry) {
    String s = registry.strip();
    int scheme = s.indexOf("://");
    if (scheme >= 0) {
      s = s.substring(scheme + 3);
    }
    int slash = s.indexOf('/');
    if (slash >= 0) {
      s = s.substring(0, slash);
    }
    return switch (s) {
      case "index.docker.io", "registry-1.docker.io", "" -> Reference.DOCKER_HUB;
      default -> s;
    };
  }

  private static boolean sameRegistry(String a, String b) {
    return host(a).equalsIgnoreCase(host(b));
  }
}

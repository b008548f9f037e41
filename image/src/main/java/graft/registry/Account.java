package graft.registry;

import graft.registry.Credentials.TokenRequest;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Who we are at one registry. The login is asked for when it is needed, and once: a helper is a
/// process. Where whoever has it gets tokens themselves it may never be.
final class Account {
  private final String registry;
  private final Credentials credentials;
  private Optional<Login> login = Optional.empty();
  private boolean asked;

  /// @param registry as credentials know it
  Account(String registry, Credentials credentials) {
    this.registry = registry;
    this.credentials = credentials;
  }

  static Account of(Optional<Login> login) {
    return new Account("", _ -> login);
  }

  synchronized Optional<Login> login() {
    if (!asked) {
      login = credentials.find(registry);
      asked = true;
    }
    return login;
  }

  Optional<String> token(Challenge challenge, Set<String> scopes, boolean fresh) {
    return credentials.token(
        new TokenRequest(
            registry,
            challenge.parameter("realm"),
            challenge.parameter("service"),
            List.copyOf(scopes)),
        fresh);
  }
}

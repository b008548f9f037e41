package graft.docker.buildkit.session;

import graft.docker.buildkit.grpc.Failure;
import graft.docker.buildkit.proto.Session.CredentialsRequest;
import graft.docker.buildkit.proto.Session.CredentialsResponse;
import graft.error.GraftException;
import graft.oci.Reference;
import graft.registry.Credentials;
import graft.registry.Login;
import java.util.Optional;

/// A client's logins at registries, asked for over its session.
public final class ClientLogins implements Credentials {
  private static final String LOGIN = "moby.filesync.v1.Auth/Credentials";

  private final Sessions sessions;
  private final String id;

  /// @param id of the session
  public ClientLogins(Sessions sessions, String id) {
    this.sessions = sessions;
    this.id = id;
  }

  @Override
  public Optional<Login> find(String registry) {
    try {
      return login(registry);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GraftException(GraftException.Kind.CANCELLED, "context canceled", e);
    }
  }

  /// The name by which clients know a registry.
  private static String host(String registry) {
    return registry.equals(Reference.DOCKER_HUB) ? "registry-1.docker.io" : registry;
  }

  private Optional<Login> login(String registry) throws InterruptedException {
    Session session = sessions.await(id);
    if (!session.offers(LOGIN)) {
      return Optional.empty();
    }
    CredentialsResponse answer;
    try {
      answer =
          session
              .remote()
              .ask(
                  LOGIN,
                  new CredentialsRequest(host(registry)),
                  CredentialsResponse::read,
                  java.util.Map.of());
    } catch (Failure e) {
      throw new GraftException(
          GraftException.Kind.UNAUTHORIZED,
          "cannot get the login for " + registry + " from the client: " + e.text(),
          e);
    }
    if (answer.secret().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        answer.username().isEmpty()
            ? new Login("", "", answer.secret(), "")
            : new Login(answer.username(), answer.secret(), "", ""));
  }
}

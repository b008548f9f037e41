package graft.docker.buildkit.session;

import graft.docker.buildkit.grpc.Failure;
import graft.docker.buildkit.proto.Session.CredentialsRequest;
import graft.docker.buildkit.proto.Session.CredentialsResponse;
import graft.docker.buildkit.proto.Session.FetchTokenRequest;
import graft.docker.buildkit.proto.Session.FetchTokenResponse;
import graft.error.GraftException;
import graft.oci.Reference;
import graft.registry.Credentials;
import graft.registry.Login;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// A client's logins at registries, asked for over its session. Where a registry wants tokens the
/// client gets them, and its password stays with it; else, and where the client cannot, the
/// password is asked for.
///
/// Tokens are kept for this session alone. So nobody has to prove that they may have one that was
/// got for another, which is what the client's `GetTokenAuthority` and `VerifyTokenAuthority` are
/// for.
public final class ClientLogins implements Credentials {
  private static final String LOGIN = "moby.filesync.v1.Auth/Credentials";
  private static final String FETCH_TOKEN = "moby.filesync.v1.Auth/FetchToken";
  private static final String US = "graft";

  /// What the token specification takes for granted, in seconds.
  private static final long USUAL = 60;

  private static final long LONGEST = 24 * 3600;

  private record Token(String value, Instant until) {}

  private final Sessions sessions;
  private final String id;
  private final Map<TokenRequest, Token> tokens = new ConcurrentHashMap<>();

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
      throw canceled(e);
    }
  }

  private static GraftException canceled(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new GraftException(GraftException.Kind.CANCELLED, "context canceled", e);
  }

  @Override
  public Optional<String> token(TokenRequest request, boolean fresh) {
    Token known = tokens.get(request);
    if (!fresh && known != null && Instant.now().isBefore(known.until())) {
      return Optional.of(known.value());
    }
    try {
      Session session = sessions.await(id);
      if (!session.offers(FETCH_TOKEN)) {
        return Optional.empty();
      }
      FetchTokenResponse answer =
          session
              .remote()
              .ask(
                  FETCH_TOKEN,
                  new FetchTokenRequest(
                      US,
                      host(request.registry()),
                      request.realm(),
                      request.service(),
                      request.scopes()),
                  FetchTokenResponse::read,
                  Map.of());
      if (answer.token().isEmpty()) {
        return Optional.empty();
      }
      long seconds = Math.clamp(answer.seconds() <= 0 ? USUAL : answer.seconds(), USUAL, LONGEST);
      // A little early, since the registry's clock may be ahead.
      tokens.put(request, new Token(answer.token(), Instant.now().plusSeconds(seconds * 9 / 10)));
      return Optional.of(answer.token());
    } catch (Failure _) {
      // The client may not reach the token server; with its login the engine may.
      return Optional.empty();
    } catch (InterruptedException e) {
      throw canceled(e);
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
                  Map.of());
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

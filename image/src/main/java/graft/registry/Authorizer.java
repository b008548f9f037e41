package graft.registry;

import com.fasterxml.jackson.databind.JsonNode;
import graft.oci.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/// Turns a challenge and a login into an `Authorization` header; keeps tokens while they are good.
///
/// Source: distribution's "Token Authentication Specification" and "OAuth2 Token Authentication".
final class Authorizer {
  private static final int MAX_TOKEN_ANSWER = 1024 * 1024;
  private static final int MAX_TOKENS = 1000;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final String CLIENT = "graft";
  private final Wire wire;
  private final Hosts hosts;
  private final RegistryOptions options;
  private final Map<Key, Token> tokens = new ConcurrentHashMap<>();

  /// What a token was given for. The host is part of it: a token never goes to another one.
  private record Key(
      String host, String realm, String service, Set<String> scopes, Optional<Login> login) {}

  private record Token(String value, Instant until) {}

  /// A token server's whole answer.
  record Grant(String token, String identityToken, Duration life) {}

  Authorizer(Wire wire, Hosts hosts, RegistryOptions options) {
    this.wire = wire;
    this.hosts = hosts;
    this.options = options;
  }

  /// The header for a request, or empty where the server asked for nothing.
  ///
  /// @param fresh do not use a token we have: the server did not want it
  Optional<String> header(
      String method,
      URI target,
      List<Challenge> challenges,
      Set<String> scopes,
      Account account,
      boolean fresh)
      throws IOException {
    Optional<Challenge> bearer = first(challenges, "bearer");
    // A token server that is not trusted is nobody's to ask.
    if (bearer.isPresent() && isTrusted(target, bearer.get().parameter("realm"))) {
      Optional<String> token =
          account
              .token(bearer.get(), scopes(bearer.get(), scopes), fresh)
              .filter(Authorizer::isToken);
      if (token.isPresent()) {
        return Optional.of("Bearer " + token.get());
      }
    }
    Optional<Login> login = account.login();
    if (login.isPresent() && !login.get().registryToken().isEmpty()) {
      return Optional.of("Bearer " + login.get().registryToken());
    }
    if (bearer.isPresent()) {
      return Optional.of("Bearer " + token(target, bearer.get(), scopes, login, fresh));
    }
    if (first(challenges, "basic").isEmpty()) {
      return Optional.empty();
    }
    if (login.isEmpty() || login.get().username().isEmpty()) {
      throw RequestFailed.forGood(
          0, RequestFailed.head(method, target) + "no basic auth credentials");
    }
    return Optional.of(basic(login.get()));
  }

  static Optional<Challenge> first(List<Challenge> challenges, String scheme) {
    return challenges.stream().filter(c -> c.scheme().equals(scheme)).findFirst();
  }

  static String basic(Login login) {
    byte[] pair = (login.username() + ":" + login.password()).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  /// What we want, and what the server names besides.
  private static Set<String> scopes(Challenge challenge, Set<String> wanted) {
    Set<String> scopes = new TreeSet<>(wanted);
    String asked = challenge.parameter("scope");
    if (!asked.isEmpty() && wanted.stream().noneMatch(w -> covers(w, asked))) {
      scopes.addAll(List.of(asked.split(" ")));
    }
    return scopes;
  }

  private static boolean isToken(String text) {
    return text.matches("[\\x21-\\x7e]+");
  }

  private String token(
      URI target, Challenge challenge, Set<String> wanted, Optional<Login> login, boolean fresh)
      throws IOException {
    Set<String> scopes = scopes(challenge, wanted);
    Key key =
        new Key(
            target.getRawAuthority(),
            challenge.parameter("realm"),
            challenge.parameter("service"),
            Set.copyOf(scopes),
            login);
    Token known = tokens.get(key);
    Instant now = options.pause().now();
    if (!fresh && known != null && now.isBefore(known.until())) {
      return known.value();
    }
    Grant grant = grant(target, challenge, scopes, login, false);
    if (tokens.size() >= MAX_TOKENS) {
      tokens.values().removeIf(t -> !now.isBefore(t.until()));
    }
    if (tokens.size() < MAX_TOKENS) {
      tokens.put(
          key, new Token(grant.token(), now.plus(grant.life().multipliedBy(9).dividedBy(10))));
    }
    return grant.token();
  }

  /// True where the scope we ask for contains the one the server named: `pull,push` and `pull`.
  private static boolean covers(String ours, String theirs) {
    int a = ours.lastIndexOf(':');
    int b = theirs.lastIndexOf(':');
    return a >= 0
        && b >= 0
        && ours.substring(0, a).equals(theirs.substring(0, b))
        && List.of(ours.substring(a + 1).split(","))
            .containsAll(List.of(theirs.substring(b + 1).split(",")));
  }

  /// Asks the token server.
  ///
  /// @param offline also ask for an identity token, which `docker login` keeps
  Grant grant(
      URI target, Challenge challenge, Set<String> scopes, Optional<Login> login, boolean offline)
      throws IOException {
    URI realm = realm(target, challenge.parameter("realm"));
    List<String> form = new ArrayList<>();
    add(form, "service", challenge.parameter("service"));
    HttpRequest.Builder request;
    String identity = login.map(Login::identityToken).orElse("");
    if (!identity.isEmpty()) {
      add(form, "scope", String.join(" ", scopes));
      add(form, "grant_type", "refresh_token");
      add(form, "client_id", CLIENT);
      add(form, "refresh_token", identity);
      request =
          HttpRequest.newBuilder(realm)
              .header("Content-Type", "application/x-www-form-urlencoded")
              .POST(HttpRequest.BodyPublishers.ofString(String.join("&", form)));
    } else {
      scopes.forEach(s -> add(form, "scope", s));
      if (offline) {
        add(form, "offline_token", "true");
        add(form, "client_id", CLIENT);
      }
      login.ifPresent(l -> add(form, "account", l.username()));
      String query = String.join("&", form);
      String separator = realm.getRawQuery() == null ? "?" : "&";
      URI asked = query.isEmpty() ? realm : URI.create(realm + separator + query);
      request = HttpRequest.newBuilder(asked).GET();
      login.ifPresent(l -> request.header("Authorization", basic(l)));
    }
    request.header("User-Agent", options.userAgent()).timeout(TIMEOUT);
    try (Answer answer = wire.send(hosts.tls(realm.getRawAuthority()), request.build())) {
      if (answer.status() != 200) {
        throw answer.failure(options.pause().now());
      }
      JsonNode root = Json.object(answer.bytes(MAX_TOKEN_ANSWER), "the token server's answer");
      String token = Json.text(root, "token");
      if (token.isEmpty()) {
        token = Json.text(root, "access_token");
      }
      if (!isToken(token)) {
        throw RequestFailed.forGood(
            0, "authorization server " + RequestFailed.shown(realm) + " did not give a token");
      }
      long seconds = Math.clamp(root.path("expires_in").asLong(60), 60, 24 * 3600);
      return new Grant(token, Json.text(root, "refresh_token"), Duration.ofSeconds(seconds));
    }
  }

  /// A registry may name any token server, but secrets travel in the clear only to where they would
  /// anyway.
  private static URI realm(URI target, String text) throws RequestFailed {
    try {
      URI realm = URI.create(text);
      if (realm.getHost() != null && realm.getRawUserInfo() == null) {
        boolean own =
            realm.getHost().equals(target.getHost())
                || (Hosts.isLoopback(realm.getRawAuthority())
                    && Hosts.isLoopback(target.getRawAuthority()));
        boolean downgrade = "https".equals(target.getScheme());
        if ("https".equals(realm.getScheme())
            || ("http".equals(realm.getScheme()) && own && !downgrade)) {
          return realm;
        }
      }
    } catch (IllegalArgumentException _) {
      // said below
    }
    throw RequestFailed.forGood(
        0, "registry " + target.getRawAuthority() + " names a token server that is not trusted");
  }

  private static boolean isTrusted(URI target, String text) {
    try {
      var _ = realm(target, text);
      return true;
    } catch (RequestFailed _) {
      return false;
    }
  }

  private static void add(List<String> form, String name, String value) {
    if (!value.isEmpty()) {
      form.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
    }
  }
}

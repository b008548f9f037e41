package graft.registry;

import graft.error.GraftException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// One endpoint as seen with one login: sends calls, logs in where asked, follows redirects.
final class Session {
  private static final int MAX_REDIRECTS = 5;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /// The slowest upload we wait for, in bytes a second.
  private static final long SLOWEST = 8 * 1024;

  private final Registries home;
  private final Endpoint endpoint;
  private final Account account;

  Session(Registries home, Endpoint endpoint, Account account) {
    this.home = home;
    this.endpoint = endpoint;
    this.account = account;
  }

  /// The answer, whose status is one of `good`; tries again where that may help.
  Answer ask(Call call, Integer... good) throws IOException {
    return home.retry().run(() -> once(call, good));
  }

  /// The same, but one try.
  Answer once(Call call, Integer... good) throws IOException {
    Answer answer = send(call);
    if (List.of(good).contains(answer.status())) {
      return answer;
    }
    try (answer) {
      throw answer.failure(home.now());
    }
  }

  private Answer send(Call call) throws IOException {
    Registries.Contact contact = home.contact(endpoint);
    URI uri = address(contact, call.target());
    List<Challenge> challenges = contact.challenges();
    Set<String> scopes = new TreeSet<>(call.scopes());
    boolean fresh = false;
    while (true) {
      boolean own = isOwn(contact, uri);
      Optional<String> authorization =
          own
              ? home.authorizer().header(call.method(), uri, challenges, scopes, account, fresh)
              : Optional.empty();
      Answer answer = follow(contact, call, uri, authorization);
      if (answer.status() != 401 || fresh || !own) {
        return answer;
      }
      List<Challenge> asked = Challenge.parse(answer.headers().allValues("WWW-Authenticate"));
      boolean basicWasRefused = authorization.filter(a -> a.startsWith("Basic ")).isPresent();
      if (asked.isEmpty() || (basicWasRefused && Authorizer.first(asked, "bearer").isEmpty())) {
        return answer;
      }
      answer.close();
      challenges = asked;
      fresh = true;
    }
  }

  private Answer follow(
      Registries.Contact contact, Call call, URI first, Optional<String> authorization)
      throws IOException {
    URI uri = first;
    for (int i = 0; i <= MAX_REDIRECTS; i++) {
      boolean own = isOwn(contact, uri);
      HttpRequest request = request(call, uri, own, authorization);
      Tls tls = own ? endpoint.tls() : home.hosts().tls(uri.getRawAuthority());
      Answer answer;
      try {
        answer = home.wire().send(tls, request);
      } catch (RequestFailed e) {
        if (e.refused()) {
          home.forget(endpoint);
        }
        throw e;
      }
      if (!isRedirect(call, answer.status())) {
        return answer;
      }
      String location = answer.header("Location").orElse("");
      answer.close();
      uri = resolve(contact, uri, location);
    }
    throw RequestFailed.forGood(0, RequestFailed.head(call.method(), first) + "too many redirects");
  }

  private HttpRequest request(Call call, URI uri, boolean own, Optional<String> authorization) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(timeout(call));
    request.method(call.method(), call.publisher());
    call.headers().forEach(request::header);
    request.header("User-Agent", home.options().userAgent());
    if (own) {
      try {
        endpoint.headers().forEach(request::setHeader);
        authorization.ifPresent(a -> request.setHeader("Authorization", a));
      } catch (IllegalArgumentException _) {
        // The cause is left out: it quotes the value, which may be a secret.
        throw GraftException.invalid(
            "a token or a configured header for "
                + endpoint.authority()
                + " cannot be sent in HTTP: bad characters, or a header of HTTP itself");
      }
    }
    return request.build();
  }

  private static Duration timeout(Call call) {
    Call.Payload body = call.payload();
    return body == null ? TIMEOUT : TIMEOUT.plusSeconds(body.length() / SLOWEST);
  }

  private static boolean isRedirect(Call call, int status) {
    boolean reading = call.method().equals("GET") || call.method().equals("HEAD");
    return switch (status) {
      case 301, 302, 303 -> reading;
      case 307, 308 -> true;
      default -> false;
    };
  }

  private URI address(Registries.Contact contact, String target) throws RequestFailed {
    if (target.contains("://")) {
      return resolve(contact, contact.base(), target);
    }
    String query = "";
    if (!endpoint.namespace().isEmpty()) {
      query = (target.contains("?") ? "&" : "?") + "ns=" + endpoint.namespace();
    }
    return URI.create(contact.base() + endpoint.prefix() + target + query);
  }

  /// Where the server sends us. A registry behind a proxy that ends TLS names itself with `http`;
  /// it is asked with TLS all the same. Nobody else is asked without TLS unless we came that way.
  URI resolve(Registries.Contact contact, URI from, String location) throws RequestFailed {
    try {
      URI to = from.resolve(location);
      boolean plain = "http".equals(to.getScheme());
      if (to.getHost() != null
          && to.getRawUserInfo() == null
          && (plain || "https".equals(to.getScheme()))) {
        boolean secure = "https".equals(contact.base().getScheme());
        if (plain && secure && to.getHost().equals(contact.base().getHost())) {
          return URI.create(contact.base() + rest(to));
        }
        if (!plain || !secure || endpoint.plainAllowed()) {
          return to;
        }
      }
    } catch (IllegalArgumentException _) {
      // said below
    }
    throw RequestFailed.forGood(
        0, "registry " + endpoint.authority() + " redirects to an address that is not allowed");
  }

  private static String rest(URI uri) {
    return uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
  }

  /// True where `uri` is on the very host, port and scheme that the login is for.
  private static boolean isOwn(Registries.Contact contact, URI uri) {
    return contact.base().getScheme().equals(uri.getScheme())
        && contact.base().getRawAuthority().equals(uri.getRawAuthority());
  }

  /// The absolute form of a `Location` header.
  String location(Answer answer) throws IOException {
    String location =
        answer
            .header("Location")
            .orElseThrow(() ->
                RequestFailed.forGood(
                    0, "registry " + endpoint.authority() + " does not say where to upload"));
    return resolve(home.contact(endpoint), answer.uri(), location).toString();
  }

  /// The absolute form of a link to the next page.
  String next(Answer answer, String link) throws IOException {
    return resolve(home.contact(endpoint), answer.uri(), link).toString();
  }
}

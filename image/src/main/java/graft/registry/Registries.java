package graft.registry;

import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.oci.Reference;
import graft.registry.Endpoint.Capability;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The way to all registries: keeps connections, tokens and what was learnt about each host. One
/// for a process; thread safe.
///
/// ```java
/// try (Registries registries = new Registries(RegistryOptions.defaults())) {
///   Repository repository = registries.repository(reference, credentials);
///   Resolved found = repository.resolve(reference);
/// }
/// ```
public final class Registries implements AutoCloseable {
  private static final Duration PING = Duration.ofSeconds(30);
  private final RegistryOptions options;
  private final Wire wire;
  private final Hosts hosts;
  private final Authorizer authorizer;
  private final Retry retry;
  private final Map<Endpoint, Contact> contacts = new ConcurrentHashMap<>();

  /// What an endpoint said when we first met: which base answered, and how it wants us to log in.
  record Contact(URI base, List<Challenge> challenges) {}

  /// What a login attempt gave.
  ///
  /// @param identityToken to be kept in place of the password; empty if the registry gave none
  public record LoginResult(String status, String identityToken) {}

  public Registries(RegistryOptions options) {
    this.options = options;
    this.wire = new Wire(options.environment());
    this.hosts = new Hosts(options);
    this.authorizer = new Authorizer(wire, hosts, options);
    this.retry = new Retry(options.pause());
  }

  /// The repository that `reference` names, whatever its tag or digest.
  public Repository repository(Reference reference, Credentials credentials) {
    return new Repository(this, reference.registry(), reference.repository(), credentials);
  }

  /// What the administrator lets this program itself log in with, where no client asks and lends
  /// its own: for names that are followed, and images that are made anew. Nothing without a file
  /// for it.
  public Credentials own() {
    return options.logins().map(OwnLogins::in).orElse(Credentials.NONE);
  }

  /// Repositories of a registry that a term fits, at most `limit`.
  public List<Found> search(String registry, String term, int limit, Credentials credentials) {
    try {
      return new Search(this, registry, credentials).run(term, limit);
    } catch (RequestFailed e) {
      throw e.toGraft();
    } catch (IOException e) {
      throw GraftException.internal("cannot search " + registry + ": " + e.getMessage(), e);
    }
  }

  /// Tries a login, as `docker login` does; UNAUTHORIZED if the registry does not take it.
  public LoginResult login(String registry, Login login) {
    String name = Credentials.host(registry);
    Endpoint endpoint =
        hosts.endpoints(name).stream()
            .filter(e -> e.capabilities().contains(Capability.PUSH))
            .findFirst()
            .orElseThrow(() -> GraftException.invalid("nothing to log in to at " + registry));
    try {
      forget(endpoint);
      Contact contact = contact(endpoint);
      String identity = "";
      Optional<Challenge> bearer = Authorizer.first(contact.challenges(), "bearer");
      URI target = URI.create(contact.base() + endpoint.prefix() + "/");
      if (bearer.isPresent()) {
        identity =
            authorizer
                .grant(target, bearer.get(), Set.of(), Optional.of(login), true)
                .identityToken();
      }
      Session session = new Session(this, endpoint, Account.of(Optional.of(login)));
      try (Answer answer = session.ask(Call.of("GET", "/", Set.of()), 200, 401)) {
        if (answer.status() == 401) {
          throw RequestFailed.forGood(
              401, "login attempt to " + target + " failed with status: 401 Unauthorized");
        }
      }
      return new LoginResult("Login Succeeded", identity);
    } catch (RequestFailed e) {
      throw e.toGraft();
    } catch (IOException e) {
      throw GraftException.internal("cannot log in to " + registry, e);
    }
  }

  /// Asks `/v2/`, once for each endpoint and process. One try: the callers retry.
  Contact contact(Endpoint endpoint) throws IOException {
    Contact known = contacts.get(endpoint);
    if (known != null) {
      return known;
    }
    Contact met =
        endpoint.prefix().isEmpty()
            ? new Contact(endpoint.bases().getFirst(), List.of())
            : meet(endpoint);
    contacts.put(endpoint, met);
    return met;
  }

  private Contact meet(Endpoint endpoint) throws IOException {
    RequestFailed worst = null;
    for (URI base : endpoint.bases()) {
      boolean last = base.equals(endpoint.bases().getLast());
      try {
        Optional<Contact> met = ping(endpoint, base, last);
        if (met.isPresent()) {
          return met.get();
        }
      } catch (RequestFailed e) {
        // Plain HTTP is what Docker tries last, so its failure is the one that users know.
        if (worst == null || "http".equals(base.getScheme())) {
          worst = e;
        }
      }
    }
    if (worst == null) {
      throw RequestFailed.forGood(0, "registry " + endpoint.authority() + " does not answer");
    }
    throw worst;
  }

  /// Empty where this is a TLS port that we spoke plain HTTP to.
  private Optional<Contact> ping(Endpoint endpoint, URI base, boolean last) throws IOException {
    URI uri = URI.create(base + endpoint.prefix() + "/");
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(PING)
            .header("User-Agent", options.userAgent())
            .GET()
            .build();
    Answer answer;
    try {
      answer = wire.send(endpoint.tls(), request);
    } catch (RequestFailed e) {
      // A first contact that fails is told at once: most often nobody listens there.
      throw e.forGood();
    }
    try (answer) {
      int status = answer.status();
      if (status == 400 && !last && "http".equals(base.getScheme())) {
        return Optional.empty();
      }
      if (status == 429 || status >= 500) {
        throw answer.failure(now());
      }
      return Optional.of(
          new Contact(base, Challenge.parse(answer.headers().allValues("WWW-Authenticate"))));
    }
  }

  void forget(Endpoint endpoint) {
    contacts.remove(endpoint);
  }

  List<Endpoint> endpoints(String registry, Capability capability) {
    List<Endpoint> able =
        hosts.endpoints(registry).stream()
            .filter(e -> e.capabilities().contains(capability))
            .toList();
    if (able.isEmpty()) {
      throw new GraftException(
          Kind.FORBIDDEN, "no host configured for " + registry + " may " + capability);
    }
    return able;
  }

  Authorizer authorizer() {
    return authorizer;
  }

  Hosts hosts() {
    return hosts;
  }

  Wire wire() {
    return wire;
  }

  Retry retry() {
    return retry;
  }

  RegistryOptions options() {
    return options;
  }

  Instant now() {
    return options.pause().now();
  }

  @Override
  public void close() {
    wire.close();
  }
}

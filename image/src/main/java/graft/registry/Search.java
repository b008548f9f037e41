package graft.registry;

import com.fasterxml.jackson.databind.JsonNode;
import graft.oci.Json;
import graft.oci.Reference;
import graft.registry.Endpoint.Capability;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;

/// Looks for repositories: by the search of Docker Hub's old index, which some other registries
/// offer too (`/v1/search`), and else in the list of everything a registry has (`/v2/_catalog`).
final class Search {
  private static final String HUB_INDEX = "https://index.docker.io";
  private static final int LARGEST = 8 * 1024 * 1024;
  private static final int PAGE = 1000;

  /// Of a registry that has more we look at no more.
  private static final int MOST = 100_000;

  private final Registries home;
  private final String registry;
  private final Credentials credentials;

  Search(Registries home, String registry, Credentials credentials) {
    this.home = home;
    this.registry = registry;
    this.credentials = credentials;
  }

  /// At most `limit`, in the registry's order.
  List<Found> run(String term, int limit) throws IOException {
    String query =
        "/v1/search?q=" + URLEncoder.encode(term, StandardCharsets.UTF_8) + "&n=" + limit;
    if (registry.equals(Reference.DOCKER_HUB)) {
      Endpoint index =
          new Endpoint(
              List.of(URI.create(HUB_INDEX)),
              "",
              home.hosts().tls("index.docker.io"),
              Map.of(),
              Set.of(Capability.RESOLVE),
              "");
      // The index takes no tokens of the registry: whoever has a login has it there too, but
      // nothing that is public needs one.
      Session session = new Session(home, index, Account.of(Optional.empty()));
      try (Answer answer = session.ask(Call.of("GET", query, Set.of()), 200)) {
        return results(answer, "", limit);
      }
    }
    Endpoint endpoint = home.endpoints(registry, Capability.PUSH).getFirst();
    Session session = new Session(home, endpoint, new Account(registry, credentials));
    String base = home.contact(endpoint).base().toString();
    try (Answer answer = session.ask(Call.of("GET", base + query, Set.of()), 200, 404, 405)) {
      if (answer.status() == 200) {
        return results(answer, registry + "/", limit);
      }
    }
    return catalog(session, term.toLowerCase(Locale.ROOT), limit);
  }

  private static List<Found> results(Answer answer, String prefix, int limit) throws IOException {
    JsonNode root = Json.object(answer.bytes(LARGEST), "the answer to a search");
    List<Found> all = new ArrayList<>();
    for (JsonNode one : root.path("results")) {
      String name = Json.text(one, "name");
      if (!name.isEmpty() && all.size() < limit) {
        all.add(
            new Found(
                name.startsWith(prefix) ? name : prefix + name,
                Json.text(one, "description"),
                one.path("star_count").asInt(0),
                one.path("is_official").asBoolean(false)));
      }
    }
    return all;
  }

  private List<Found> catalog(Session session, String term, int limit) throws IOException {
    List<Found> all = new ArrayList<>();
    String target = "/_catalog?n=" + PAGE;
    int seen = 0;
    while (!target.isEmpty() && all.size() < limit && seen < MOST) {
      Call call = Call.of("GET", target, Set.of("registry:catalog:*"));
      try (Answer answer = session.ask(call, 200)) {
        JsonNode root = Json.object(answer.bytes(LARGEST), "the list of repositories");
        List<String> page = Json.texts(root, "repositories").orElse(List.of());
        seen += page.size();
        page.stream()
            .filter(name -> name.toLowerCase(Locale.ROOT).contains(term))
            .limit(limit - all.size())
            .forEach(name -> all.add(new Found(registry + "/" + name, "", 0, false)));
        Matcher next = Repository.NEXT.matcher(answer.header("Link").orElse(""));
        target = next.find() && !page.isEmpty() ? session.next(answer, next.group(1)) : "";
      }
    }
    return all;
  }
}

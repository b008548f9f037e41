package graft.docker.hook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import graft.error.GraftException;
import graft.oci.Json;
import graft.oci.Reference;
import graft.rollout.Pushed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a registry says that has been pushed, in the forms of those that are in use: a pure
/// function. All of it is hearsay. It makes the engine ask the registry of a name that is followed,
/// no more: no address in it is called, and nothing that it names is pulled because it names it.
public final class Notice {
  /// Of a body. Registries send a few events at a time.
  public static final int MOST_BYTES = 1024 * 1024;

  private static final int MOST_EVENTS = 1000;

  private static final Set<String> HARBOR = Set.of("PUSH_ARTIFACT", "harbor.artifact.pushed");

  private static final Set<String> GITHUB = Set.of("published", "updated");
  private static final ObjectReader READER =
      Json.MAPPER.readerFor(JsonNode.class).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private Notice() {}

  /// @return empty if it tells of other things than pushes, as a first test call does
  /// @throws GraftException INVALID if it is no JSON object
  public static List<Pushed> read(byte[] body) {
    if (body.length > MOST_BYTES) {
      throw GraftException.invalid("the notice is larger than " + MOST_BYTES + " bytes");
    }
    JsonNode json;
    try {
      json = READER.readValue(body);
    } catch (JsonProcessingException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, "the notice is no JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, "the notice cannot be read: " + e.getMessage(), e);
    }
    if (!json.isObject()) {
      throw GraftException.invalid("the notice is no JSON object");
    }
    List<Pushed> all = new ArrayList<>();
    if (json.path("events").isArray()) {
      distribution(json.path("events"), all);
    } else if (HARBOR.contains(json.path("type").asText())) {
      harbor(json.path(json.has("event_data") ? "event_data" : "data"), all);
    } else if (json.has("push_data")) {
      hub(json, all);
    } else if (GITHUB.contains(json.path("action").asText())) {
      github(json.path(json.has("package") ? "package" : "registry_package"), all);
    }
    return List.copyOf(all);
  }

  /// By the name that clients call it, which may be another one than where it was pushed to: only
  /// the repository counts.
  ///
  /// Source: distribution, docs/content/about/notifications.md.
  private static void distribution(JsonNode events, List<Pushed> all) {
    for (JsonNode event : first(events)) {
      JsonNode target = event.path("target");
      // A blob that was pushed has no tag; neither has a manifest that was pushed by its digest.
      if (event.path("action").asText().equals("push") && target.hasNonNull("tag")) {
        add(all, Optional.empty(), target.path("repository"), target.path("tag"));
      }
    }
  }

  /// Source: Harbor, docs/working-with-projects/project-configuration/configure-webhooks.md; both
  /// its own form and CloudEvents.
  private static void harbor(JsonNode data, List<Pushed> all) {
    for (JsonNode resource : first(data.path("resources"))) {
      add(
          all,
          host(resource.path("resource_url").asText("")),
          data.path("repository").path("repo_full_name"),
          resource.path("tag"));
    }
  }

  /// Source: Docker Hub, docs/docker-hub/repos/manage/webhooks.
  private static void hub(JsonNode json, List<Pushed> all) {
    add(
        all,
        Optional.of(Reference.DOCKER_HUB),
        json.path("repository").path("repo_name"),
        json.path("push_data").path("tag"));
  }

  /// Source: GitHub, webhook events `package` and `registry_package`.
  private static void github(JsonNode one, List<Pushed> all) {
    String kind =
        one.path("package_type").asText("").isEmpty()
            ? one.path("ecosystem").asText("")
            : one.path("package_type").asText("");
    JsonNode version = one.path("package_version");
    if (!kind.equalsIgnoreCase("container") && !kind.equalsIgnoreCase("docker")) {
      return;
    }
    String url = version.path("package_url").asText("");
    try {
      // `ghcr.io/owner/name:tag`; without the tag where a version has none.
      Reference name =
          Reference.parse(url.endsWith(":") ? url.substring(0, url.length() - 1) : url);
      JsonNode tag = version.path("container_metadata").path("tag").path("name");
      Optional<String> said = tag.asText("").isEmpty() ? name.tag() : Optional.of(tag.asText());
      all.add(new Pushed(Optional.of(name.registry()), name.repository(), said));
    } catch (GraftException e) {
      // It names nothing that can be followed.
      return;
    }
  }

  private static void add(
      List<Pushed> all, Optional<String> registry, JsonNode repository, JsonNode tag) {
    if (!repository.asText("").isEmpty()) {
      all.add(
          new Pushed(
              registry,
              repository.asText(),
              tag.asText("").isEmpty() ? Optional.empty() : Optional.of(tag.asText())));
    }
  }

  private static Optional<String> host(String url) {
    try {
      return Optional.of(Reference.parse(url).registry());
    } catch (GraftException e) {
      return Optional.empty();
    }
  }

  private static List<JsonNode> first(JsonNode array) {
    List<JsonNode> all = new ArrayList<>();
    for (JsonNode one : array) {
      if (all.size() == MOST_EVENTS) {
        break;
      }
      all.add(one);
    }
    return all;
  }
}

package graft.cli.system;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.oci.Reference;
import graft.registry.DockerConfigCredentials;
import graft.registry.Login;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The logins of this user. They are kept where Docker keeps them, in `~/.docker/config.json` or
/// with a credential helper.
public final class Logins {
  private Logins() {}

  private static DockerConfigCredentials store() {
    return DockerConfigCredentials.ofEnvironment(System.getenv());
  }

  /// The host of an address as people type it; Docker Hub if there is none.
  static String registry(String address) {
    if (address.isEmpty()) {
      return Reference.DOCKER_HUB;
    }
    String host = address.replaceFirst("^https?://", "");
    int slash = host.indexOf('/');
    return slash < 0 ? host : host.substring(0, slash);
  }

  static void store(String registry, String user, String password, String token)
      throws IOException {
    Login login = token.isEmpty() ? new Login(user, password) : new Login(user, "", token, "");
    store().store(registry, login);
  }

  static boolean erase(String registry) throws IOException {
    return store().erase(registry);
  }

  /// The header that sends the login for an image's registry along; an empty object if there is
  /// none.
  public static Map<String, String> header(String image) {
    Optional<Login> login;
    try {
      login = store().find(Reference.parse(image).registry());
    } catch (graft.error.GraftException e) {
      // A name that is none: the engine says so better.
      login = Optional.empty();
    }
    String json = login.map(l -> Json.of(fields(l)).write()).orElse("{}");
    return Map.of(
        "X-Registry-Auth",
        Base64.getUrlEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8)));
  }

  /// The same for all images that an engine has.
  public static Map<String, String> headerOfAll(Engine engine) throws IOException {
    List<String> names = new ArrayList<>();
    engine
        .get("/graft/v1/lineage/tree")
        .at("nodes")
        .items()
        .forEach(n -> names.addAll(n.at("names").texts()));
    return headerOfMany(names);
  }

  /// The header that sends the logins for the registries of several images along.
  public static Map<String, String> headerOfMany(Collection<String> images) {
    Map<String, Object> all = new TreeMap<>();
    for (String image : images) {
      try {
        String registry = Reference.parse(image).registry();
        if (!all.containsKey(registry)) {
          of(registry).ifPresent(login -> all.put(registry, login));
        }
      } catch (graft.error.GraftException e) {
        // A name that is none has no registry.
      }
    }
    return Map.of(
        "X-Registry-Config",
        Base64.getUrlEncoder()
            .encodeToString(Json.of(all).write().getBytes(StandardCharsets.UTF_8)));
  }

  /// The login at a registry, as the API's fields.
  public static Optional<Map<String, Object>> of(String registry) {
    return store().find(registry).map(Logins::fields);
  }

  private static Map<String, Object> fields(Login login) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("username", login.username());
    fields.put("password", login.password());
    fields.put("identitytoken", login.identityToken());
    return fields;
  }
}

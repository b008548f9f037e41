package graft.docker.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.http.Exchange;
import graft.error.GraftException;
import graft.oci.Json;
import graft.registry.Credentials;
import graft.registry.Login;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The login that a client sends along in `X-Registry-Auth`. A missing or unreadable header is no
/// login, as in dockerd since API 1.51.
final class RegistryAuth {
  private RegistryAuth() {}

  static Credentials of(Exchange x) {
    Optional<String> header = x.header("X-Registry-Auth");
    if (header.isEmpty()) {
      return Credentials.NONE;
    }
    try {
      ObjectNode json =
          Json.object(
              Base64.getUrlDecoder().decode(header.get().replace('+', '-').replace('/', '_')),
              "X-Registry-Auth");
      Login login =
          new Login(
              Json.text(json, "username"),
              Json.text(json, "password"),
              Json.text(json, "identitytoken"),
              Json.text(json, "registrytoken"));
      boolean empty =
          login.username().isEmpty()
              && login.identityToken().isEmpty()
              && login.registryToken().isEmpty();
      return empty ? Credentials.NONE : _ -> Optional.of(login);
    } catch (IllegalArgumentException | GraftException e) {
      return Credentials.NONE;
    }
  }

  /// `X-Registry-Config`: an object of logins by registry. One that cannot be read is none.
  static Credentials ofMany(Exchange x) {
    Optional<String> header = x.header("X-Registry-Config");
    if (header.isEmpty()) {
      return Credentials.NONE;
    }
    Map<String, Login> logins = new HashMap<>();
    try {
      ObjectNode json =
          Json.object(
              Base64.getUrlDecoder().decode(header.get().replace('+', '-').replace('/', '_')),
              "X-Registry-Config");
      for (Map.Entry<String, JsonNode> one : json.properties()) {
        JsonNode login = one.getValue();
        logins.put(
            Credentials.host(one.getKey()),
            new Login(
                Json.text(login, "username"),
                Json.text(login, "password"),
                Json.text(login, "identitytoken"),
                Json.text(login, "registrytoken")));
      }
    } catch (IllegalArgumentException | GraftException e) {
      return Credentials.NONE;
    }
    return registry -> Optional.ofNullable(logins.get(Credentials.host(registry)));
  }

  /// The host in a server address: clients send URLs, hosts, and Docker Hub's index.
  static String host(String address) {
    String host = address.replaceFirst("^https?://", "");
    int slash = host.indexOf('/');
    host = slash < 0 ? host : host.substring(0, slash);
    return host.isEmpty() || host.equals("index.docker.io") ? "docker.io" : host;
  }
}

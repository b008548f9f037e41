package graft.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.oci.Json;
import graft.oci.Reference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The logins in Docker's `config.json`: in the file itself (`auths`) or with a helper that it
/// names (`credHelpers` for one registry, `credsStore` for all).
///
/// The file is read anew for each question; what we do not know in it stays as it is.
public final class DockerConfigCredentials implements Credentials {
  private static final String HUB = "https://index.docker.io/v1/";
  private final Path file;
  private final String searchPath;

  public DockerConfigCredentials(Path file) {
    this(file, System.getenv().getOrDefault("PATH", ""));
  }

  DockerConfigCredentials(Path file, String searchPath) {
    this.file = file;
    this.searchPath = searchPath;
  }

  /// Where Docker keeps it: `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`.
  public static DockerConfigCredentials ofEnvironment(Map<String, String> environment) {
    String directory = environment.getOrDefault("DOCKER_CONFIG", "");
    Path home = Path.of(environment.getOrDefault("HOME", "/"));
    return new DockerConfigCredentials(
        (directory.isEmpty() ? home.resolve(".docker") : Path.of(directory))
            .resolve("config.json"));
  }

  /// The name under which a registry's login is kept.
  public static String key(String registry) {
    String host = Credentials.host(registry);
    return host.equals(Reference.DOCKER_HUB) ? HUB : host;
  }

  @Override
  public Optional<Login> find(String registry) {
    ObjectNode root = read();
    String key = key(registry);
    Optional<CredentialHelper> helper = helper(root, key);
    if (helper.isPresent()) {
      return helper.get().get(key).filter(l -> !l.isEmpty());
    }
    JsonNode auths = root.path("auths");
    if (auths.has(key)) {
      return login(auths.get(key));
    }
    String host = Credentials.host(registry);
    for (Map.Entry<String, JsonNode> entry : auths.properties()) {
      if (Credentials.host(entry.getKey()).equals(host)) {
        return login(entry.getValue());
      }
    }
    return Optional.empty();
  }

  private Optional<CredentialHelper> helper(JsonNode root, String key) {
    String name = Json.text(root.path("credHelpers"), key);
    if (name.isEmpty() && key.equals(HUB)) {
      name = Json.text(root.path("credHelpers"), Reference.DOCKER_HUB);
    }
    if (name.isEmpty()) {
      name = Json.text(root, "credsStore");
    }
    return name.isEmpty() ? Optional.empty() : Optional.of(new CredentialHelper(name, searchPath));
  }

  private static Optional<Login> login(JsonNode entry) {
    String user = Json.text(entry, "username");
    String password = Json.text(entry, "password");
    String auth = Json.text(entry, "auth");
    if (!auth.isEmpty()) {
      try {
        String pair = new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
        int colon = pair.indexOf(':');
        if (colon > 0) {
          user = pair.substring(0, colon);
          password = pair.substring(colon + 1).replaceAll("\0+$", "");
        }
      } catch (IllegalArgumentException _) {
        // an entry that cannot be read is no login
      }
    }
    String identity = Json.text(entry, "identitytoken");
    Login login = new Login(user, password, identity, Json.text(entry, "registrytoken"));
    return login.isEmpty() ? Optional.empty() : Optional.of(login);
  }

  /// Keeps a login: with the helper if there is one, else in the file.
  public void store(String registry, Login login) {
    ObjectNode root = read();
    String key = key(registry);
    Optional<CredentialHelper> helper = helper(root, key);
    ObjectNode entry = Json.MAPPER.createObjectNode();
    if (helper.isPresent()) {
      helper.get().store(key, login);
    } else {
      boolean token = !login.identityToken().isEmpty();
      String pair = login.username() + ":" + (token ? "" : login.password());
      byte[] bytes = pair.getBytes(StandardCharsets.UTF_8);
      entry.put("auth", Base64.getEncoder().encodeToString(bytes));
      if (token) {
        entry.put("identitytoken", login.identityToken());
      }
    }
    ObjectNode auths =
        root.get("auths") instanceof ObjectNode there ? there : root.putObject("auths");
    auths.set(key, entry);
    write(root);
  }

  /// Forgets a login; false if there was none.
  public boolean erase(String registry) {
    ObjectNode root = read();
    String key = key(registry);
    Optional<CredentialHelper> helper = helper(root, key);
    helper.ifPresent(h -> h.erase(key));
    boolean found = helper.isPresent();
    if (root.get("auths") instanceof ObjectNode auths) {
      List<String> keys = new ArrayList<>();
      auths.fieldNames().forEachRemaining(keys::add);
      for (String name : keys) {
        if (key(name).equals(key)) {
          auths.remove(name);
          found = true;
        }
      }
      write(root);
    }
    return found;
  }

  private ObjectNode read() {
    try {
      byte[] bytes = Files.readAllBytes(file);
      return new String(bytes, StandardCharsets.UTF_8).isBlank()
          ? Json.MAPPER.createObjectNode()
          : Json.object(bytes, file.toString());
    } catch (NoSuchFileException _) {
      return Json.MAPPER.createObjectNode();
    } catch (IOException e) {
      throw GraftException.internal("cannot read " + file, e);
    }
  }

  /// Whole or not at all, and for nobody else's eyes. A link stays a link.
  private void write(ObjectNode root) {
    try {
      Path real = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
      Path directory = real.getParent();
      if (directory == null) {
        throw GraftException.invalid("not a file: " + file);
      }
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      Path fresh =
          Files.createTempFile(
              directory,
              ".config",
              ".json",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try {
        try (FileChannel out = FileChannel.open(fresh, Set.of(StandardOpenOption.WRITE))) {
          ByteBuffer bytes =
              ByteBuffer.wrap(Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
          while (bytes.hasRemaining()) {
            out.write(bytes);
          }
          out.force(true);
        }
        Files.move(fresh, real, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(fresh);
      }
    } catch (IOException e) {
      throw GraftException.internal("cannot write " + file, e);
    }
  }
}

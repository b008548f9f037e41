package graft.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import graft.error.GraftException;
import graft.oci.Reference;
import graft.registry.Endpoint.Capability;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Which endpoints serve a registry: mirrors, `certs.d/HOST/` and what Docker takes for granted.
///
/// Source: Docker's "Verify repository client with certificates"; containerd's `docs/hosts.md`.
final class Hosts {
  private static final Set<Capability> ALL = EnumSet.allOf(Capability.class);
  private static final Set<Capability> PULL = EnumSet.of(Capability.PULL, Capability.RESOLVE);
  private final RegistryOptions options;

  Hosts(RegistryOptions options) {
    this.options = options;
  }

  /// In the order to try.
  List<Endpoint> endpoints(String registry) {
    List<Endpoint> all = new ArrayList<>();
    boolean hub = registry.equals(Reference.DOCKER_HUB);
    if (hub) {
      for (URI mirror : options.mirrors()) {
        all.add(
            new Endpoint(
                List.of(trimmed(mirror.toString())),
                "/v2",
                tls(mirror.getRawAuthority()),
                Map.of(),
                PULL,
                ""));
      }
    }
    Optional<Path> directory = directory(registry);
    Optional<Path> toml = directory.map(d -> d.resolve("hosts.toml")).filter(Files::isRegularFile);
    if (toml.isPresent()) {
      all.addAll(fromToml(registry, toml.get()));
    } else {
      all.add(standard(registry));
    }
    return all;
  }

  private Endpoint standard(String registry) {
    String host = registry.equals(Reference.DOCKER_HUB) ? "registry-1.docker.io" : registry;
    URI secure = trimmed("https://" + host);
    URI plain = trimmed("http://" + host);
    boolean insecure = isInsecure(registry);
    List<URI> bases;
    if (isLoopback(registry) && directory(registry).isEmpty()) {
      bases = List.of(plain, secure);
    } else if (insecure) {
      bases = List.of(secure, plain);
    } else {
      bases = List.of(secure);
    }
    return new Endpoint(bases, "/v2", tls(host), Map.of(), ALL, "");
  }

  /// How to speak TLS with a host that is named by its own address.
  Tls tls(String authority) {
    String registry = authority.equals("registry-1.docker.io") ? Reference.DOCKER_HUB : authority;
    Optional<Path> directory = directory(registry);
    Tls tls = directory.isPresent() ? fromDirectory(directory.get()) : Tls.DEFAULT;
    boolean skip = isInsecure(registry) || (directory.isEmpty() && isLoopback(registry));
    return skip ? tls.withSkipVerify() : tls;
  }

  private Optional<Path> directory(String registry) {
    if (registry.contains("/") || registry.startsWith(".")) {
      return Optional.empty();
    }
    return options.certsDirs().stream()
        .map(d -> d.resolve(registry))
        .filter(Files::isDirectory)
        .findFirst();
  }

  private static Tls fromDirectory(Path directory) {
    List<Path> authorities = new ArrayList<>();
    List<Tls.Pair> clients = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".crt")) {
          authorities.add(file);
        } else if (name.endsWith(".cert")) {
          Path key = directory.resolve(name.substring(0, name.length() - 5) + ".key");
          if (!Files.exists(key)) {
            throw GraftException.invalid(
                "missing key "
                    + key.getFileName()
                    + " for client certificate "
                    + name
                    + ". CA certificates must use the extension .crt");
          }
          clients.add(new Tls.Pair(file, key));
        }
      }
    } catch (IOException e) {
      throw GraftException.internal("cannot read the certificates in " + directory, e);
    }
    return new Tls(false, authorities, clients);
  }

  private List<Endpoint> fromToml(String registry, Path file) {
    JsonNode root;
    try {
      root = new TomlMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, "cannot read " + file + ": " + e.getMessage(), e);
    }
    Endpoint standard = standard(registry);
    List<Endpoint> all = new ArrayList<>();
    root.path("host")
        .properties()
        .forEach(e -> all.add(fromTable(e.getKey(), e.getValue(), file, registry, PULL)));
    String server = root.path("server").asText("");
    if (server.isEmpty()) {
      all.add(standard);
    } else {
      all.add(fromTable(server, root, file, "", ALL));
    }
    return all;
  }

  private Endpoint fromTable(
      String url, JsonNode table, Path file, String namespace, Set<Capability> usual) {
    URI uri = trimmed(url.contains("://") ? url : "https://" + url);
    Set<Capability> capabilities = EnumSet.noneOf(Capability.class);
    for (JsonNode word : table.path("capabilities")) {
      switch (word.asText().toLowerCase(Locale.ROOT)) {
        case "pull" -> capabilities.add(Capability.PULL);
        case "resolve" -> capabilities.add(Capability.RESOLVE);
        case "push" -> capabilities.add(Capability.PUSH);
        default ->
            throw GraftException.invalid(
                "unknown capability \"" + word.asText() + "\" of " + url + " in " + file);
      }
    }
    Tls tls = tls(uri.getRawAuthority());
    List<Path> authorities = new ArrayList<>(tls.authorities());
    texts(table.path("ca")).forEach(ca -> authorities.add(file.resolveSibling(ca)));
    List<Tls.Pair> clients = new ArrayList<>(tls.clients());
    pairs(table.path("client"), file, clients);
    Map<String, String> headers = new HashMap<>();
    table
        .path("header")
        .properties()
        .forEach(e -> headers.put(e.getKey(), String.join(", ", texts(e.getValue()))));
    boolean skip = table.path("skip_verify").asBoolean(false) || tls.skipVerify();
    boolean own = table.path("override_path").asBoolean(false);
    String base = uri.toString();
    if (!own && base.endsWith("/v2")) {
      base = base.substring(0, base.length() - 3);
    }
    return new Endpoint(
        List.of(trimmed(base)),
        own ? "" : "/v2",
        new Tls(skip, authorities, clients),
        headers,
        capabilities.isEmpty() ? usual : capabilities,
        namespace);
  }

  private static void pairs(JsonNode client, Path file, List<Tls.Pair> into) {
    if (client.isTextual()) {
      Path both = file.resolveSibling(client.asText());
      into.add(new Tls.Pair(both, both));
    } else if (client.isArray()) {
      for (JsonNode entry : client) {
        if (entry.isArray() && entry.size() == 2) {
          into.add(
              new Tls.Pair(
                  file.resolveSibling(entry.get(0).asText()),
                  file.resolveSibling(entry.get(1).asText())));
        } else {
          pairs(entry, file, into);
        }
      }
    }
  }

  private static List<String> texts(JsonNode node) {
    if (node.isTextual()) {
      return List.of(node.asText());
    }
    List<String> all = new ArrayList<>();
    node.forEach(n -> all.add(n.asText()));
    return all;
  }

  private static URI trimmed(String url) {
    String u = url;
    while (u.endsWith("/")) {
      u = u.substring(0, u.length() - 1);
    }
    try {
      URI uri = URI.create(u);
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (web && uri.getHost() != null && uri.getRawUserInfo() == null) {
        return uri;
      }
    } catch (IllegalArgumentException _) {
      // said below
    }
    throw GraftException.invalid("not the address of a registry: \"" + u + "\"");
  }

  private boolean isInsecure(String registry) {
    String host = withoutPort(registry);
    for (String entry : options.insecureRegistries()) {
      if (entry.equalsIgnoreCase(registry) || entry.equalsIgnoreCase(host)) {
        return true;
      }
      if (entry.contains("/") && resolvesInto(host, entry)) {
        return true;
      }
    }
    return false;
  }

  private static boolean resolvesInto(String host, String network) {
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (isWithin(address, network)) {
          return true;
        }
      }
    } catch (UnknownHostException _) {
      // a host that does not resolve is in no network
    }
    return false;
  }

  /// `network` is `address/bits`; a text that is none contains nothing.
  static boolean isWithin(InetAddress address, String network) {
    int slash = network.indexOf('/');
    try {
      byte[] base = InetAddress.ofLiteral(network.substring(0, slash)).getAddress();
      int bits = Integer.parseInt(network.substring(slash + 1));
      return samePrefix(address.getAddress(), base, bits);
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static boolean samePrefix(byte[] a, byte[] b, int bits) {
    if (a.length != b.length || bits < 0 || bits > a.length * 8) {
      return false;
    }
    for (int i = 0; i < bits; i++) {
      if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1) != 0) {
        return false;
      }
    }
    return true;
  }

  /// Judged by the text alone: no name is looked up.
  static boolean isLoopback(String authority) {
    String host = withoutPort(authority);
    return host.equals("localhost") || host.matches("127(\\.[0-9]{1,3}){3}") || host.equals("::1");
  }

  private static String withoutPort(String authority) {
    if (authority.startsWith("[")) {
      int end = authority.indexOf(']');
      return authority.substring(1, end < 0 ? authority.length() : end);
    }
    int colon = authority.lastIndexOf(':');
    return colon < 0 ? authority : authority.substring(0, colon);
  }
}

package graft.network;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import graft.db.Db;
import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.network.Sandbox.Space;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// The room of networks: which there are, and which containers are on them.
///
/// Networks themselves are records of the metadata store. What a container got (its [Sandbox]) is
/// written below the run directory, which a reboot empties together with the kernel objects it
/// speaks of. After a start, [#restore] must be called once, before anything is attached.
///
/// Calls for one container come one at a time, which the container room sees to; calls for
/// different ones may come together.
public final class Networks implements AutoCloseable {
  /// @param run a directory that a reboot empties, such as `/run/graft`
  /// @param bridge name of the link
  /// @param subnet of the bridge; empty: the first private range that the host does not route
  public record Config(
      Path run, String bridge, Optional<String> subnet, int mtu, FirewallChoice firewall) {
    public static Config in(Path run) {
      return new Config(run, "graft0", Optional.empty(), 1500, FirewallChoice.AUTO);
    }
  }

  private static final String KIND = "network";
  private static final String BRIDGE = "bridge";
  private static final String HOST = "host";
  private static final String NONE = "none";
  private static final Set<String> PREDEFINED = Set.of(BRIDGE, HOST, NONE);

  /// A record of a later version may say more.
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /// What stands in the store; the rest of a predefined network follows from the configuration.
  private record Stored(String id, String created) {}

  private final Map<String, Stored> records;
  private final Map<String, Driver> drivers;
  private final BridgeDriver bridge;
  private final Path directory;
  private final Map<String, Sandbox> sandboxes = new ConcurrentHashMap<>();

  private Networks(Map<String, Stored> records, BridgeDriver bridge, Path directory) {
    this.records = records;
    this.bridge = bridge;
    this.directory = directory;
    this.drivers =
        Map.of(BRIDGE, bridge, HOST, new BareDriver(Space.HOST), NONE, new BareDriver(Space.NEW));
  }

  public static Networks open(Db db, Config config) throws IOException {
    if (!config.bridge().matches("[a-zA-Z][a-zA-Z0-9_.-]{0,14}")) {
      throw GraftException.invalid(
          "bridge name \""
              + config.bridge()
              + "\" is no name of a link: at most 15 letters,"
              + " digits, _ . -, beginning with a letter");
    }
    Path namespaces = Files.createDirectories(config.run().resolve("netns"));
    Path sandboxes = Files.createDirectories(config.run().resolve("sandboxes"));
    BridgeDriver bridge =
        new BridgeDriver(new BridgeDriver.Config(config, namespaces), Ports.ofHost());
    return new Networks(predefined(db), bridge, sandboxes);
  }

  private static Map<String, Stored> predefined(Db db) throws IOException {
    Map<String, String> bodies = db.all(KIND);
    Map<String, Stored> found = new LinkedHashMap<>();
    List<Db.Change> changes = new ArrayList<>();
    for (String name : List.of(BRIDGE, HOST, NONE)) {
      String body = bodies.get(name);
      if (body == null) {
        Stored fresh = new Stored(Ids.random(), Instant.now().toString());
        changes.add(new Db.Change.Put(KIND, name, JSON.writeValueAsString(fresh)));
        found.put(name, fresh);
      } else {
        found.put(name, JSON.readValue(body, Stored.class));
      }
    }
    if (!changes.isEmpty()) {
      db.write(changes);
    }
    return found;
  }

  /// All of them, by name.
  public List<Network> list() {
    return new TreeMap<>(records).keySet().stream().map(this::network).toList();
  }

  /// By name, id, or the beginning of an id.
  public Network find(String reference) {
    if (reference.isEmpty()) {
      throw GraftException.invalid("invalid name: name is empty");
    }
    if (records.containsKey(reference)) {
      return network(reference);
    }
    List<String> matches =
        records.entrySet().stream()
            .filter(entry -> entry.getValue().id().startsWith(reference))
            .map(Map.Entry::getKey)
            .toList();
    return switch (matches.size()) {
      case 0 -> throw GraftException.notFound("network " + reference + " not found");
      case 1 -> network(matches.getFirst());
      default ->
          throw GraftException.invalid(
              "network "
                  + reference
                  + " is ambiguous ("
                  + matches.size()
                  + " matches found based on ID prefix)");
    };
  }

  private Network network(String name) {
    Stored stored = records.get(name);
    if (stored == null) {
      throw GraftException.notFound("network " + name + " not found");
    }
    boolean bridged = name.equals(BRIDGE);
    return new Network(
        stored.id(),
        name,
        Instant.parse(stored.created()),
        name.equals(NONE) ? "null" : name,
        false,
        false,
        bridged ? Optional.of(ipam()) : Optional.empty(),
        bridged ? options() : Map.of(),
        Map.of());
  }

  private Network.Ipam ipam() {
    try {
      return bridge.ipam();
    } catch (IOException e) {
      throw GraftException.internal(
          "cannot read the addresses of the bridge "
              + bridge.config().bridge()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private Map<String, String> options() {
    String prefix = "com.docker.network.bridge.";
    return Map.of(
        prefix + "default_bridge",
        "true",
        prefix + "enable_icc",
        "true",
        prefix + "enable_ip_masquerade",
        "true",
        prefix + "host_binding_ipv4",
        "0.0.0.0",
        prefix + "name",
        bridge.config().bridge(),
        "com.docker.network.driver.mtu",
        Integer.toString(bridge.config().mtu()));
  }

  /// Refused so far, with a reason.
  public Network create(String name) {
    if (name.isBlank()) {
      throw GraftException.invalid("invalid name: name is empty");
    }
    if (PREDEFINED.contains(name)) {
      throw new GraftException(
          Kind.FORBIDDEN, "operation is not permitted on predefined " + name + " network ");
    }
    throw new GraftException(
        Kind.NOT_IMPLEMENTED,
        "network driver not available yet: only the predefined networks bridge, host and none exist"
            + " in this version");
  }

  /// Refused: none of those there are can go.
  public void remove(String reference) {
    Network network = find(reference);
    throw new GraftException(
        Kind.FORBIDDEN, network.name() + " is a pre-defined network and cannot be removed");
  }

  /// Gives a container its network, ready before its process exists. What it had before is taken
  /// away first.
  public Sandbox attach(AttachRequest request) {
    detach(request.containerId());
    String failed = "failed to set up container networking: ";
    try {
      Sandbox sandbox =
          switch (request.mode()) {
            case NetworkMode.Joined(_, Path namespace) ->
                new Sandbox(
                    request.containerId(),
                    request.containerName(),
                    Space.AT,
                    namespace.toString(),
                    List.of(),
                    List.of(),
                    List.of());
            case NetworkMode.On(String name) -> {
              Network network = find(name);
              yield driver(network.name()).attach(network, request);
            }
          };
      record(sandbox);
      return sandbox;
    } catch (IOException e) {
      throw GraftException.internal(failed + e.getMessage(), e);
    } catch (GraftException e) {
      throw e.kind() == Kind.NOT_FOUND
          ? new GraftException(Kind.NOT_FOUND, failed + e.text(), e)
          : e;
    }
  }

  private void record(Sandbox sandbox) throws IOException {
    Path file = file(sandbox.containerId());
    Path fresh = file.resolveSibling("." + file.getFileName());
    try {
      Files.write(fresh, JSON.writeValueAsBytes(sandbox));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      sandboxes.put(sandbox.containerId(), sandbox);
    } catch (IOException e) {
      unmake(sandbox);
      throw e;
    }
  }

  /// Takes away what a container got; nothing if it got nothing.
  public void detach(String container) {
    Sandbox sandbox = sandboxes.remove(container);
    if (sandbox == null) {
      return;
    }
    try {
      unmake(sandbox);
      Files.deleteIfExists(file(container));
    } catch (IOException e) {
      throw GraftException.internal(
          "cannot take container " + container + " off its network: " + e.getMessage(), e);
    }
  }

  private void unmake(Sandbox sandbox) throws IOException {
    for (String name : networks(sandbox)) {
      driver(name).detach(sandbox);
    }
  }

  private static Set<String> networks(Sandbox sandbox) {
    Set<String> names = new HashSet<>();
    sandbox.endpoints().forEach(endpoint -> names.add(endpoint.network()));
    return names;
  }

  private Driver driver(String network) {
    Driver driver = drivers.get(network);
    if (driver == null) {
      throw GraftException.notFound("network " + network + " not found");
    }
    return driver;
  }

  /// What a container has, while it has it.
  public Optional<Sandbox> sandbox(String container) {
    return Optional.ofNullable(sandboxes.get(container));
  }

  /// The sandboxes with a place on that network.
  public List<Sandbox> on(Network network) {
    return sandboxes.values().stream()
        .filter(s -> s.endpoints().stream().anyMatch(e -> e.networkId().equals(network.id())))
        .toList();
  }

  /// Takes up the networks of the containers that are alive, and removes what is left of others,
  /// also of an attach that a kill cut short.
  public void restore(Collection<String> alive) throws IOException {
    List<Sandbox> found = new ArrayList<>();
    for (Sandbox sandbox : read()) {
      if (alive.contains(sandbox.containerId())) {
        found.add(sandbox);
      } else {
        Files.deleteIfExists(file(sandbox.containerId()));
      }
    }
    found.forEach(sandbox -> sandboxes.put(sandbox.containerId(), sandbox));
    for (Map.Entry<String, Driver> entry : drivers.entrySet()) {
      List<Sandbox> mine =
          found.stream().filter(s -> networks(s).contains(entry.getKey())).toList();
      for (Sandbox restored : entry.getValue().restore(network(entry.getKey()), mine)) {
        sandboxes.put(restored.containerId(), restored);
      }
    }
  }

  private List<Sandbox> read() throws IOException {
    List<Sandbox> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (file.getFileName().toString().startsWith(".")) {
          Files.deleteIfExists(file);
          continue;
        }
        try {
          found.add(JSON.readValue(Files.readAllBytes(file), Sandbox.class));
        } catch (JacksonException | NoSuchFileException e) {
          // Not ours, or torn by a full disk: the sweep removes what it may have stood for.
          Files.deleteIfExists(file);
        }
      }
    }
    return found;
  }

  private Path file(String container) {
    return directory.resolve(container + ".json");
  }

  /// Leaves every container's network as it is, for the next engine.
  @Override
  public void close() {
    bridge.close();
  }
}

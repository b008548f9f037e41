package graft.network;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import graft.db.Db;
import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.network.Network.Ipam;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Which networks there are: the three predefined ones, of which only the id is recorded, and those
/// that users made. Readers take no lock.
final class NetworkRecords {
  private static final String PREDEFINED_KIND = "network";
  private static final String KIND = "user-network";

  /// A record of a later version may say more.
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /// What stands in the store of a predefined network.
  private record Stored(String id, String created) {}

  private final Db db;
  private final DefaultBridge bridge;
  private final Map<String, Stored> predefined;

  /// By name.
  private final Map<String, Network> made = new ConcurrentHashMap<>();

  NetworkRecords(Db db, DefaultBridge bridge) throws IOException {
    this.db = db;
    this.bridge = bridge;
    this.predefined = predefined(db);
    for (String body : db.all(KIND).values()) {
      Network network = JSON.readValue(body, Network.class);
      made.put(network.name(), network);
    }
  }

  private static Map<String, Stored> predefined(Db db) throws IOException {
    Map<String, String> bodies = db.all(PREDEFINED_KIND);
    Map<String, Stored> found = new LinkedHashMap<>();
    List<Db.Change> changes = new ArrayList<>();
    for (String name : Networks.PREDEFINED) {
      String body = bodies.get(name);
      if (body == null) {
        Stored fresh = new Stored(Ids.random(), Instant.now().toString());
        changes.add(new Db.Change.Put(PREDEFINED_KIND, name, JSON.writeValueAsString(fresh)));
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
  List<Network> list() {
    Map<String, Network> all = new TreeMap<>(made);
    predefined.forEach((name, stored) -> all.put(name, predefined(name, stored)));
    return List.copyOf(all.values());
  }

  /// Those that users made.
  Collection<Network> made() {
    return made.values();
  }

  /// The network as it is to be when its link is made now. Where nobody named a subnet, the one
  /// that was chosen may be somebody else's by now: until there is a link, only this engine knows
  /// of it. Then another is chosen, and recorded.
  Network refreshed(Network network, Pools pools) throws IOException {
    if (network.name().equals(Networks.BRIDGE)) {
      bridge.choose(made());
      return find(Networks.BRIDGE);
    }
    Network now = made.getOrDefault(network.name(), network);
    Optional<Network.Pool> chosen =
        now.pool(true).filter(pool -> pool.asked() == Network.Asked.NOTHING);
    if (chosen.isEmpty() || !bridge.taken(now, Subnet.parse(chosen.get().subnet()))) {
      return now;
    }
    List<Subnet> others =
        list().stream()
            .filter(other -> !other.id().equals(now.id()))
            .flatMap(Planner::subnets)
            .toList();
    Subnet subnet = pools.choose(Stream.concat(others.stream(), bridge.routed().stream()).toList());
    Network anew = now.withChosen(subnet);
    db.put(KIND, anew.id(), JSON.writeValueAsString(anew));
    made.replace(anew.name(), now, anew);
    return anew;
  }

  private Network predefined(String name, Stored stored) {
    boolean bridged = name.equals(Networks.BRIDGE);
    return new Network(
        stored.id(),
        name,
        Instant.parse(stored.created()),
        name.equals(Networks.NONE) ? "null" : name,
        true,
        false,
        false,
        false,
        bridged ? bridge.ipam(made()) : Ipam.NONE,
        bridged ? bridge.options() : Map.of(),
        Map.of());
  }

  /// By name; else by id, or the beginning of one.
  Network find(String reference) {
    if (reference.isEmpty()) {
      throw GraftException.invalid("invalid name: name is empty");
    }
    Optional<Network> named = named(reference);
    if (named.isPresent()) {
      return named.get();
    }
    List<Network> matches =
        list().stream().filter(network -> network.id().startsWith(reference)).toList();
    return switch (matches.size()) {
      case 0 -> throw GraftException.notFound("network " + reference + " not found");
      case 1 -> matches.getFirst();
      default ->
          throw GraftException.invalid(
              "network "
                  + reference
                  + " is ambiguous ("
                  + matches.size()
                  + " matches found based on ID prefix)");
    };
  }

  Optional<Network> named(String name) {
    Stored stored = predefined.get(name);
    return stored != null
        ? Optional.of(predefined(name, stored))
        : Optional.ofNullable(made.get(name));
  }

  /// Writes it, durably, then shows it: CONFLICT if the name is taken.
  void add(Network network) throws IOException {
    if (made.putIfAbsent(network.name(), network) != null) {
      throw taken(network.name());
    }
    try {
      db.put(KIND, network.id(), JSON.writeValueAsString(network));
    } catch (IOException | RuntimeException e) {
      made.remove(network.name());
      throw e;
    }
  }

  void checkName(String name) {
    if (name.isBlank()) {
      throw GraftException.invalid("invalid name: name is empty");
    }
    if (predefined.containsKey(name)) {
      throw new GraftException(
          Kind.FORBIDDEN, "operation is not permitted on predefined " + name + " network ");
    }
    if (made.containsKey(name)) {
      throw taken(name);
    }
  }

  private static GraftException taken(String name) {
    return GraftException.conflict("network with name " + name + " already exists");
  }

  void forget(Network network) {
    db.write(List.of(new Db.Change.Delete(KIND, network.id())));
    made.remove(network.name());
  }
}

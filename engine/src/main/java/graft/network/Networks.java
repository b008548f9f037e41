package graft.network;

import graft.db.Db;
import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.event.Event;
import graft.event.Events;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

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
  /// @param bridge name of the link of the default bridge
  /// @param subnet of the default bridge; empty: the first of the pools that the host does not
  ///   route
  /// @param pools where subnets are chosen from, each as `base=10.64.0.0/12,size=24`; empty:
  ///   Docker's
  /// @param publishDefault address that ports are published on which name none; empty: every one
  /// @param namespace where bridges stand; empty: that of this process
  public record Config(
      Path run,
      String bridge,
      Optional<String> subnet,
      List<String> pools,
      int mtu,
      FirewallChoice firewall,
      String publishDefault,
      Optional<Path> namespace) {
    public Config {
      pools = List.copyOf(pools);
    }

    Ground ground() {
      return new Ground(namespace);
    }

    /// By which an engine knows the bridges again that it made.
    String alias() {
      return "graft " + bridge;
    }

    /// The bridge is named by the run directory: an engine inside another program is not the
    /// daemon.
    public static Config in(Path run) {
      return new Config(
          run,
          named(run),
          Optional.empty(),
          List.of(),
          1500,
          FirewallChoice.AUTO,
          "",
          Optional.empty());
    }

    private static String named(Path run) {
      return "graft-%08x".formatted(run.toAbsolutePath().toString().hashCode());
    }

    /// Whether nobody but an engine on this run directory would ever look for the bridge.
    boolean isOwn() {
      return bridge.equals(named(run));
    }

    public Config withBridge(String name, Optional<String> range) {
      return new Config(run, name, range, pools, mtu, firewall, publishDefault, namespace);
    }

    public Config withPools(List<String> all) {
      return new Config(run, bridge, subnet, all, mtu, firewall, publishDefault, namespace);
    }

    /// Ports are published on this address where a container names none.
    public Config withPublishDefault(String address) {
      return new Config(run, bridge, subnet, pools, mtu, firewall, address, namespace);
    }

    public Config withNamespace(Optional<Path> there) {
      return new Config(run, bridge, subnet, pools, mtu, firewall, publishDefault, there);
    }
  }

  static final String BRIDGE = "bridge";
  static final String HOST = "host";
  static final String NONE = "none";
  static final List<String> PREDEFINED = List.of(BRIDGE, HOST, NONE);

  private final NetworkRecords records;
  private final Events events;
  private final Ground ground;
  private final Pools pools;
  private final DefaultBridge usual;
  private final BridgeDriver bridges;
  private final VlanDriver vlans;
  private final Sandboxes sandboxes;
  private final Attaching attaching;

  /// Two networks are not planned at once: both would get the same subnet.
  private final ReentrantLock planning = new ReentrantLock();

  /// Held (shared) while containers come and go, and by whoever removes a network, alone: nobody
  /// joins what is being removed.
  private final ReadWriteLock membership = new ReentrantReadWriteLock();

  private Networks(Db db, Events events, Config config) throws IOException {
    this.events = events;
    this.ground = config.ground();
    this.pools = Pools.of(config.pools());
    this.usual = new DefaultBridge(config, pools);
    this.records = new NetworkRecords(db, usual);
    AddressBook addresses = new AddressBook();
    this.bridges = new BridgeDriver(config, addresses, Ports.on(config.ground()), this::refreshed);
    this.vlans = new VlanDriver(addresses, config.ground());
    this.sandboxes = new Sandboxes(config.run().resolve("sandboxes"));
    this.attaching =
        new Attaching(
            Files.createDirectories(config.run().resolve("netns")),
            records,
            sandboxes,
            bridges,
            vlans);
  }

  /// Takes the name of the default bridge, until that is closed or this process ends. FORBIDDEN if
  /// another engine has it. To be done before anything else: what is found of a bridge is taken for
  /// one's own afterwards.
  public static Closeable claim(Config config) throws IOException {
    checkName(config.bridge());
    return BridgeClaim.take(config);
  }

  private static void checkName(String bridge) {
    if (!bridge.matches("[a-zA-Z][a-zA-Z0-9_.-]{0,14}")) {
      throw GraftException.invalid(
          "bridge name \""
              + bridge
              + "\" is no name of a link: at most 15 letters,"
              + " digits, _ . -, beginning with a letter");
    }
  }

  /// FORBIDDEN if the configured subnet of the default bridge is somebody else's.
  public static Networks open(Db db, Events events, Config config) throws IOException {
    checkName(config.bridge());
    if (!config.publishDefault().isEmpty() && Ip.parse(config.publishDefault()).isEmpty()) {
      throw GraftException.invalid(
          "address to publish ports on \"" + config.publishDefault() + "\" is no IP address");
    }
    Networks networks = new Networks(db, events, config);
    networks.usual.ipam(networks.records.made());
    return networks;
  }

  // ---- networks

  /// All of them, by name.
  public List<Network> list() {
    return records.list();
  }

  /// By name, id, or the beginning of an id.
  public Network find(String reference) {
    return records.find(reference);
  }

  /// By exact name alone.
  public Optional<Network> named(String name) {
    return records.named(name);
  }

  /// A new network, of which there is no more than a record until the first container needs it.
  /// CONFLICT if the name is taken, FORBIDDEN if the subnet is.
  public Network create(NetworkRequest request) throws IOException {
    planning.lock();
    try {
      records.checkName(request.name());
      List<Subnet> others = list().stream().flatMap(Planner::subnets).toList();
      Network network =
          new Planner(others, pools, usual::routed).plan(request, Ids.random(), Instant.now());
      records.add(network);
      announce("create", network);
      return network;
    } finally {
      planning.unlock();
    }
  }

  private Network refreshed(Network network) throws IOException {
    planning.lock();
    try {
      return records.refreshed(network, pools);
    } finally {
      planning.unlock();
    }
  }

  /// FORBIDDEN for a predefined one, and while containers run on it.
  public void remove(String reference) throws IOException {
    Network network = find(reference);
    if (network.predefined()) {
      throw new GraftException(
          Kind.FORBIDDEN, network.name() + " is a pre-defined network and cannot be removed");
    }
    membership.writeLock().lock();
    try {
      List<Sandbox> users = on(network);
      if (!users.isEmpty()) {
        throw new GraftException(
            Kind.FORBIDDEN,
            "error while removing network: network "
                + network.name()
                + " has active endpoints ("
                + String.join(", ", users.stream().map(s -> active(s, network)).toList())
                + ")");
      }
      attaching.driver(network).remove(network);
      records.forget(network);
    } finally {
      membership.writeLock().unlock();
    }
    announce("destroy", network);
  }

  private static String active(Sandbox sandbox, Network network) {
    String id = sandbox.on(network.id()).map(Endpoint::id).orElse("");
    return "name:\"" + sandbox.containerName() + "\" id:\"" + id.substring(0, 12) + "\"";
  }

  private void announce(String action, Network network) {
    events.publish(
        Event.Type.NETWORK,
        action,
        network.id(),
        Map.of("name", network.name(), "type", network.driver()));
  }

  private void announce(String action, Endpoint endpoint, String container) {
    events.publish(
        Event.Type.NETWORK,
        action,
        endpoint.networkId(),
        Map.of("container", container, "name", endpoint.network(), "type", endpoint.driver()));
  }

  /// Whether an option of that name has an effect on some kind of network.
  public static boolean knowsOption(String key) {
    return Bridge.OPTIONS.contains(key) || VlanDriver.OPTIONS.contains(key);
  }

  /// The namespace that containers on the host's network are in; empty: that of the engine.
  public Optional<Path> hostNamespace() {
    return ground.namespace();
  }

  // ---- containers

  /// Gives a container its network, ready before its process exists. What it had before is taken
  /// away first.
  public Sandbox attach(AttachRequest request) {
    detach(request.containerId());
    membership.readLock().lock();
    try {
      Sandbox sandbox = attaching.attach(request);
      sandbox.endpoints().forEach(e -> announce("connect", e, sandbox.containerId()));
      return sandbox;
    } catch (IOException e) {
      throw failed("set up container networking", e);
    } catch (GraftException e) {
      throw e.kind() == Kind.NOT_FOUND || e.kind() == Kind.FORBIDDEN
          ? new GraftException(e.kind(), "failed to set up container networking: " + e.text(), e)
          : e;
    } finally {
      membership.readLock().unlock();
    }
  }

  private static GraftException failed(String what, IOException e) {
    return GraftException.internal("failed to " + what + ": " + e.getMessage(), e);
  }

  /// Takes away what a container got; nothing if it got nothing.
  public void detach(String container) {
    Optional<Sandbox> sandbox = sandboxes.take(container);
    if (sandbox.isEmpty()) {
      return;
    }
    try {
      attaching.detach(sandbox.get());
      sandboxes.forget(container);
    } catch (IOException e) {
      throw failed("take container " + container + " off its network", e);
    }
    sandbox.get().endpoints().forEach(e -> announce("disconnect", e, container));
  }

  /// Brings a running container onto one more network.
  ///
  /// @param request as it would attach now, this network among the others
  public Sandbox connect(AttachRequest request, Attachment added) {
    membership.readLock().lock();
    try {
      Sandbox sandbox = attaching.connect(request, added);
      String network = find(added.network()).id();
      sandbox.on(network).ifPresent(e -> announce("connect", e, request.containerId()));
      return sandbox;
    } catch (IOException e) {
      throw failed("connect container " + request.containerName() + " to " + added.network(), e);
    } finally {
      membership.readLock().unlock();
    }
  }

  /// Takes a running container off one network.
  ///
  /// @param request as it would attach now, without that network
  public Sandbox disconnect(AttachRequest request, Network network) {
    membership.readLock().lock();
    try {
      Optional<Endpoint> gone =
          sandboxes.find(request.containerId()).flatMap(s -> s.on(network.id()));
      Sandbox sandbox = attaching.disconnect(request, network);
      gone.ifPresent(e -> announce("disconnect", e, request.containerId()));
      return sandbox;
    } catch (IOException e) {
      throw failed(
          "disconnect container " + request.containerName() + " from " + network.name(), e);
    } finally {
      membership.readLock().unlock();
    }
  }

  /// A running container is called differently now.
  public void rename(AttachRequest request) throws IOException {
    attaching.rename(request);
  }

  /// What a container has, while it has it.
  public Optional<Sandbox> sandbox(String container) {
    return sandboxes.find(container);
  }

  /// The sandboxes with a place on that network.
  public List<Sandbox> on(Network network) {
    return sandboxes.on(network.id());
  }

  /// Takes up the networks of the containers that are alive, and removes what is left of others,
  /// also of an attach that a kill cut short.
  public void restore(Collection<String> alive) throws IOException {
    List<Sandbox> found = new ArrayList<>();
    for (Sandbox sandbox : sandboxes.read()) {
      if (alive.contains(sandbox.containerId())) {
        found.add(attaching.restorePorts(sandbox));
      } else {
        sandboxes.forget(sandbox.containerId());
      }
    }
    attaching.sweep(found);
    found.forEach(sandboxes::show);
    Map<String, List<Endpoint>> endpoints = new HashMap<>();
    for (Sandbox sandbox : found) {
      for (Endpoint e : sandbox.endpoints()) {
        endpoints.computeIfAbsent(e.networkId(), _ -> new ArrayList<>()).add(e);
      }
    }
    for (Network network : list()) {
      if (!network.driver().equals(HOST) && !network.driver().equals("null")) {
        attaching.driver(network).restore(network, endpoints.getOrDefault(network.id(), List.of()));
      }
    }
    bridges.sweep(list());
    found.forEach(attaching::resolve);
  }

  /// Leaves every container's network as it is, for the next engine.
  @Override
  public void close() {
    attaching.close();
    bridges.close();
  }
}

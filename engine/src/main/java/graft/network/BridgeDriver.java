package graft.network;

import graft.linux.Conntrack;
import graft.linux.Netlink;
import graft.network.Addresses.Taken;
import graft.network.Firewall.Mapping;
import graft.network.Ports.Lease;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Containers on bridges of this host: one end of a veth pair inside, the other on the bridge; and
/// their published ports. A bridge is set up when the first container needs it, so that an engine
/// that runs none leaves the host alone, and a network costs nothing but its record.
///
/// `setup` is held while a bridge or the rules are set up, which every container waits for.
final class BridgeDriver implements Driver, AutoCloseable {
  interface Refresh {
    /// A network whose link is about to be made, as it shall be.
    Network apply(Network network) throws IOException;
  }

  /// A bridge that stands.
  private record Raised(Bridge bridge, int index) {}

  private final Networks.Config config;
  private final Ground ground;
  private final AddressBook addresses;
  private final Ports ports;
  private final Refresh refresh;
  private final ReentrantLock setup = new ReentrantLock();
  private final Map<String, Raised> raised = new ConcurrentHashMap<>();
  private final Set<String> warnings = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Netlink socket;
  private volatile @Nullable Filter filter;

  /// By container.
  private final Map<String, Lease> leases = new ConcurrentHashMap<>();

  /// Links of containers that are gone. The kernel deletes them with the namespaces; only that of a
  /// namespace which another container has joined stays. Asking for each at once would hold up
  /// whoever attaches meanwhile: a deletion keeps the kernel's lock for some 30 ms.
  private final Set<String> leaving = ConcurrentHashMap.newKeySet();

  /// Bridges of networks that are gone.
  private final Set<String> doomed = ConcurrentHashMap.newKeySet();

  private final ScheduledThreadPoolExecutor reaper =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("graft-links").factory());

  BridgeDriver(Networks.Config config, AddressBook addresses, Ports ports, Refresh refresh) {
    this.refresh = refresh;
    this.config = config;
    this.ground = config.ground();
    this.addresses = addresses;
    this.ports = ports;
    reaper.setKeepAliveTime(5, TimeUnit.SECONDS);
    reaper.allowCoreThreadTimeOut(true);
  }

  // ---- bridges

  /// Set up, if it is not, or not any more: somebody may have deleted the link. Containers that
  /// were on it then are cut off until they start again, but keep their addresses and ports.
  private Raised raise(Network network) throws IOException {
    Raised known = raised.get(network.id());
    if (known != null && stands(known)) {
      return known;
    }
    setup.lock();
    try {
      known = raised.get(network.id());
      if (known != null && stands(known)) {
        return known;
      }
      // A bridge that is going may have had the addresses that this one gets.
      demolish();
      Network now = refresh.apply(network);
      if (!now.ipam().equals(network.ipam())) {
        addresses.forget(network);
      }
      Bridge bridge = Bridge.of(now, config.mtu());
      Raised fresh = new Raised(bridge, bridge.raise(netlink(), config.alias(), ground));
      try {
        bridge.forward(ground);
      } catch (IOException e) {
        warnings.add(
            "forwarding could not be switched on ("
                + e.getMessage()
                + "): containers on a bridge reach only the host");
      }
      raised.put(network.id(), fresh);
      try {
        write();
      } catch (IOException | RuntimeException e) {
        raised.remove(network.id());
        throw e;
      }
      return fresh;
    } finally {
      setup.unlock();
    }
  }

  /// Takes bridges of removed networks away, and their rules. The kernel takes up to 100 ms for
  /// each, for which nobody should wait who only removes a network.
  private void demolish() throws IOException {
    setup.lock();
    try {
      if (doomed.isEmpty()) {
        return;
      }
      for (String name : List.copyOf(doomed)) {
        // One that was there before the network is not ours to delete.
        if (netlink().link(name).filter(link -> link.alias().equals(config.alias())).isPresent()) {
          netlink().deleteLink(name);
        }
        doomed.remove(name);
      }
      write();
    } finally {
      setup.unlock();
    }
  }

  private void demolishQuietly() {
    try {
      demolish();
    } catch (IOException e) {
      // Tried again with the next bridge, and at the next start.
      return;
    }
  }

  private boolean stands(Raised known) throws IOException {
    return netlink()
        .link(known.bridge().link())
        .filter(link -> link.index() == known.index())
        .isPresent();
  }

  private Netlink netlink() throws IOException {
    Netlink known = socket;
    if (known != null) {
      return known;
    }
    setup.lock();
    try {
      known = socket;
      if (known == null) {
        known = ground.netlink();
        socket = known;
      }
      return known;
    } finally {
      setup.unlock();
    }
  }

  /// Makes the rules exactly those of the bridges and ports there are.
  private void write() throws IOException {
    setup.lock();
    try {
      List<Firewall.Zone> zones = raised.values().stream().map(r -> r.bridge().zone()).toList();
      Filter known = filter;
      if (known == null) {
        filter = Filter.choose(config.firewall(), ground, config.bridge(), zones, mappings());
      } else {
        known.set(zones, mappings());
      }
    } finally {
      setup.unlock();
    }
  }

  private List<Mapping> mappings() {
    return leases.values().stream().flatMap(lease -> lease.mappings().stream()).toList();
  }

  @Override
  public List<String> warnings() {
    List<String> all = new ArrayList<>(warnings);
    Filter known = filter;
    if (known != null) {
      all.addAll(known.warnings());
    }
    return all;
  }

  // ---- endpoints

  @Override
  public Endpoint join(Network network, Attachment asked, List<String> names, Place place)
      throws IOException {
    Raised here = raise(network);
    Network now = here.bridge().network();
    Addresses pools = addresses.of(now);
    String id = Ids.random();
    String mac = Interface.mac(asked).orElseGet(Ids::mac);
    try (Undo undo = new Undo()) {
      Taken taken = pools.take(asked);
      undo.add(() -> pools.release(taken));
      if (taken.four().isPresent()) {
        netlink().forgetNeighbour(here.index(), taken.four().get());
      }
      String veth = link(id);
      netlink()
          .createVeth(
              new Netlink.Veth(
                  veth,
                  here.index(),
                  here.bridge().mtu(),
                  place.link(),
                  mac,
                  place.inside().descriptor()));
      undo.add(() -> netlink().deleteLink(veth));
      if (here.bridge().isolated()) {
        netlink().isolate(veth);
      }
      Interface.configure(place, pools, taken, asked);
      undo.keep();
      return AddressBook.endpoint(
          id,
          now,
          mac,
          taken,
          here.bridge().gateway(true),
          here.bridge().gateway(false),
          names,
          asked,
          place.link());
    }
  }

  @Override
  public void leave(Network network, Endpoint endpoint) {
    addresses.of(network).release(Addresses.of(endpoint));
    reap(link(endpoint.id()));
  }

  private void reap(String link) {
    leaving.add(link);
    var _ = reaper.schedule(() -> delete(link), 1, TimeUnit.SECONDS);
  }

  private void delete(String link) {
    if (!leaving.remove(link)) {
      return;
    }
    try (Netlink own = ground.netlink()) {
      own.deleteLink(link);
    } catch (IOException e) {
      // It goes with its namespace, or at the next start.
      return;
    }
  }

  /// The host's end of the pair, found again from the endpoint's record.
  private static String link(String endpoint) {
    return "veth" + endpoint.substring(0, 8);
  }

  // ---- ports

  /// Publishes ports of a container at one of its endpoints: all or none.
  Lease publish(String container, String name, Network network, Endpoint at, List<PortPlan> plans)
      throws IOException {
    String where =
        "failed to set up container networking: driver failed programming external connectivity"
            + " on endpoint "
            + name
            + " ("
            + at.id()
            + ")";
    String binding = Bridge.of(network, config.mtu()).binding();
    String otherwise = binding.isEmpty() ? config.publishDefault() : binding;
    Lease lease =
        ports.lease(where, at.address(), plans.stream().map(plan -> plan.orOn(otherwise)).toList());
    leases.put(container, lease);
    try {
      netlink().hairpin(link(at.id()));
      Filter known = filter;
      try {
        if (known == null) {
          write();
        } else {
          known.rules().add(lease.mappings());
        }
      } catch (IOException e) {
        // Somebody flushed our table, or a kill left an element behind: write it anew.
        write();
      }
      forgetClients(lease);
      return lease;
    } catch (IOException | RuntimeException e) {
      unpublish(container);
      throw e;
    }
  }

  /// Clients that were talking to whoever had the port before shall come here now.
  private void forgetClients(Lease lease) {
    for (Mapping mapping : lease.mappings()) {
      if (!mapping.protocol().equals("udp")) {
        continue;
      }
      try {
        ground.inside(() -> {
          Conntrack.forgetUdp(mapping.hostPort());
          return true;
        });
      } catch (IOException e) {
        // An old kernel, or one without connection tracking: they come when they have paused.
        return;
      }
    }
  }

  /// Gives the ports back; nothing if it has none.
  void unpublish(String container) throws IOException {
    Lease lease = leases.remove(container);
    if (lease == null) {
      return;
    }
    try (Undo steps = new Undo()) {
      steps.add(lease::close);
      steps.add(() -> {
        Filter known = filter;
        if (known == null) {
          return;
        }
        try {
          known.rules().remove(lease.mappings());
        } catch (IOException e) {
          write();
        }
      });
    }
  }

  /// Takes up published ports after a restart of the engine; answers what could not be.
  List<String> restorePorts(String container, Endpoint at, Collection<PublishedPort> published) {
    Lease lease = ports.restore(at.address(), published);
    leases.put(container, lease);
    return lease.warnings();
  }

  // ---- restart and end

  @Override
  public void restore(Network network, Collection<Endpoint> alive) throws IOException {
    Addresses pools = addresses.of(network);
    alive.forEach(pools::restore);
    Bridge bridge = Bridge.of(network, config.mtu());
    if (alive.isEmpty() && netlink().link(bridge.link()).isEmpty()) {
      return;
    }
    Raised here = raise(network);
    Set<String> wanted = new HashSet<>();
    alive.forEach(e -> wanted.add(link(e.id())));
    for (Netlink.Link link : netlink().links()) {
      if (link.master() == here.index()
          && link.kind().equals("veth")
          && link.name().startsWith("veth")
          && !wanted.contains(link.name())) {
        reap(link.name());
      }
    }
  }

  /// The link goes a moment later.
  @Override
  public void remove(Network network) {
    addresses.forget(network);
    if (raised.remove(network.id()) != null) {
      doomed.add(Bridge.of(network, config.mtu()).link());
      reaper.execute(this::demolishQuietly);
    }
  }

  private void leaveNothing() {
    setup.lock();
    try {
      Filter known = filter;
      Set<Integer> bridges = new HashSet<>();
      raised.values().forEach(r -> bridges.add(r.index()));
      if (known == null || netlink().links().stream().anyMatch(l -> bridges.contains(l.master()))) {
        return;
      }
      raised.values().forEach(r -> doomed.add(r.bridge().link()));
      raised.clear();
      demolish();
      known.clear();
    } catch (IOException e) {
      // The next engine on the directory takes over what stays.
      return;
    } finally {
      setup.unlock();
    }
  }

  /// Deletes bridges that this engine or an earlier one made for networks that are gone.
  void sweep(Collection<Network> networks) throws IOException {
    Set<String> wanted = new HashSet<>();
    wanted.add(config.bridge());
    for (Network network : networks) {
      if (network.driver().equals("bridge")) {
        wanted.add(Bridge.of(network, config.mtu()).link());
      }
    }
    for (Netlink.Link link : netlink().links()) {
      if (link.kind().equals("bridge")
          && link.alias().equals(config.alias())
          && !wanted.contains(link.name())) {
        netlink().deleteLink(link.name());
      }
    }
  }

  /// Leaves the containers' networks as they are. Where there are none, and the bridge is named by
  /// the run directory, nothing stays: programs with an engine in them come and go, each in a
  /// directory of its own, and what they left would use up the pools.
  @Override
  public void close() {
    reaper.shutdownNow();
    List.copyOf(leaving).forEach(this::delete);
    demolishQuietly();
    if (config.isOwn()) {
      leaveNothing();
    }
    ports.close();
    Netlink known = socket;
    if (known != null) {
      known.close();
    }
  }
}

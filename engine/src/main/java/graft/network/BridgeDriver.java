package graft.network;

import graft.error.GraftException;
import graft.linux.Conntrack;
import graft.linux.Netlink;
import graft.linux.NetworkNamespaces;
import graft.network.Ports.Lease;
import graft.network.Sandbox.Space;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Containers on a bridge of this host: each in a namespace of its own, with one end of a veth pair
/// in it as `eth0` and the other on the bridge. The namespace is there before the container's
/// process is, and outlives the engine.
///
/// `setup` is held while the bridge is set up, which every container waits for.
final class BridgeDriver implements Driver, AutoCloseable {
  /// @param namespaces directory for the namespaces' files
  record Config(Networks.Config asked, Path namespaces) {
    String bridge() {
      return asked.bridge();
    }

    int mtu() {
      return asked.mtu();
    }
  }

  private static final int LOOPBACK = 1;

  private final Config config;
  private final Ports ports;
  private final ReentrantLock setup = new ReentrantLock();
  private volatile @Nullable Ground ground;
  private final Map<String, Lease> leases = new ConcurrentHashMap<>();

  /// The address of each container.
  private final Map<String, Integer> addresses = new ConcurrentHashMap<>();

  /// Links of containers that are gone. The kernel deletes them with the namespaces; only that of a
  /// namespace which another container has joined stays. Asking for each at once would hold up
  /// whoever attaches meanwhile: a deletion keeps the kernel's lock for some 30 ms.
  private final Map<String, Ground> leaving = new ConcurrentHashMap<>();

  private final ScheduledThreadPoolExecutor reaper =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("graft-links").factory());

  BridgeDriver(Config config, Ports ports) {
    this.config = config;
    this.ports = ports;
    reaper.setKeepAliveTime(5, TimeUnit.SECONDS);
    reaper.allowCoreThreadTimeOut(true);
  }

  Config config() {
    return config;
  }

  /// The addresses it gives out, or would.
  Network.Ipam ipam() throws IOException {
    Ground known = ground;
    if (known != null) {
      AddressPool pool = known.pool();
      return new Network.Ipam(pool.subnet().toString(), Subnet.text(pool.gateway()));
    }
    try (Netlink netlink = Netlink.open()) {
      Ground.Place place = Ground.place(netlink, config);
      return new Network.Ipam(place.subnet().toString(), Subnet.text(place.gateway()));
    }
  }

  @Override
  public Sandbox attach(Network network, AttachRequest request) throws IOException {
    List<PortPlan> plans = PortPlan.of(request);
    Ground here = ground();
    String id = Ids.random();
    String mac = request.mac().map(BridgeDriver::checked).orElseGet(Ids::mac);
    try (Undo undo = new Undo()) {
      int address = here.pool().take();
      undo.add(() -> here.pool().release(address));
      Path namespace = namespace(request.containerId());
      NetworkNamespaces.delete(namespace);
      connect(here, namespace, id, mac, address, undo);
      List<String> warnings = new ArrayList<>(here.warnings());
      List<PublishedPort> published = List.of();
      if (!plans.isEmpty()) {
        here.netlink().hairpin(link(id));
        published = publish(here, request, id, Subnet.text(address), plans, undo).ports();
      }
      addresses.put(request.containerId(), address);
      undo.keep();
      Endpoint endpoint =
          new Endpoint(
              id,
              network.id(),
              network.name(),
              mac,
              Subnet.text(address),
              here.pool().subnet().prefix(),
              Subnet.text(here.pool().gateway()));
      return new Sandbox(
          request.containerId(),
          request.containerName(),
          Space.AT,
          namespace.toString(),
          List.of(endpoint),
          published,
          warnings);
    }
  }

  private void connect(
      Ground here, Path namespace, String endpoint, String mac, int address, Undo undo)
      throws IOException {
    try (NetworkNamespaces.Fresh fresh =
        NetworkNamespaces.create(namespace, BridgeDriver::defaults)) {
      undo.add(() -> NetworkNamespaces.delete(namespace));
      here.netlink().forgetNeighbour(here.bridge(), Subnet.inet(address));
      here.netlink()
          .createVeth(
              new Netlink.Veth(
                  link(endpoint), here.bridge(), config.mtu(), "eth0", mac, fresh.descriptor()));
      undo.add(() -> here.netlink().deleteLink(link(endpoint)));
      Netlink inside = fresh.netlink();
      int eth0 =
          inside
              .link("eth0")
              .orElseThrow(() -> new IOException("eth0 is not in the container's namespace"))
              .index();
      inside.up(LOOPBACK);
      inside.addAddress(eth0, Subnet.inet(address), here.pool().subnet().prefix());
      inside.up(eth0);
      inside.addDefaultRoute(eth0, Subnet.inet(here.pool().gateway()));
    }
  }

  /// What eth0 begins with: it announces its address when it comes up, since another container may
  /// have had the address a moment ago; and it has no IPv6, since the network gives out none.
  private static boolean defaults() throws IOException {
    Sysctl.switchOn("ipv4/conf/default/arp_notify");
    if (Sysctl.exists("ipv6/conf/default/disable_ipv6")) {
      Sysctl.switchOn("ipv6/conf/default/disable_ipv6");
    }
    return true;
  }

  private Lease publish(
      Ground here,
      AttachRequest request,
      String endpoint,
      String address,
      List<PortPlan> plans,
      Undo undo)
      throws IOException {
    String where =
        "failed to set up container networking: driver failed programming external connectivity"
            + " on endpoint "
            + request.containerName()
            + " ("
            + endpoint
            + ")";
    Lease lease = ports.lease(where, address, plans);
    leases.put(request.containerId(), lease);
    undo.add(() -> release(request.containerId()));
    try {
      here.firewall().add(lease.mappings());
    } catch (IOException e) {
      // Somebody flushed our table, or a kill left an element behind: write it anew.
      here.firewall().set(mappings());
    }
    for (Firewall.Mapping mapping : lease.mappings()) {
      if (mapping.protocol().equals("udp")) {
        forgetClients(mapping.hostPort());
      }
    }
    return lease;
  }

  /// Clients that were talking to whoever had the port before shall come here now.
  private static void forgetClients(int port) {
    try {
      Conntrack.forgetUdp(port);
    } catch (IOException e) {
      // An old kernel, or one without connection tracking: they come when they have paused.
      return;
    }
  }

  private List<Firewall.Mapping> mappings() {
    return leases.values().stream().flatMap(lease -> lease.mappings().stream()).toList();
  }

  private void release(String container) {
    Lease lease = leases.remove(container);
    if (lease != null) {
      lease.close();
    }
  }

  @Override
  public void detach(Sandbox sandbox) throws IOException {
    try (Undo steps = new Undo()) {
      Ground here = ground;
      addresses.remove(sandbox.containerId());
      for (Endpoint endpoint : sandbox.endpoints()) {
        if (here != null) {
          steps.add(() -> here.pool().release(Subnet.number(endpoint.address())));
          steps.add(() -> reap(here, link(endpoint.id())));
        }
      }
      steps.add(() -> NetworkNamespaces.delete(namespace(sandbox.containerId())));
      Lease lease = leases.remove(sandbox.containerId());
      if (lease != null) {
        steps.add(lease::close);
        if (here != null) {
          steps.add(() -> withdraw(here, lease));
        }
      }
    }
  }

  private void withdraw(Ground here, Lease lease) throws IOException {
    try {
      here.firewall().remove(lease.mappings());
    } catch (IOException e) {
      here.firewall().set(mappings());
    }
  }

  private void reap(Ground here, String link) {
    leaving.put(link, here);
    var _ = reaper.schedule(() -> delete(link), 1, TimeUnit.SECONDS);
  }

  private void delete(String link) {
    Ground here = leaving.remove(link);
    if (here == null) {
      return;
    }
    try {
      here.reaping().deleteLink(link);
    } catch (IOException e) {
      // It goes with its namespace, or at the next start.
      return;
    }
  }

  @Override
  public List<Sandbox> restore(Network network, Collection<Sandbox> alive) throws IOException {
    sweepNamespaces(alive);
    if (alive.isEmpty() && !bridgeExists()) {
      return List.of();
    }
    List<Sandbox> restored = new ArrayList<>();
    for (Sandbox sandbox : alive) {
      String address = sandbox.endpoints().getFirst().address();
      Lease lease = ports.restore(address, sandbox.ports());
      leases.put(sandbox.containerId(), lease);
      addresses.put(sandbox.containerId(), Subnet.number(address));
      List<String> warnings = new ArrayList<>(sandbox.warnings());
      warnings.addAll(lease.warnings());
      restored.add(
          new Sandbox(
              sandbox.containerId(),
              sandbox.containerName(),
              sandbox.space(),
              sandbox.namespace(),
              sandbox.endpoints(),
              sandbox.ports(),
              warnings));
    }
    Ground here = ground();
    sweepLinks(here, alive);
    return restored;
  }

  private boolean bridgeExists() throws IOException {
    try (Netlink netlink = Netlink.open()) {
      return netlink.link(config.bridge()).isPresent();
    }
  }

  private void sweepNamespaces(Collection<Sandbox> alive) throws IOException {
    Set<Path> wanted = new HashSet<>();
    alive.forEach(sandbox -> wanted.add(namespace(sandbox.containerId())));
    List<Path> orphans = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(config.namespaces())) {
      files.forEach(file -> {
        if (!wanted.contains(file)) {
          orphans.add(file);
        }
      });
    }
    for (Path orphan : orphans) {
      NetworkNamespaces.delete(orphan);
    }
  }

  private void sweepLinks(Ground here, Collection<Sandbox> alive) throws IOException {
    Set<String> wanted = new HashSet<>();
    alive.forEach(s -> s.endpoints().forEach(e -> wanted.add(link(e.id()))));
    for (Netlink.Link link : here.netlink().links()) {
      if (link.master() == here.bridge()
          && link.kind().equals("veth")
          && link.name().startsWith("veth")
          && !wanted.contains(link.name())) {
        reap(here, link.name());
      }
    }
  }

  /// Set up, if it is not, or not any more: somebody may have deleted the bridge. Containers that
  /// were on it then are cut off until they start again, but keep their addresses and ports.
  private Ground ground() throws IOException {
    Ground known = ground;
    if (known != null && stands(known)) {
      return known;
    }
    setup.lock();
    try {
      known = ground;
      if (known == null || !stands(known)) {
        Ground fresh = Ground.prepare(config, mappings());
        addresses.values().forEach(fresh.pool()::restore);
        ground = fresh;
        if (known != null) {
          known.close();
        }
        return fresh;
      }
      return known;
    } finally {
      setup.unlock();
    }
  }

  private boolean stands(Ground known) throws IOException {
    return known
        .netlink()
        .link(config.bridge())
        .filter(link -> link.index() == known.bridge())
        .isPresent();
  }

  private Path namespace(String container) {
    if (!container.matches("[a-zA-Z0-9][a-zA-Z0-9_.-]*")) {
      throw GraftException.invalid("container id \"" + container + "\" is no file name");
    }
    return config.namespaces().resolve(container);
  }

  /// The host's end of the pair, found again from the endpoint's record.
  private static String link(String endpoint) {
    return "veth" + endpoint.substring(0, 8);
  }

  private static String checked(String mac) {
    if (!mac.matches("[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}")) {
      throw GraftException.invalid("invalid MAC address: " + mac);
    }
    return mac.toLowerCase(Locale.ROOT).replace('-', ':');
  }

  /// Leaves the containers' networks as they are.
  @Override
  public void close() {
    reaper.shutdownNow();
    List.copyOf(leaving.keySet()).forEach(this::delete);
    ports.close();
    Ground known = ground;
    if (known != null) {
      known.close();
    }
  }
}

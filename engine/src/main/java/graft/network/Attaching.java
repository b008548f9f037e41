package graft.network;

import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.linux.Netlink;
import graft.linux.NetworkNamespaces;
import graft.linux.NetworkNamespaces.Fresh;
import graft.network.Sandbox.Space;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Makes and unmakes sandboxes: a namespace, an endpoint on each network, the way out, published
/// ports, the name service.
final class Attaching {
  private static final int LOOPBACK = 1;

  private final Path namespaces;
  private final NetworkRecords records;
  private final Sandboxes sandboxes;
  private final BridgeDriver bridges;
  private final VlanDriver vlans;

  /// By container.
  private final Map<String, Resolver> resolvers = new ConcurrentHashMap<>();

  /// @param namespaces directory for the namespaces' files
  Attaching(
      Path namespaces,
      NetworkRecords records,
      Sandboxes sandboxes,
      BridgeDriver bridges,
      VlanDriver vlans) {
    this.namespaces = namespaces;
    this.records = records;
    this.sandboxes = sandboxes;
    this.bridges = bridges;
    this.vlans = vlans;
  }

  /// Of a network that has endpoints.
  Driver driver(Network network) {
    return switch (network.driver()) {
      case "bridge" -> bridges;
      case "macvlan", "ipvlan" -> vlans;
      default ->
          throw GraftException.internal("network " + network.name() + " has no driver", null);
    };
  }

  // ---- attach

  Sandbox attach(AttachRequest request) throws IOException {
    return switch (request.mode()) {
      case NetworkMode.Joined(_, Path namespace) ->
          put(request, Space.AT, namespace.toString(), List.of());
      case NetworkMode.On(List<Attachment> wanted) -> on(request, wanted);
    };
  }

  private Sandbox put(AttachRequest request, Space space, String namespace, List<Endpoint> all)
      throws IOException {
    Sandbox sandbox =
        new Sandbox(
            request.containerId(),
            request.containerName(),
            space,
            namespace,
            all,
            List.of(),
            request.dns(),
            List.of());
    sandboxes.put(sandbox);
    return sandbox;
  }

  private Sandbox on(AttachRequest request, List<Attachment> wanted) throws IOException {
    List<Network> networks = wanted.stream().map(a -> records.find(a.network())).toList();
    for (Network network : networks) {
      boolean host = network.driver().equals(Networks.HOST);
      if (!host && !network.driver().equals("null")) {
        continue;
      }
      if (networks.size() > 1) {
        throw GraftException.invalid(conflict(network));
      }
      Endpoint bare = Endpoint.bare(Ids.random(), network);
      return put(request, host ? Space.HOST : Space.NEW, "", List.of(bare));
    }
    return build(request, wanted, networks);
  }

  static String conflict(Network network) {
    return network.driver().equals(Networks.HOST)
        ? "container cannot be connected to multiple networks with one of the networks in host mode"
        : "container cannot be connected to multiple networks with one of the networks in private"
            + " (none) mode";
  }

  private static Fresh create(AttachRequest request, Path at) throws IOException {
    return request.user().isPresent()
        ? NetworkNamespaces.create(request.user().get(), at, Attaching::defaults)
        : NetworkNamespaces.create(at, Attaching::defaults);
  }

  private Sandbox build(AttachRequest request, List<Attachment> wanted, List<Network> networks)
      throws IOException {
    String id = request.containerId();
    List<PortPlan> plans = PortPlan.of(request);
    Path namespace = namespace(id);
    NetworkNamespaces.delete(namespace);
    try (Undo undo = new Undo();
        Fresh inside = create(request, namespace)) {
      undo.add(() -> NetworkNamespaces.delete(namespace));
      inside.netlink().up(LOOPBACK);
      List<Endpoint> endpoints = new ArrayList<>();
      List<String> warnings = new ArrayList<>();
      for (int i = 0; i < wanted.size(); i++) {
        Network network = networks.get(i);
        Endpoint made = join(request, wanted.get(i), network, endpoints, inside);
        undo.add(() -> driver(network).leave(network, made));
        endpoints.add(made);
        warnings.addAll(driver(network).warnings());
      }
      route(inside.netlink(), null, Endpoint.gateway(endpoints));
      undo.add(() -> bridges.unpublish(id));
      List<PublishedPort> ports = publish(request, endpoints, plans);
      Sandbox sandbox =
          new Sandbox(
              id,
              request.containerName(),
              Space.AT,
              namespace.toString(),
              endpoints,
              ports,
              request.dns(),
              warnings.stream().distinct().toList());
      if (sandbox.resolves()) {
        undo.add(() -> unresolve(id));
        startResolver(sandbox);
      }
      sandboxes.put(sandbox);
      undo.keep();
      return sandbox;
    }
  }

  /// What links begin with: they announce their addresses when they come up, since another
  /// container may have had them a moment ago; and have no IPv6 but on networks that give it out.
  private static boolean defaults() throws IOException {
    Sysctl.switchOn("ipv4/conf/default/arp_notify");
    if (Sysctl.exists("ipv6/conf/default/disable_ipv6")) {
      Sysctl.switchOn("ipv6/conf/default/disable_ipv6");
    }
    return true;
  }

  private Endpoint join(
      AttachRequest request, Attachment asked, Network network, List<Endpoint> others, Fresh inside)
      throws IOException {
    asked.check(network);
    String link = Interface.name(asked).orElseGet(() -> freeName(network, others));
    if (others.stream().anyMatch(e -> e.link().equals(link))) {
      throw GraftException.invalid("two interfaces cannot both be called " + link);
    }
    Driver.Place place =
        new Driver.Place(request.containerName(), namespace(request.containerId()), inside, link);
    List<String> names = network.predefined() ? List.of() : names(request, asked);
    return driver(network).join(network, asked, names, place);
  }

  private static String freeName(Network network, List<Endpoint> others) {
    String prefix = network.option(Bridge.PREFIX, "eth");
    Set<String> taken = new HashSet<>();
    others.forEach(e -> taken.add(e.link()));
    int n = 0;
    while (taken.contains(prefix + n)) {
      n++;
    }
    return prefix + n;
  }

  private static List<String> names(AttachRequest request, Attachment asked) {
    Set<String> all = new LinkedHashSet<>();
    all.add(request.containerName());
    all.addAll(asked.aliases());
    String id = request.containerId();
    all.add(id.substring(0, Math.min(12, id.length())));
    if (!request.hostname().isEmpty()) {
      all.add(request.hostname());
    }
    return List.copyOf(all);
  }

  /// Makes the default routes those of this endpoint.
  private static void route(Netlink inside, @Nullable Endpoint before, @Nullable Endpoint after)
      throws IOException {
    if (Objects.equals(before, after)) {
      return;
    }
    if (before != null) {
      inside.deleteDefaultRoute(false);
      inside.deleteDefaultRoute(true);
    }
    if (after != null) {
      int link = Interface.find(inside, after.link()).index();
      if (!after.gateway().isEmpty()) {
        inside.addDefaultRoute(link, Ip.of(after.gateway()));
      }
      if (!after.gateway6().isEmpty()) {
        inside.addDefaultRoute(link, Ip.of(after.gateway6()));
      }
    }
  }

  /// At the endpoint that leads out, if it is one on a bridge.
  private List<PublishedPort> publish(
      AttachRequest request, List<Endpoint> endpoints, List<PortPlan> plans) throws IOException {
    Endpoint at = Endpoint.gateway(endpoints);
    if (plans.isEmpty() || at == null || !at.driver().equals("bridge") || at.address().isEmpty()) {
      return List.of();
    }
    return bridges
        .publish(
            request.containerId(), request.containerName(), records.find(at.networkId()), at, plans)
        .ports();
  }

  // ---- detach

  void detach(Sandbox sandbox) throws IOException {
    try (Undo steps = new Undo()) {
      if (sandbox.space() == Space.AT) {
        // Of a namespace that was joined there is no file of this name.
        steps.add(() -> NetworkNamespaces.delete(namespace(sandbox.containerId())));
      }
      for (Endpoint endpoint : sandbox.endpoints()) {
        Optional<Network> network = records.named(endpoint.network());
        if (network.isPresent() && sandbox.space() == Space.AT) {
          steps.add(() -> driver(network.get()).leave(network.get(), endpoint));
        }
      }
      steps.add(() -> bridges.unpublish(sandbox.containerId()));
      steps.add(() -> unresolve(sandbox.containerId()));
    }
  }

  // ---- changes of a running container

  Sandbox connect(AttachRequest request, Attachment added) throws IOException {
    Sandbox sandbox = changeable(request);
    Network network = records.find(added.network());
    if (sandbox.on(network.id()).isPresent()) {
      throw new GraftException(
          Kind.FORBIDDEN,
          "endpoint with name "
              + request.containerName()
              + " already exists in network "
              + network.name());
    }
    try (Undo undo = new Undo();
        Fresh inside = NetworkNamespaces.open(Path.of(sandbox.namespace()))) {
      Endpoint made = join(request, added, network, sandbox.endpoints(), inside);
      undo.add(() -> driver(network).leave(network, made));
      undo.add(() -> inside.netlink().deleteLink(made.link()));
      List<Endpoint> all = new ArrayList<>(sandbox.endpoints());
      all.add(made);
      Sandbox changed = change(request, sandbox, all, inside.netlink());
      undo.keep();
      return changed;
    }
  }

  Sandbox disconnect(AttachRequest request, Network network) throws IOException {
    Sandbox sandbox = changeable(request);
    Endpoint gone =
        sandbox
            .on(network.id())
            .orElseThrow(() ->
                new GraftException(
                    Kind.FORBIDDEN,
                    "container "
                        + request.containerId()
                        + " is not connected to network "
                        + network.name()));
    List<Endpoint> rest = new ArrayList<>(sandbox.endpoints());
    rest.remove(gone);
    try (Fresh inside = NetworkNamespaces.open(Path.of(sandbox.namespace()))) {
      Sandbox changed = change(request, sandbox, rest, inside.netlink());
      inside.netlink().deleteLink(gone.link());
      driver(network).leave(network, gone);
      return changed;
    }
  }

  private Sandbox changeable(AttachRequest request) {
    Sandbox sandbox =
        sandboxes
            .find(request.containerId())
            .orElseThrow(() ->
                GraftException.conflict(
                    "container " + request.containerId() + " has no network to change"));
    boolean own =
        sandbox.space() == Space.AT
            && sandbox.namespace().equals(namespace(request.containerId()).toString());
    if (!own) {
      throw GraftException.invalid(
          switch (sandbox.space()) {
            case NEW ->
                "container cannot be connected to multiple networks with one of the networks in"
                    + " private (none) mode";
            case HOST, AT ->
                "container sharing network namespace with another container or host cannot be"
                    + " connected to any other network";
          });
    }
    return sandbox;
  }

  /// From one set of endpoints, all of which exist, to another: routes, ports, names, record.
  private Sandbox change(
      AttachRequest request, Sandbox sandbox, List<Endpoint> endpoints, Netlink inside)
      throws IOException {
    Endpoint before = Endpoint.gateway(sandbox.endpoints());
    Endpoint after = Endpoint.gateway(endpoints);
    route(inside, before, after);
    List<PublishedPort> ports = sandbox.ports();
    if (!Objects.equals(before, after)) {
      bridges.unpublish(request.containerId());
      ports = publish(request, endpoints, kept(ports, PortPlan.of(request)));
    }
    Sandbox changed = sandbox.with(endpoints, ports);
    sandboxes.put(changed);
    if (changed.resolves()) {
      if (!resolvers.containsKey(changed.containerId())) {
        startResolver(changed);
      }
    } else {
      unresolve(changed.containerId());
    }
    return changed;
  }

  /// The plans with the ports that were found for them: whoever knows them finds them again.
  private static List<PortPlan> kept(List<PublishedPort> had, List<PortPlan> plans) {
    List<PublishedPort> left = new ArrayList<>(had);
    List<PortPlan> all = new ArrayList<>();
    for (PortPlan plan : plans) {
      Optional<PublishedPort> found =
          left.stream()
              .filter(p -> p.containerPort() == plan.containerPort())
              .filter(p -> p.protocol().equals(plan.protocol()))
              .filter(p ->
                  plan.low() == 0 || (p.hostPort() >= plan.low() && p.hostPort() <= plan.high()))
              .findFirst();
      all.add(found.map(p -> plan.at(p.hostPort())).orElse(plan));
      found.ifPresent(p -> left.removeIf(other -> other.hostPort() == p.hostPort()));
    }
    return all;
  }

  void rename(AttachRequest request) throws IOException {
    Optional<Sandbox> found = sandboxes.find(request.containerId());
    if (found.isEmpty()) {
      return;
    }
    Sandbox old = found.get();
    List<Endpoint> endpoints =
        old.endpoints().stream()
            .map(e -> {
              List<String> names = new ArrayList<>(e.names());
              names.replaceAll(n -> n.equals(old.containerName()) ? request.containerName() : n);
              return e.named(names);
            })
            .toList();
    sandboxes.put(
        new Sandbox(
            old.containerId(),
            request.containerName(),
            old.space(),
            old.namespace(),
            endpoints,
            old.ports(),
            old.dns(),
            old.warnings()));
  }

  // ---- names

  private void startResolver(Sandbox sandbox) throws IOException {
    String id = sandbox.containerId();
    Resolver fresh = Resolver.start(Path.of(sandbox.namespace()), new Names(id, sandboxes));
    Resolver old = resolvers.put(id, fresh);
    if (old != null) {
      old.close();
    }
  }

  private void unresolve(String container) throws IOException {
    Resolver resolver = resolvers.remove(container);
    if (resolver != null) {
      resolver.close();
    }
  }

  /// Serves names again after a restart of the engine.
  void resolve(Sandbox sandbox) {
    if (!sandbox.resolves()) {
      return;
    }
    try {
      startResolver(sandbox);
    } catch (IOException e) {
      List<String> warnings = new ArrayList<>(sandbox.warnings());
      warnings.add("names cannot be resolved until it starts again: " + e.getMessage());
      sandboxes.show(sandbox.warned(warnings));
    }
  }

  // ---- restart and end

  /// Before anything else is done for it: the rules that are written then contain its ports.
  Sandbox restorePorts(Sandbox sandbox) {
    Endpoint at = Endpoint.gateway(sandbox.endpoints());
    if (at == null || sandbox.ports().isEmpty()) {
      return sandbox;
    }
    List<String> warnings = new ArrayList<>(sandbox.warnings());
    warnings.addAll(bridges.restorePorts(sandbox.containerId(), at, sandbox.ports()));
    return sandbox.warned(warnings);
  }

  /// Deletes the namespaces of all others.
  void sweep(Collection<Sandbox> alive) throws IOException {
    Set<Path> wanted = new HashSet<>();
    alive.forEach(sandbox -> wanted.add(namespace(sandbox.containerId())));
    List<Path> orphans = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(namespaces)) {
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

  private Path namespace(String container) {
    if (!container.matches("[a-zA-Z0-9][a-zA-Z0-9_.-]*")) {
      throw GraftException.invalid("container id \"" + container + "\" is no file name");
    }
    return namespaces.resolve(container);
  }

  /// Ends the name services; everything else stays.
  void close() {
    for (Resolver resolver : resolvers.values()) {
      try {
        resolver.close();
      } catch (IOException _) {
        // It ends with the process.
      }
    }
    resolvers.clear();
  }
}

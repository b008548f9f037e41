package graft.network;

import graft.error.GraftException;
import graft.network.Firewall.Mapping;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The published ports of this host: who has which, and the sockets that keep other programs off
/// them and serve what the firewall's rules do not see. `this` guards the table and, on purpose,
/// the binding of sockets.
final class Ports implements AutoCloseable {
  private static final String ANY4 = "0.0.0.0";
  private static final String ANY6 = "::";

  private record Key(String protocol, int port) {}

  /// What one container holds; closing gives it back.
  final class Lease implements AutoCloseable {
    private final List<PublishedPort> ports = new ArrayList<>();
    private final List<Mapping> mappings = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final List<AutoCloseable> proxies = new ArrayList<>();
    private final Map<Key, List<String>> keys = new HashMap<>();

    List<PublishedPort> ports() {
      return ports;
    }

    List<Mapping> mappings() {
      return mappings;
    }

    List<String> warnings() {
      return warnings;
    }

    @Override
    public void close() {
      stop();
      synchronized (Ports.this) {
        keys.forEach((key, ips) -> {
          List<String> holders = held.getOrDefault(key, new ArrayList<>());
          ips.forEach(holders::remove);
          if (holders.isEmpty()) {
            held.remove(key);
          }
        });
        keys.clear();
        leases.remove(this);
      }
    }

    private synchronized void stop() {
      for (AutoCloseable proxy : proxies) {
        try {
          proxy.close();
        } catch (Exception e) {
          warnings.add("a port's proxy did not close: " + e.getMessage());
        }
      }
      proxies.clear();
    }
  }

  private final Map<Key, List<String>> held = new HashMap<>();
  private final List<Lease> leases = new ArrayList<>();
  private final int firstEphemeral;
  private final int lastEphemeral;
  private int nextEphemeral;

  private final Ground ground;

  /// @param ground where the containers are; the ports are those of the engine's own namespace
  Ports(Ground ground, int firstEphemeral, int lastEphemeral) {
    this.ground = ground;
    this.firstEphemeral = firstEphemeral;
    this.lastEphemeral = lastEphemeral;
    this.nextEphemeral = firstEphemeral;
  }

  static Ports on(Ground ground) throws IOException {
    String[] range = Sysctl.get("ipv4/ip_local_port_range").split("\\s+");
    return new Ports(ground, Integer.parseInt(range[0]), Integer.parseInt(range[1]));
  }

  /// All of them or none.
  ///
  /// @param where how errors name the container and its endpoint
  synchronized Lease lease(String where, String containerIp, List<PortPlan> plans) {
    Lease lease = new Lease();
    leases.add(lease);
    try {
      for (PortPlan plan : plans) {
        place(lease, where, containerIp, plan);
      }
      return lease;
    } catch (RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  /// Takes up what a record says. A port that cannot be had any more costs its proxy, not the
  /// container: the firewall's rule still leads to it.
  synchronized Lease restore(String containerIp, Collection<PublishedPort> ports) {
    Lease lease = new Lease();
    leases.add(lease);
    for (PublishedPort port : ports) {
      boolean both = port.hostIp().equals(ANY6) && ports.contains(wildcard(port, ANY4));
      if (both) {
        continue;
      }
      boolean wide = port.hostIp().equals(ANY4) && ports.contains(wildcard(port, ANY6));
      PortPlan plan =
          new PortPlan(
              port.containerPort(),
              port.protocol(),
              wide ? "" : port.hostIp(),
              port.hostPort(),
              port.hostPort());
      try {
        lease.proxies.addAll(open(plan, port.hostPort(), containerIp));
      } catch (IOException e) {
        lease.warnings.add(
            "port "
                + port.hostPort()
                + "/"
                + port.protocol()
                + " could not be listened on again ("
                + e.getMessage()
                + "): it is reachable by IPv4 only");
      }
      record(lease, plan, port.hostPort(), containerIp);
    }
    return lease;
  }

  private static PublishedPort wildcard(PublishedPort port, String ip) {
    return new PublishedPort(port.containerPort(), port.protocol(), ip, port.hostPort());
  }

  private void place(Lease lease, String where, String containerIp, PortPlan plan) {
    boolean ephemeral = plan.low() == 0;
    int low = ephemeral ? firstEphemeral : plan.low();
    int high = ephemeral ? lastEphemeral : plan.high();
    String problem = "";
    for (int i = 0; i <= high - low; i++) {
      int port = ephemeral ? ephemeral() : low + i;
      if (taken(plan, port)) {
        problem = "Bind for " + shown(plan) + ":" + port + " failed: port is already allocated";
        continue;
      }
      try {
        lease.proxies.addAll(open(plan, port, containerIp));
        record(lease, plan, port, containerIp);
        return;
      } catch (IOException e) {
        problem =
            "failed to bind host port for "
                + shown(plan)
                + ":"
                + port
                + ":"
                + containerIp
                + ":"
                + plan.containerPort()
                + "/"
                + plan.protocol()
                + ": "
                + reason(e, port);
        if (!(e instanceof BindException)
            || problem.contains("requested address")
            || problem.contains("permission denied")) {
          break;
        }
      }
    }
    throw GraftException.internal(where + ": " + problem, null);
  }

  private int ephemeral() {
    int port = nextEphemeral;
    nextEphemeral = port == lastEphemeral ? firstEphemeral : port + 1;
    return port;
  }

  private static String reason(IOException e, int port) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("Permission denied")) {
      return "permission denied: a rootless engine may not listen on ports as low as "
          + port
          + "; publish a higher one (from 1024 on), or as root run 'sysctl -w"
          + " net.ipv4.ip_unprivileged_port_start="
          + port
          + "'";
    }
    if (message.contains("already in use")) {
      return "address already in use";
    }
    return message.contains("assign requested") ? "cannot assign requested address" : message;
  }

  private static String shown(PortPlan plan) {
    return plan.hostIp().isEmpty() ? ANY4 : plan.hostIp();
  }

  private boolean taken(PortPlan plan, int port) {
    for (String ip : held.getOrDefault(new Key(plan.protocol(), port), List.of())) {
      if (overlap(ip, plan.hostIp())) {
        return true;
      }
    }
    return false;
  }

  private static boolean overlap(String a, String b) {
    if (a.isEmpty() || b.isEmpty() || a.equals(b)) {
      return true;
    }
    boolean sameFamily = a.contains(":") == b.contains(":");
    return sameFamily && (wild(a) || wild(b));
  }

  private static boolean wild(String ip) {
    return ip.equals(ANY4) || ip.equals(ANY6);
  }

  private void record(Lease lease, PortPlan plan, int port, String containerIp) {
    Key key = new Key(plan.protocol(), port);
    held.computeIfAbsent(key, _ -> new ArrayList<>()).add(plan.hostIp());
    lease.keys.computeIfAbsent(key, _ -> new ArrayList<>()).add(plan.hostIp());
    boolean both = plan.hostIp().isEmpty();
    lease.ports.add(new PublishedPort(plan.containerPort(), plan.protocol(), shown(plan), port));
    if (both && ipv6()) {
      lease.ports.add(new PublishedPort(plan.containerPort(), plan.protocol(), ANY6, port));
    }
    if (!plan.hostIp().contains(":")) {
      lease.mappings.add(
          new Mapping(plan.protocol(), shown(plan), port, containerIp, plan.containerPort()));
    }
  }

  /// A socket on the port. One IPv6 socket serves both families when every address is asked for:
  /// the JDK's IPv6 sockets always do. SCTP has none: a conflict shows only within Graft.
  private List<AutoCloseable> open(PortPlan plan, int port, String containerIp) throws IOException {
    boolean six = plan.hostIp().contains(":") || (plan.hostIp().isEmpty() && ipv6());
    ProtocolFamily family = six ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    String ip = plan.hostIp().isEmpty() ? six ? ANY6 : ANY4 : plan.hostIp();
    InetSocketAddress at = new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    InetSocketAddress target =
        new InetSocketAddress(InetAddress.ofLiteral(containerIp), plan.containerPort());
    return switch (plan.protocol()) {
      case "tcp" -> {
        ServerSocketChannel channel = ServerSocketChannel.open(family);
        try {
          channel.bind(at, 1024);
        } catch (IOException e) {
          channel.close();
          throw e;
        }
        TcpProxy proxy = new TcpProxy(channel, target, ground);
        proxy.start();
        yield List.of(proxy);
      }
      case "udp" -> {
        DatagramChannel channel = DatagramChannel.open(family);
        try {
          channel.bind(at);
        } catch (IOException e) {
          channel.close();
          throw e;
        }
        UdpProxy proxy = new UdpProxy(channel, target, ground);
        proxy.start();
        yield List.of(proxy);
      }
      default -> List.of();
    };
  }

  private static @Nullable Boolean ipv6;

  /// Whether this host has IPv6 at all.
  private static synchronized boolean ipv6() {
    Boolean known = ipv6;
    if (known == null) {
      try (ServerSocketChannel probe = ServerSocketChannel.open(StandardProtocolFamily.INET6)) {
        probe.bind(new InetSocketAddress(InetAddress.ofLiteral("::1"), 0));
        known = true;
      } catch (IOException | UnsupportedOperationException e) {
        known = false;
      }
      ipv6 = known;
    }
    return known;
  }

  /// Stops every proxy; the table and the firewall stay as they are for the next engine.
  @Override
  public synchronized void close() {
    leases.forEach(Lease::stop);
    leases.clear();
  }
}

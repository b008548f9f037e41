package graft.network;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Chains of our own in the iptables tables, each reached by one jump. For what each rule is for,
/// see [Nftables].
///
/// @param suffix what our chains' names end in, empty for the default bridge
record Iptables(Family four, Optional<Family> six, String suffix) implements Firewall {
  /// The two programs of an address family.
  record Family(Tool iptables, Tool restore) {
    static Optional<Family> find(String name, Ground ground) {
      return Tool.find(name, ground)
          .flatMap(tool ->
              Tool.find(name + "-restore", ground).map(restore -> new Family(tool, restore)));
    }

    void restore(StringBuilder text) throws IOException {
      restore.run(text.toString(), "-w", "5", "--noflush");
    }

    void jump(Jump jump) throws IOException {
      if (!has(jump)) {
        iptables.run("", jump.arguments("-I"));
      }
    }

    void noJump(Jump jump) throws IOException {
      if (has(jump)) {
        iptables.run("", jump.arguments("-D"));
      }
    }

    private boolean has(Jump jump) {
      try {
        iptables.run("", jump.arguments("-C"));
        return true;
      } catch (IOException e) {
        return false;
      }
    }

    boolean dropsForwarded() throws IOException {
      return iptables
          .run("", "-w", "5", "-S", "FORWARD")
          .lines()
          .anyMatch("-P FORWARD DROP"::equals);
    }
  }

  record Jump(String table, String from, String to, List<String> matches) {
    String[] arguments(String verb) {
      List<String> all = new ArrayList<>(List.of("-w", "5", "-t", table, verb, from));
      all.addAll(matches);
      all.add("-j");
      all.add(to);
      return all.toArray(String[]::new);
    }
  }

  @Override
  public void set(Collection<Zone> zones, Collection<Mapping> mappings) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("*raw\n").append(chain("RAW"));
    for (Zone zone : zones) {
      rule(text, "RAW", "-i " + zone.bridge() + " -d 127.0.0.0/8 -j DROP");
    }
    text.append("COMMIT\n*nat\n").append(chain("NAT")).append(chain("POST"));
    for (Mapping m : mappings) {
      rule(text, "NAT", destination(m));
    }
    for (Zone zone : zones) {
      rule(text, "POST", "-s 127.0.0.0/8 -o " + zone.bridge() + " -j MASQUERADE");
      for (Subnet subnet : zone.subnets()) {
        if (subnet.four()) {
          String own = "-s " + subnet + " -o " + zone.bridge();
          rule(text, "POST", own + " -m conntrack --ctstate DNAT -j MASQUERADE");
        }
      }
    }
    leaving(text, zones, true);
    text.append("COMMIT\n");
    forward(text, zones);
    four.restore(text);
    for (Jump jump : jumps()) {
      four.jump(jump);
    }
    if (zones.stream().flatMap(z -> z.subnets().stream()).anyMatch(s -> !s.four())) {
      setSix(zones);
    }
  }

  /// What IPv6 needs: the same way out, and nothing in. Published ports come by a proxy.
  private void setSix(Collection<Zone> zones) throws IOException {
    Family tools =
        six.orElseThrow(() -> new IOException("a network has IPv6, and there is no ip6tables"));
    StringBuilder text = new StringBuilder("*nat\n").append(chain("POST"));
    leaving(text, zones, false);
    text.append("COMMIT\n");
    forward(text, zones);
    tools.restore(text);
    tools.jump(leavingJump());
    tools.jump(forwardJump());
  }

  private void leaving(StringBuilder text, Collection<Zone> zones, boolean family) {
    for (Zone zone : zones) {
      for (Subnet subnet : zone.subnets()) {
        if (subnet.four() == family && zone.masquerade() && !zone.internal()) {
          rule(text, "POST", "-s " + subnet + " ! -o " + zone.bridge() + " -j MASQUERADE");
        }
      }
    }
  }

  /// Lets the bridges' traffic through a FORWARD chain that drops what it does not know (another
  /// engine's doing, or ufw's): the one thing an accepting nftables table cannot.
  void openForward(Collection<Zone> zones) throws IOException {
    StringBuilder text = new StringBuilder();
    forward(text, zones);
    four.restore(text);
    four.jump(forwardJump());
  }

  /// Undoes [#openForward].
  void closeForward() throws IOException {
    clear(four, List.of(forwardJump()));
  }

  @Override
  public void clear() throws IOException {
    clear(four, jumps());
    if (six.isPresent()) {
      clear(six.get(), List.of(leavingJump(), forwardJump()));
    }
  }

  /// Chains go after all jumps to them.
  private static void clear(Family tools, List<Jump> jumps) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Jump jump : jumps) {
      tools.noJump(jump);
      String chain = jump.to();
      text.append('*').append(jump.table()).append("\n:").append(chain).append(" - [0:0]\n-X ");
      text.append(chain).append("\nCOMMIT\n");
    }
    tools.restore(text);
  }

  @Override
  public void add(List<Mapping> mappings) throws IOException {
    change("-A ", mappings);
  }

  @Override
  public void remove(List<Mapping> mappings) throws IOException {
    change("-D ", mappings);
  }

  private void change(String verb, List<Mapping> mappings) throws IOException {
    if (!mappings.isEmpty()) {
      StringBuilder text = new StringBuilder("*nat\n");
      for (Mapping m : mappings) {
        text.append(verb).append(name("NAT")).append(' ').append(destination(m)).append('\n');
      }
      four.restore(text.append("COMMIT\n"));
    }
  }

  private void forward(StringBuilder text, Collection<Zone> zones) {
    text.append("*filter\n").append(chain("FWD"));
    for (Zone zone : zones) {
      String bridge = zone.bridge();
      if (zone.internal()) {
        rule(text, "FWD", "-i " + bridge + " ! -o " + bridge + " -j DROP");
        rule(text, "FWD", "-o " + bridge + " ! -i " + bridge + " -j DROP");
      }
    }
    for (Zone zone : zones) {
      String in = "-o " + zone.bridge();
      rule(text, "FWD", in + " -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT");
      rule(text, "FWD", in + " -m conntrack --ctstate DNAT -j ACCEPT");
      rule(text, "FWD", in + " -i " + zone.bridge() + " -j ACCEPT");
      rule(text, "FWD", in + " -j DROP");
    }
    for (Zone zone : zones) {
      rule(text, "FWD", "-i " + zone.bridge() + " -j ACCEPT");
    }
    text.append("COMMIT\n");
  }

  private List<Jump> jumps() {
    List<String> local = List.of("-m", "addrtype", "--dst-type", "LOCAL");
    List<String> arriving = new ArrayList<>(List.of("!", "-d", "127.0.0.0/8"));
    arriving.addAll(local);
    return List.of(
        new Jump("raw", "PREROUTING", name("RAW"), List.of()),
        new Jump("nat", "PREROUTING", name("NAT"), arriving),
        new Jump("nat", "OUTPUT", name("NAT"), local),
        leavingJump(),
        forwardJump());
  }

  private Jump leavingJump() {
    return new Jump("nat", "POSTROUTING", name("POST"), List.of());
  }

  private Jump forwardJump() {
    return new Jump("filter", "FORWARD", name("FWD"), List.of());
  }

  private String name(String part) {
    return "GRAFT-" + part + suffix;
  }

  /// Declares a chain, which empties it if it exists.
  private String chain(String part) {
    return ":" + name(part) + " - [0:0]\n";
  }

  private void rule(StringBuilder out, String part, String rule) {
    out.append("-A ").append(name(part)).append(' ').append(rule).append('\n');
  }

  private static String destination(Mapping m) {
    String ip = m.hostIp().equals("0.0.0.0") ? "" : "-d " + m.hostIp() + "/32 ";
    return ip
        + "-p "
        + m.protocol()
        + " -m "
        + m.protocol()
        + " --dport "
        + m.hostPort()
        + " -j DNAT --to-destination "
        + m.containerIp()
        + ":"
        + m.containerPort();
  }
}

package graft.network;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Chains of our own in the iptables tables, each reached by one jump. For what each rule is for,
/// see [Nftables].
///
/// @param suffix what our chains' names end in, empty for the default bridge
record Iptables(Tool iptables, Tool restore, String suffix, String bridge, Subnet subnet)
    implements Firewall {
  private record Jump(String table, String from, String to, List<String> matches) {}

  @Override
  public void set(Collection<Mapping> mappings) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("*raw\n").append(chain("RAW"));
    rule(text, "RAW", "-i " + bridge + " -d 127.0.0.0/8 -j DROP");
    text.append("COMMIT\n*nat\n").append(chain("NAT")).append(chain("POST"));
    for (Mapping m : mappings) {
      rule(text, "NAT", destination(m));
    }
    rule(text, "POST", "-s " + subnet + " ! -o " + bridge + " -j MASQUERADE");
    rule(text, "POST", "-s 127.0.0.0/8 -o " + bridge + " -j MASQUERADE");
    rule(
        text,
        "POST",
        "-s " + subnet + " -o " + bridge + " -m conntrack --ctstate DNAT -j MASQUERADE");
    text.append("COMMIT\n").append(forward());
    restore(text);
    for (Jump jump : jumps()) {
      jump(jump);
    }
  }

  /// Lets the bridge's traffic through a FORWARD chain that drops what it does not know (another
  /// engine's doing, or ufw's): the one thing an accepting nftables table cannot.
  void openForward() throws IOException {
    restore(new StringBuilder(forward()));
    jump(forwardJump());
  }

  boolean dropsForwarded() throws IOException {
    return iptables.run("", "-w", "5", "-S", "FORWARD").lines().anyMatch("-P FORWARD DROP"::equals);
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
      restore(text.append("COMMIT\n"));
    }
  }

  private String forward() {
    StringBuilder text = new StringBuilder("*filter\n").append(chain("FWD"));
    rule(text, "FWD", "-o " + bridge + " -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT");
    rule(text, "FWD", "-i " + bridge + " -j ACCEPT");
    rule(text, "FWD", "-o " + bridge + " -m conntrack --ctstate DNAT -j ACCEPT");
    rule(text, "FWD", "-o " + bridge + " -j DROP");
    return text.append("COMMIT\n").toString();
  }

  private List<Jump> jumps() {
    List<String> local = List.of("-m", "addrtype", "--dst-type", "LOCAL");
    List<String> arriving = new ArrayList<>(List.of("!", "-d", "127.0.0.0/8"));
    arriving.addAll(local);
    return List.of(
        new Jump("raw", "PREROUTING", name("RAW"), List.of()),
        new Jump("nat", "PREROUTING", name("NAT"), arriving),
        new Jump("nat", "OUTPUT", name("NAT"), local),
        new Jump("nat", "POSTROUTING", name("POST"), List.of()),
        forwardJump());
  }

  private Jump forwardJump() {
    return new Jump("filter", "FORWARD", name("FWD"), List.of());
  }

  private void jump(Jump jump) throws IOException {
    if (!has(jump)) {
      iptables.run("", arguments("-I", jump));
    }
  }

  private boolean has(Jump jump) {
    try {
      iptables.run("", arguments("-C", jump));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static String[] arguments(String verb, Jump jump) {
    List<String> all = new ArrayList<>(List.of("-w", "5", "-t", jump.table(), verb, jump.from()));
    all.addAll(jump.matches());
    all.add("-j");
    all.add(jump.to());
    return all.toArray(String[]::new);
  }

  private void restore(StringBuilder text) throws IOException {
    restore.run(text.toString(), "-w", "5", "--noflush");
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

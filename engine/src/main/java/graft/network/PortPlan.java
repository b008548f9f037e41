package graft.network;

import graft.error.GraftException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// One binding that was asked for, understood.
///
/// @param hostIp empty: every address of both families
/// @param low 0: any free port
record PortPlan(int containerPort, String protocol, String hostIp, int low, int high) {
  /// What a request asks for, in the order of the container's ports.
  static List<PortPlan> of(AttachRequest request) {
    SortedMap<String, List<PortBinding>> all = new TreeMap<>(request.ports());
    if (request.publishAll()) {
      request.exposed().forEach(port -> all.putIfAbsent(port, List.of(new PortBinding("", ""))));
    }
    List<PortPlan> plans = new ArrayList<>();
    for (Map.Entry<String, List<PortBinding>> entry : all.entrySet()) {
      for (PortBinding binding : entry.getValue()) {
        plans.add(of(entry.getKey(), binding));
      }
    }
    plans.sort(Comparator.comparingInt(PortPlan::containerPort));
    return plans;
  }

  /// Where it names no address, this one; empty stays empty.
  PortPlan orOn(String otherwise) {
    return hostIp.isEmpty() ? new PortPlan(containerPort, protocol, otherwise, low, high) : this;
  }

  /// At that port of the host.
  PortPlan at(int port) {
    return new PortPlan(containerPort, protocol, hostIp, port, port);
  }

  private static PortPlan of(String target, PortBinding binding) {
    int slash = target.indexOf('/');
    String protocol = slash < 0 ? "tcp" : target.substring(slash + 1);
    if (!List.of("tcp", "udp", "sctp").contains(protocol)) {
      throw GraftException.invalid("invalid proto: " + protocol);
    }
    String number = slash < 0 ? target : target.substring(0, slash);
    int container = port(number, number);
    String host = binding.hostPort();
    if (host.isEmpty() || host.equals("0")) {
      return new PortPlan(container, protocol, ip(binding.hostIp()), 0, 0);
    }
    int dash = host.indexOf('-');
    int low = port(host, dash < 0 ? host : host.substring(0, dash));
    int high = dash < 0 ? low : port(host, host.substring(dash + 1));
    if (high < low) {
      throw GraftException.invalid("invalid port specification: \"" + host + "\"");
    }
    return new PortPlan(container, protocol, ip(binding.hostIp()), low, high);
  }

  private static int port(String whole, String digits) {
    if (digits.matches("\\d{1,5}")) {
      int port = Integer.parseInt(digits);
      if (port > 0 && port < 65_536) {
        return port;
      }
    }
    throw GraftException.invalid("invalid port specification: \"" + whole + "\"");
  }

  /// Checked to be a literal, so that nothing is ever looked up.
  private static String ip(String text) {
    if (text.isEmpty()) {
      return text;
    }
    return Ip.parse(text)
        .map(Ip::text)
        .orElseThrow(() -> GraftException.invalid("invalid IP address: \"" + text + "\""));
  }
}

package graft.docker.container;

import com.fasterxml.jackson.databind.JsonNode;
import graft.container.ContainerSpec.Net;
import graft.docker.json.Fields;
import graft.error.GraftException;
import graft.network.PortBinding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// The network's part of a request: mode, ports, names, the endpoint.
final class NetBody {
  private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F:.]+(%[a-zA-Z0-9_.-]+)?");
  private static final Set<String> PREDEFINED = Set.of("bridge", "host", "none");

  private NetBody() {}

  /// @param warnings takes what is discarded
  static Net read(Fields config, Fields host, Fields networking, List<String> warnings) {
    String mode = mode(host.text("NetworkMode"));
    if (config.flag("NetworkDisabled")) {
      mode = "none";
    }
    SortedMap<String, List<PortBinding>> ports = ports(host);
    checkConflicts(mode, config, host, ports);
    Optional<String> mac = Optional.of(config.text("MacAddress")).filter(m -> !m.isEmpty());
    if (mac.isPresent()) {
      warnings.add(
          "The container-wide MacAddress field is now deprecated. It should be specified in"
              + " EndpointsConfig instead.");
    }
    for (Map.Entry<String, JsonNode> e : networking.members("EndpointsConfig").entrySet()) {
      Optional<String> own = endpoint(mode(e.getKey()), Fields.of(e.getValue()), mode);
      mac = own.isPresent() ? own : mac;
    }
    if (!host.isEmpty("Links")) {
      throw Refusal.of("HostConfig.Links");
    }
    return new Net(
        mode,
        ports,
        host.flag("PublishAllPorts"),
        addresses(host.texts("Dns")),
        host.texts("DnsSearch"),
        host.texts("DnsOptions"),
        extraHosts(host.texts("ExtraHosts")),
        mac);
  }

  /// As it is recorded: the default is the bridge.
  static String mode(String given) {
    return given.isEmpty() || given.equals("default") ? "bridge" : given;
  }

  private static void checkConflicts(
      String mode, Fields config, Fields host, SortedMap<String, List<PortBinding>> ports) {
    boolean joined = mode.startsWith("container:");
    String uts = host.text("UTSMode");
    if (uts.equals("host") && !config.text("Hostname").isEmpty()) {
      throw GraftException.invalid("conflicting options: hostname and the UTS mode");
    }
    if (!joined) {
      return;
    }
    if (mode.equals("container:")) {
      throw GraftException.invalid("invalid container format container:<name|id>");
    }
    if (!config.text("Hostname").isEmpty()) {
      throw GraftException.invalid("conflicting options: hostname and the network mode");
    }
    if (!host.isEmpty("Dns")) {
      throw GraftException.invalid("conflicting options: dns and the network mode");
    }
    if (!host.isEmpty("ExtraHosts")) {
      throw GraftException.invalid(
          "conflicting options: custom host-to-IP mapping and the network mode");
    }
    if (!config.text("MacAddress").isEmpty()) {
      throw GraftException.invalid("conflicting options: mac-address and the network mode");
    }
    if (!ports.isEmpty() || host.flag("PublishAllPorts")) {
      throw GraftException.invalid(
          "conflicting options: port publishing and the container type network mode");
    }
    if (!config.members("ExposedPorts").isEmpty()) {
      throw GraftException.invalid(
          "conflicting options: port exposing and the container type network mode");
    }
  }

  private static Optional<String> endpoint(String network, Fields endpoint, String mode) {
    if (!network.equals(mode)) {
      throw Refusal.of("endpoints on several networks");
    }
    boolean user = !PREDEFINED.contains(network);
    if (!user && !endpoint.isEmpty("Aliases")) {
      throw GraftException.invalid(
          "invalid endpoint settings:\nnetwork-scoped alias is supported only for containers in"
              + " user defined networks");
    }
    Fields ipam = endpoint.object("IPAMConfig");
    boolean address = !ipam.text("IPv4Address").isEmpty() || !ipam.text("IPv6Address").isEmpty();
    if (!user && address) {
      throw GraftException.invalid(
          "invalid endpoint settings:\n* user specified IP address is supported on user defined"
              + " networks only\n* user specified IP address is supported only when connecting to"
              + " networks with user configured subnets");
    }
    if (address) {
      throw Refusal.of("a fixed address");
    }
    for (String name : List.of("Links", "DriverOpts")) {
      if (!endpoint.isEmpty(name)) {
        throw Refusal.of("EndpointsConfig." + name);
      }
    }
    return Optional.of(endpoint.text("MacAddress")).filter(m -> !m.isEmpty());
  }

  // ---- ports

  private static SortedMap<String, List<PortBinding>> ports(Fields host) {
    SortedMap<String, List<PortBinding>> all = new TreeMap<>();
    for (Map.Entry<String, JsonNode> e : host.members("PortBindings").entrySet()) {
      String port = port(e.getKey());
      List<PortBinding> bindings = new ArrayList<>();
      for (JsonNode one : e.getValue()) {
        Fields binding = Fields.of(one);
        String ip = binding.text("HostIp");
        String hostPort = binding.text("HostPort");
        checkHostPort(hostPort);
        if (!ip.isEmpty() && !ADDRESS.matcher(ip).matches()) {
          throw GraftException.invalid("invalid IP address: " + ip);
        }
        bindings.add(new PortBinding(ip, hostPort));
      }
      if (!bindings.isEmpty()) {
        all.put(port, bindings);
      }
    }
    return all;
  }

  static Set<String> exposed(Fields config) {
    Set<String> all = new TreeSet<>();
    config.members("ExposedPorts").keySet().forEach(p -> all.add(port(p)));
    return all;
  }

  /// `80` or `80/tcp`, with its protocol.
  private static String port(String given) {
    int slash = given.indexOf('/');
    String number = slash < 0 ? given : given.substring(0, slash);
    String protocol = slash < 0 ? "tcp" : given.substring(slash + 1);
    if (!isPort(number) || !Set.of("tcp", "udp", "sctp").contains(protocol)) {
      throw GraftException.invalid(
          "invalid port specification: \"" + (isPort(number) ? given : number) + "\"");
    }
    return Integer.parseInt(number) + "/" + protocol;
  }

  private static boolean isPort(String text) {
    return text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= 65535;
  }

  private static void checkHostPort(String text) {
    String[] ends = text.split("-", 2);
    boolean good =
        text.isEmpty()
            || (isPort(ends[0])
                && (ends.length == 1
                    || (isPort(ends[1])
                        && Integer.parseInt(ends[1]) >= Integer.parseInt(ends[0]))));
    if (!good) {
      throw GraftException.invalid("invalid port specification: \"" + text + "\"");
    }
  }

  // ---- names

  private static List<String> addresses(List<String> given) {
    for (String one : given) {
      if (!ADDRESS.matcher(one).matches()) {
        throw GraftException.invalid("invalid DNS server address: " + one);
      }
    }
    return given;
  }

  private static List<String> extraHosts(List<String> given) {
    for (String one : given) {
      int colon = one.indexOf(':');
      if (colon <= 0) {
        throw GraftException.invalid("bad format for add-host: \"" + one + "\"");
      }
      String address = one.substring(colon + 1);
      if (!address.equals("host-gateway") && !ADDRESS.matcher(address).matches()) {
        throw GraftException.invalid("invalid IP address in add-host: \"" + address + "\"");
      }
    }
    return given;
  }
}

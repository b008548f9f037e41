package graft.docker.container;

import com.fasterxml.jackson.databind.JsonNode;
import graft.container.Container;
import graft.container.ContainerSpec.Link;
import graft.container.ContainerSpec.Net;
import graft.docker.http.ApiVersion;
import graft.docker.json.Fields;
import graft.error.GraftException;
import graft.network.Attachment;
import graft.network.PortBinding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/// The network's part of a request: mode, ports, names, the endpoint.
final class NetBody {
  static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F:.]+(%[a-zA-Z0-9_.-]+)?");
  static final Set<String> PREDEFINED = Set.of("bridge", "host", "none");

  private static final Pattern HARDWARE = Pattern.compile("[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}");

  /// The versions from which on an endpoint may have a hardware address, and a new container more
  /// than one endpoint.
  private static final int ENDPOINT_MAC = 44;

  private static final int SEVERAL_ENDPOINTS = 44;

  private NetBody() {}

  /// @param warnings takes what is discarded
  /// @param find containers by name or id, for links
  /// @param version of the API that the client speaks
  static Net read(
      Fields config,
      Fields host,
      Fields networking,
      Function<String, Container> find,
      ApiVersion version,
      List<String> warnings) {
    String mode = mode(host.text("NetworkMode"));
    if (config.flag("NetworkDisabled")) {
      mode = "none";
    }
    SortedMap<String, List<PortBinding>> ports = ports(host);
    checkConflicts(mode, config, host, ports);
    boolean own = !mode.equals("host") && !mode.equals("none") && !mode.startsWith("container:");
    Optional<String> mac = Optional.of(config.text("MacAddress")).filter(m -> !m.isEmpty());
    if (mac.isPresent() && version.atLeast(ENDPOINT_MAC)) {
      warnings.add(
          "The container-wide MacAddress field is now deprecated. It should be specified in"
              + " EndpointsConfig instead.");
    }
    if (mac.isPresent() && !own && !version.atLeast(ENDPOINT_MAC)) {
      throw GraftException.invalid("conflicting options: mac-address and the network mode");
    }
    mac = mac.filter(_ -> own);
    List<Attachment> attachments = attachments(mode, networking, mac, version);
    List<Link> links = PREDEFINED.contains(mode) ? links(host.texts("Links"), find) : List.of();
    return new Net(
        mode,
        ports,
        host.flag("PublishAllPorts"),
        addresses(host.texts("Dns")),
        host.texts("DnsSearch"),
        host.texts("DnsOptions"),
        extraHosts(host.texts("ExtraHosts")),
        mac,
        attachments,
        links);
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
    if ((joined || mode.equals("host")) && !host.isEmpty("Links")) {
      throw GraftException.invalid(
          "conflicting options: "
              + (joined ? "container type network" : "host type networking")
              + " can't be used with links. This would result in undefined behavior");
    }
    if (!joined) {
      return;
    }
    if (mode.equals("container:")) {
      throw GraftException.invalid(
          "invalid network mode: invalid container format container:<name|id>");
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
    if (!ports.isEmpty() || host.flag("PublishAllPorts")) {
      throw GraftException.invalid(
          "conflicting options: port publishing and the container type network mode");
    }
    if (!config.members("ExposedPorts").isEmpty()) {
      throw GraftException.invalid(
          "conflicting options: port exposing and the container type network mode");
    }
  }

  /// The network that the mode names first, as the endpoints describe it, then the others.
  ///
  /// @param mac what the container is to have on the first
  private static List<Attachment> attachments(
      String mode, Fields networking, Optional<String> mac, ApiVersion version) {
    if (mode.startsWith("container:")) {
      return List.of();
    }
    Map<String, JsonNode> given = networking.members("EndpointsConfig");
    if (given.size() > 1 && !version.atLeast(SEVERAL_ENDPOINTS)) {
      throw GraftException.invalid(
          "Container cannot be created with multiple network endpoints: "
              + String.join(", ", new TreeSet<>(given.keySet())));
    }
    Map<String, Attachment> all = new TreeMap<>();
    for (Map.Entry<String, JsonNode> e : given.entrySet()) {
      String network = mode(e.getKey());
      Attachment one = EndpointBody.read(network, Fields.of(e.getValue()));
      all.put(network, version.atLeast(ENDPOINT_MAC) ? one : one.withMac(Optional.empty()));
    }
    List<Attachment> ordered = new ArrayList<>();
    Attachment named = all.remove(mode);
    Attachment first = named == null ? Attachment.to(mode) : named;
    if (mac.isPresent() && first.mac().isPresent() && !first.mac().equals(mac)) {
      throw GraftException.invalid(
          "the container-wide MAC address must match the endpoint-specific MAC address for the main"
              + " network, or be left empty");
    }
    ordered.add(mac.isPresent() ? first.withMac(mac) : first);
    ordered.addAll(all.values());
    for (Attachment one : ordered) {
      if (one.mac().filter(m -> !HARDWARE.matcher(m).matches()).isPresent()) {
        throw GraftException.invalid(
            "invalid config for network "
                + one.network()
                + ": invalid MAC address "
                + one.mac().orElse(""));
      }
    }
    return ordered;
  }

  private static List<Link> links(List<String> given, Function<String, Container> find) {
    List<Link> all = new ArrayList<>();
    for (String one : given) {
      String[] parts = one.split(":");
      if (parts.length > 2 || parts[0].isEmpty()) {
        throw GraftException.invalid("bad format for links: " + one);
      }
      Container other;
      try {
        other = find.apply(parts[0]);
      } catch (GraftException e) {
        throw new GraftException(
            GraftException.Kind.INVALID,
            "could not get container for " + parts[0] + ": " + e.text(),
            e);
      }
      if (other.spec().net().mode().equals("host")) {
        throw GraftException.invalid(
            "conflicting options: host type networking can't be used with links. This would result"
                + " in undefined behavior");
      }
      // `/db:/me/alias`, as inspect shows it, comes back from some clients.
      String alias = parts.length > 1 ? parts[1] : parts[0];
      all.add(new Link(other.id(), alias.substring(alias.lastIndexOf('/') + 1)));
    }
    return all;
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

package graft.build.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// `[ip:][hostport:]port[-port][/protocol]` of an EXPOSE. Addresses and ports of the host mean
/// nothing there, but are not refused.
///
/// @param protocol as written; empty if it was not
public record Ports(
    String written, String ip, String hostPort, int first, int last, String protocol) {
  private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F.:]+");

  /// @throws DockerfileException there is no port in it; without location
  public static Ports parse(String text) {
    String[] parts = text.split(":", -1);
    String container = parts[parts.length - 1];
    String host = parts.length > 1 ? parts[parts.length - 2] : "";
    String ip =
        parts.length > 2
            ? text.substring(0, text.length() - container.length() - host.length() - 2)
            : "";
    int slash = container.indexOf('/');
    String protocol = slash < 0 ? "" : container.substring(slash + 1);
    String port = slash < 0 ? container : container.substring(0, slash);
    if (port.isEmpty()) {
      throw invalid(text, "no port specified");
    }
    switch (protocol.toLowerCase(Locale.ROOT)) {
      case "", "tcp", "udp", "sctp" -> {}
      default -> throw invalid(text, "invalid proto: " + protocol);
    }
    String address = ip.startsWith("[") && ip.endsWith("]") ? ip.substring(1, ip.length() - 1) : ip;
    if (!ip.isEmpty() && !ADDRESS.matcher(address).matches()) {
      throw new DockerfileException("invalid IP address: " + ip);
    }
    int[] range =
        range(port).orElseThrow(() -> new DockerfileException("invalid containerPort: " + port));
    if (!host.isEmpty()) {
      int[] hostRange =
          range(host).orElseThrow(() -> new DockerfileException("invalid hostPort: " + host));
      if (range[0] != range[1] && range[1] - range[0] != hostRange[1] - hostRange[0]) {
        throw new DockerfileException(
            "invalid ranges specified for container and host Ports: " + port + " and " + host);
      }
    }
    return new Ports(text, ip, host, range[0], range[1], protocol);
  }

  /// As in an image's config: `80/tcp`, one for each port.
  public List<String> each() {
    String suffix = "/" + (protocol.isEmpty() ? "tcp" : protocol.toLowerCase(Locale.ROOT));
    List<String> all = new ArrayList<>();
    for (int port = first; port <= last; port++) {
      all.add(port + suffix);
    }
    return all;
  }

  private static DockerfileException invalid(String text, String why) {
    return new DockerfileException("invalid port: " + GoText.quote(text) + ": " + why);
  }

  private static Optional<int[]> range(String text) {
    int dash = text.indexOf('-');
    Optional<Integer> first = number(dash < 0 ? text : text.substring(0, dash));
    Optional<Integer> last = dash < 0 ? first : number(text.substring(dash + 1));
    return first.isPresent() && last.isPresent() && first.get() <= last.get()
        ? Optional.of(new int[] {first.get(), last.get()})
        : Optional.empty();
  }

  private static Optional<Integer> number(String text) {
    if (!text.matches("\\+?[0-9]{1,10}")) {
      return Optional.empty();
    }
    long port = Long.parseLong(text);
    return port > 65535 ? Optional.empty() : Optional.of((int) port);
  }
}

package graft.build;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What EXPOSE says: `80`, `80/udp`, `8000-8010/tcp`.
final class Ports {
  private static final int LAST = 65_535;
  private static final Set<String> PROTOCOLS = Set.of("tcp", "udp", "sctp");

  private Ports() {}

  /// Each port as `80/tcp`.
  static List<String> of(String written) {
    int slash = written.indexOf('/');
    String range = slash < 0 ? written : written.substring(0, slash);
    String protocol = slash < 0 ? "tcp" : written.substring(slash + 1).toLowerCase(Locale.ROOT);
    // `8080:80` publishes nothing here; the container's port is what counts.
    range = range.substring(range.lastIndexOf(':') + 1);
    if (!PROTOCOLS.contains(protocol)) {
      throw new IllegalArgumentException("invalid proto: " + protocol);
    }
    int dash = range.indexOf('-');
    int first = port(dash < 0 ? range : range.substring(0, dash), written);
    int last = port(dash < 0 ? range : range.substring(dash + 1), written);
    if (last < first) {
      throw new IllegalArgumentException("invalid containerPort: " + written);
    }
    List<String> all = new ArrayList<>();
    for (int port = first; port <= last; port++) {
      all.add(port + "/" + protocol);
    }
    return all;
  }

  private static int port(String text, String written) {
    if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > LAST) {
      throw new IllegalArgumentException("invalid containerPort: " + written);
    }
    return Integer.parseInt(text);
  }
}

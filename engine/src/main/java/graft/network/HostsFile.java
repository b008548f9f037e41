package graft.network;

import graft.error.GraftException;
import java.util.List;
import java.util.Optional;

/// The text of a container's /etc/hosts and /etc/hostname.
public final class HostsFile {
  private static final String FIXED =
      """
      127.0.0.1\tlocalhost
      ::1\tlocalhost ip6-localhost ip6-loopback
      fe00::\tip6-localnet
      ff00::\tip6-mcastprefix
      ff02::1\tip6-allnodes
      ff02::2\tip6-allrouters
      """;

  private HostsFile() {}

  /// @param extra `name:address`, where the address may be `host-gateway`
  /// @param gateway what `host-gateway` stands for: the default bridge's address
  /// @param linked lines for other containers
  /// @param addresses the container's own, for each network it is on
  public static String of(
      String hostname,
      String domainname,
      List<String> extra,
      Optional<String> gateway,
      List<String> linked,
      List<String> addresses) {
    StringBuilder text = new StringBuilder(FIXED);
    for (String entry : extra) {
      text.append(extra(entry, gateway));
    }
    linked.forEach(text::append);
    for (String address : addresses) {
      text.append(line(address, hostname, domainname));
    }
    return text.toString();
  }

  /// The line for one address of a container.
  public static String line(String address, String hostname, String domainname) {
    String names = domainname.isEmpty() ? hostname : hostname + "." + domainname + " " + hostname;
    return address + "\t" + names + "\n";
  }

  /// On the host's network a container sees the host's own file, unless it asks for entries.
  public static String onHost(String hostFile, List<String> extra, Optional<String> gateway) {
    return extra.isEmpty() ? hostFile : of("", "", extra, gateway, List.of(), List.of());
  }

  /// The text of /etc/hostname.
  public static String hostname(String hostname) {
    return hostname + "\n";
  }

  private static String extra(String entry, Optional<String> gateway) {
    int colon = entry.indexOf(':');
    if (colon <= 0 || colon == entry.length() - 1 || !entry.matches("\\S+")) {
      throw GraftException.invalid("bad format for add-host: \"" + entry + "\"");
    }
    String address = entry.substring(colon + 1);
    if (address.equals("host-gateway")) {
      address =
          gateway.orElseThrow(() ->
              GraftException.invalid(
                  "unable to derive the IP value for host-gateway: the default bridge has no"
                      + " address"));
    }
    return address + "\t" + entry.substring(0, colon) + "\n";
  }
}

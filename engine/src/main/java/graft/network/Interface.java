package graft.network;

import graft.error.GraftException;
import graft.linux.Netlink;
import graft.linux.NetworkNamespaces;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The container's end of an endpoint.
final class Interface {
  /// Docker's name for the option with kernel settings of the interface.
  private static final String SYSCTLS = "com.docker.network.endpoint.sysctls";

  /// Docker's name for the option with the interface's name.
  private static final String NAME = "com.docker.network.endpoint.ifname";

  private static final Pattern SYSCTL =
      Pattern.compile("net\\.((?:ipv4|ipv6|mpls)\\.[a-z0-9_]+)\\.IFNAME\\.([a-z0-9_]+)=(.*)");

  private Interface() {}

  /// What the user wants it to be called; INVALID if a link cannot be called that.
  static Optional<String> name(Attachment asked) {
    Optional<String> name = Optional.ofNullable(asked.options().get(NAME));
    if (name.isPresent() && !name.get().matches("[a-zA-Z][a-zA-Z0-9_.-]{0,14}")) {
      throw GraftException.invalid("invalid interface name: \"" + name.get() + "\"");
    }
    return name;
  }

  /// The hardware address that was asked for.
  static Optional<String> mac(Attachment asked) {
    return asked
        .mac()
        .map(mac -> {
          if (!mac.matches("[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}")) {
            throw GraftException.invalid("invalid MAC address " + mac);
          }
          return mac.toLowerCase(Locale.ROOT).replace('-', ':');
        });
  }

  /// Addresses it and brings it up. Answers the link as it is then.
  static Netlink.Link configure(
      Driver.Place place, Addresses of, Addresses.Taken taken, Attachment asked)
      throws IOException {
    List<String> sysctls = sysctls(place.link(), asked);
    boolean six = taken.six().isPresent();
    if (six || !sysctls.isEmpty()) {
      NetworkNamespaces.inside(
          place.namespace(),
          () -> {
            if (six && Sysctl.exists("ipv6/conf/" + place.link() + "/disable_ipv6")) {
              Sysctl.set("ipv6/conf/" + place.link() + "/disable_ipv6", "0");
            }
            for (String setting : sysctls) {
              int equals = setting.indexOf('=');
              Sysctl.set(setting.substring(0, equals), setting.substring(equals + 1));
            }
            return true;
          });
    }
    Netlink inside = place.inside().netlink();
    Netlink.Link link = find(inside, place.link());
    if (taken.four().isPresent()) {
      add(inside, link, taken.four().get(), of.four());
    }
    if (taken.six().isPresent()) {
      add(inside, link, taken.six().get(), of.six());
    }
    for (String address : asked.linkLocal()) {
      InetAddress ip = Ip.of(address);
      inside.addAddress(link.index(), ip, Ip.four(ip) ? 16 : 64);
    }
    inside.up(link.index());
    return link;
  }

  private static void add(
      Netlink inside, Netlink.Link link, InetAddress address, Optional<AddressPool> pool)
      throws IOException {
    int prefix =
        pool.map(p -> p.subnet().prefix())
            .orElseThrow(() -> new IOException("no subnet for " + Ip.text(address)));
    inside.addAddress(link.index(), address, prefix);
  }

  static Netlink.Link find(Netlink inside, String name) throws IOException {
    return inside
        .link(name)
        .orElseThrow(() -> new IOException(name + " is not in the container's namespace"));
  }

  /// `net.ipv4.conf.IFNAME.rp_filter=2,…` as paths below /proc/sys/net.
  private static List<String> sysctls(String link, Attachment asked) {
    List<String> all = new ArrayList<>();
    String option = asked.options().getOrDefault(SYSCTLS, "");
    for (String one : option.isEmpty() ? new String[0] : option.split(",")) {
      Matcher m = SYSCTL.matcher(one.strip());
      if (!m.matches()) {
        throw GraftException.invalid(
            "invalid endpoint settings:\ninvalid sysctl \""
                + one
                + "\": write it as net.ipv4.conf.IFNAME.NAME=VALUE");
      }
      all.add(m.group(1).replace('.', '/') + "/" + link + "/" + m.group(2) + "=" + m.group(3));
    }
    return all;
  }
}

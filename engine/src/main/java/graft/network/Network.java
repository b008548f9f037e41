package graft.network;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A network as it is recorded.
///
/// @param driver `bridge`, `macvlan`, `ipvlan`, `host` or `null`
/// @param internal without a way out
/// @param options the driver's, in Docker's words
public record Network(
    String id,
    String name,
    Instant created,
    String driver,
    boolean ipv4,
    boolean ipv6,
    boolean internal,
    boolean attachable,
    Ipam ipam,
    Map<String, String> options,
    Map<String, String> labels) {
  public Network {
    options = Map.copyOf(options);
    labels = Map.copyOf(labels);
  }

  /// Where addresses come from. `host` and `none` have no pools.
  public record Ipam(String driver, Map<String, String> options, List<Pool> pools) {
    public static final Ipam NONE = new Ipam("default", Map.of(), List.of());

    public Ipam {
      options = Map.copyOf(options);
      pools = List.copyOf(pools);
    }
  }

  /// One subnet.
  ///
  /// @param range a part of the subnet that addresses are given out from; empty: all of it
  /// @param gateway empty for a network that needs none
  /// @param auxiliary names to addresses that are kept free
  /// @param asked what of it the user chose
  public record Pool(
      String subnet, String range, String gateway, Map<String, String> auxiliary, Asked asked) {
    public Pool {
      auxiliary = Map.copyOf(auxiliary);
    }

    static Pool of(Subnet subnet, InetAddress gateway) {
      return new Pool(subnet.toString(), "", Ip.text(gateway), Map.of(), Asked.NOTHING);
    }

    /// As it was asked for.
    public static Pool asked(
        String subnet, String range, String gateway, Map<String, String> auxiliary) {
      Asked asked = gateway.isEmpty() ? Asked.SUBNET : Asked.SUBNET_AND_GATEWAY;
      return new Pool(subnet, range, gateway, auxiliary, asked);
    }

    boolean four() {
      return !subnet.contains(":");
    }
  }

  /// Only in a subnet that the user chose may containers choose addresses.
  public enum Asked {
    NOTHING,
    SUBNET,
    SUBNET_AND_GATEWAY
  }

  /// The pool that is in use for a family.
  Optional<Pool> pool(boolean four) {
    boolean wanted = four ? ipv4 : ipv6;
    return ipam.pools().stream().filter(p -> wanted && p.four() == four).findFirst();
  }

  /// The IPv4 gateway, where there is one.
  public Optional<String> gateway() {
    return pool(true).map(Pool::gateway).filter(g -> !g.isEmpty());
  }

  /// The same with another subnet in the place of the IPv4 one that was chosen for it.
  Network withChosen(Subnet subnet) {
    List<Pool> all =
        ipam.pools().stream()
            .map(p ->
                p.four() && p.asked() == Asked.NOTHING ? Pool.of(subnet, subnet.address(1)) : p)
            .toList();
    return new Network(
        id,
        name,
        created,
        driver,
        ipv4,
        ipv6,
        internal,
        attachable,
        new Ipam(ipam.driver(), ipam.options(), all),
        options,
        labels);
  }

  /// Whether it is one of the three that are always there.
  public boolean predefined() {
    return Networks.PREDEFINED.contains(name);
  }

  String option(String key, String otherwise) {
    return options.getOrDefault(key, otherwise);
  }

  boolean option(String key, boolean otherwise) {
    return switch (option(key, "")) {
      case "true", "1", "t", "T", "TRUE", "True" -> true;
      case "false", "0", "f", "F", "FALSE", "False" -> false;
      default -> otherwise;
    };
  }
}

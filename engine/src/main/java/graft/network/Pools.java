package graft.network;

import graft.error.GraftException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/// Where subnets come from when nobody names one: Docker's private ranges, in its order, less what
/// the host already routes.
final class Pools {
  private static final List<Subnet> BLOCKS = blocks();

  private Pools() {}

  static Subnet choose(Collection<Subnet> routed) {
    return stream()
        .filter(candidate -> routed.stream().noneMatch(candidate::overlaps))
        .findFirst()
        .orElseThrow(() ->
            GraftException.internal(
                "all predefined address pools have been fully subnetted: the host routes every"
                    + " network from 172.17.0.0/16 to 192.168.0.0/16; give the bridge a subnet"
                    + " in the configuration",
                null));
  }

  static Stream<Subnet> stream() {
    return BLOCKS.stream();
  }

  private static List<Subnet> blocks() {
    List<Subnet> all = new ArrayList<>();
    for (int second = 17; second < 32; second++) {
      all.add(Subnet.parse("172." + second + ".0.0/16"));
    }
    for (int third = 0; third < 256; third += 16) {
      all.add(Subnet.parse("192.168." + third + ".0/20"));
    }
    return List.copyOf(all);
  }
}

package graft.network;

import graft.error.GraftException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Where subnets come from when nobody names one: the ranges that were configured, or Docker's, in
/// their order, less what the host already routes.
final class Pools {
  /// A range that is cut into subnets of one size.
  private record Range(Subnet base, int size) {
    /// Large ranges have millions, so they are made one by one.
    Stream<Subnet> subnets() {
      int bits = base.base().getAddress().length * 8 - size;
      return LongStream.range(0, 1L << size - base.prefix())
          .mapToObj(n -> new Subnet(base.address(n << bits), size));
    }

    @Override
    public String toString() {
      return "base=" + base + ",size=" + size;
    }
  }

  private static final Pattern SYNTAX = Pattern.compile("base=([^,]+),size=([0-9]{1,3})");

  /// A bridge and two containers.
  private static final int SMALLEST = 29;

  static final Pools DOCKERS =
      new Pools(
          Stream.concat(
                  IntStream.range(17, 32)
                      .mapToObj(n -> new Range(Subnet.parse("172." + n + ".0.0/16"), 16)),
                  Stream.of(new Range(Subnet.parse("192.168.0.0/16"), 20)))
              .toList());

  private final List<Range> ranges;

  private Pools(List<Range> ranges) {
    this.ranges = List.copyOf(ranges);
  }

  /// @param ranges as `base=10.64.0.0/12,size=24`; none: Docker's
  static Pools of(List<String> ranges) {
    return ranges.isEmpty() ? DOCKERS : new Pools(ranges.stream().map(Pools::range).toList());
  }

  private static Range range(String text) {
    Matcher m = SYNTAX.matcher(text);
    if (!m.matches()) {
      throw invalid(text, "write it as base=10.64.0.0/12,size=24");
    }
    Subnet base = Subnet.parse(m.group(1));
    int size = Integer.parseInt(m.group(2));
    if (!base.four()) {
      throw invalid(text, "it has to be IPv4; IPv6 networks that name no subnet get one at random");
    }
    if (size < base.prefix() || size > SMALLEST) {
      throw invalid(
          text,
          "the size of its subnets has to be from that of the base (" + base.prefix() + ") to 29");
    }
    return new Range(base, size);
  }

  private static GraftException invalid(String text, String why) {
    return GraftException.invalid("invalid default address pool " + text + ": " + why);
  }

  Subnet choose(Collection<Subnet> routed) {
    Optional<Subnet> free =
        ranges.stream()
            .flatMap(Range::subnets)
            .filter(candidate -> routed.stream().noneMatch(candidate::overlaps))
            .findFirst();
    return free.orElseThrow(() ->
        GraftException.internal(
            "all predefined address pools have been fully subnetted: the host routes every"
                + " network of "
                + (this == DOCKERS
                    ? "172.17.0.0/16 to 192.168.0.0/16"
                    : ranges.stream().map(Range::toString).collect(Collectors.joining(" ")))
                + "; name a subnet (network create --subnet, or --bip for the default bridge), or"
                + " give the engine more with --default-address-pool",
            null));
  }
}

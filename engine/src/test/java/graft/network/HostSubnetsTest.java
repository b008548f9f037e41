package graft.network;

import static org.assertj.core.api.Assertions.assertThat;

import graft.network.HostSubnets.Held;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HostSubnetsTest {
  private static final HostSubnets HOST =
      new HostSubnets(
          List.of(
              new Held(Subnet.parse("10.1.0.0/24"), "br9", Optional.of("10.1.0.5/24")),
              new Held(Subnet.parse("10.9.0.7/32"), "lo", Optional.of("10.9.0.7/32")),
              new Held(Subnet.parse("fd00:1::/64"), "br9", Optional.of("fd00:1::1/64")),
              new Held(Subnet.parse("10.1.0.0/24"), "br9", Optional.empty()),
              new Held(Subnet.parse("10.2.0.0/16"), "eth0", Optional.empty()),
              new Held(Subnet.parse("10.3.7.0/24"), "", Optional.empty())));

  @ParameterizedTest
  @CsvSource({
    "10.1.0.0/24, interface br9 has 10.1.0.5/24",
    "10.1.0.128/25, interface br9 has 10.1.0.5/24",
    "10.1.0.0/16, interface br9 has 10.1.0.5/24",
    "10.9.0.0/24, interface lo has 10.9.0.7/32",
    "fd00:1::/64, interface br9 has fd00:1::1/64",
    "10.2.0.0/16, the host has a route to 10.2.0.0/16 by interface eth0",
    "10.2.0.0/15, the host has a route to 10.2.0.0/16 by interface eth0",
    "10.2.1.0/24, ''",
    "10.3.0.0/16, the host has a route to 10.3.7.0/24",
    "10.3.7.0/25, ''",
    "10.1.1.0/24, ''",
    "fd00:2::/64, ''"
  })
  void knowsWhoHasASubnet(String wanted, String holder) {
    assertThat(HOST.holder(Subnet.parse(wanted)).map(Held::toString).orElse("")).isEqualTo(holder);
  }
}

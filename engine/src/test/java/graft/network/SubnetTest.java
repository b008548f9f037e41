package graft.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SubnetTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "172.17.0.0/16",
        "192.168.240.0/20",
        "10.0.0.0/8",
        "1.2.3.4/32",
        "fd00::/8",
        "fd12:3456:789a::/64",
        "2001:db8:0:1::/64",
        "2001:db8:0:0:1::/80",
        "::1/128"
      })
  void readsWhatItWrites(String text) {
    assertThat(Subnet.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "10.0.0.0",
        "10.0.0/8",
        "10.0.0.0/0",
        "10.0.0.0/33",
        "10.0.0.256/32",
        "x/8",
        "10.0.0.0/x",
        "fd00::/0",
        "fd00::/129",
        "fd00::",
        "10.0.0.0/-1",
        "10.1/16"
      })
  void refusesWhatIsNoSubnet(String text) {
    assertThatThrownBy(() -> Subnet.parse(text)).isInstanceOf(GraftException.class);
  }

  @Test
  void saysWhatASubnetWithHostBitsShouldBe() {
    assertThatThrownBy(() -> Subnet.parse("10.99.0.1/25"))
        .hasMessage(
            "invalid network config:\ninvalid subnet 10.99.0.1/25: it should be 10.99.0.0/25");
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.9.0.0/16, true",
    "10.9.0.0/16, 10.0.0.0/8, true",
    "172.17.0.0/16, 172.18.0.0/16, false",
    "192.168.0.0/20, 192.168.16.0/20, false",
    "192.168.0.0/20, 192.168.15.0/24, true",
    "128.0.0.0/1, 255.0.0.0/8, true",
    "0.0.0.0/1, 255.0.0.0/8, false",
    "fd00::/8, fd12::/16, true",
    "fd00::/64, fd00:0:0:1::/64, false",
    "::/1, 10.0.0.0/8, false"
  })
  void knowsOverlaps(String a, String b, boolean overlap) {
    assertThat(Subnet.parse(a).overlaps(Subnet.parse(b))).isEqualTo(overlap);
  }

  @ParameterizedTest
  @CsvSource({
    "'', 172.17.0.0/16",
    "172.17.0.0/16, 172.18.0.0/16",
    "172.16.0.0/12, 192.168.0.0/20",
    "172.16.0.0/12 192.168.1.0/24 192.168.17.0/24, 192.168.32.0/20",
    "10.0.0.0/8, 172.17.0.0/16"
  })
  void choosesTheFirstPoolThatTheHostDoesNotRoute(String routed, String chosen) {
    List<Subnet> subnets =
        Arrays.stream(routed.split(" ")).filter(s -> !s.isEmpty()).map(Subnet::parse).toList();
    assertThat(Pools.DOCKERS.choose(subnets)).hasToString(chosen);
  }

  /// Pools, what is routed, what is chosen or what is said.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "base=10.64.0.0/12,size=24 | '' | 10.64.0.0/24",
        "base=10.64.0.0/12,size=24 | 10.64.0.0/16 10.65.0.9/32 | 10.65.1.0/24",
        "base=10.0.0.0/29,size=29 base=10.1.0.0/24,size=25 | 10.0.0.0/24 | 10.1.0.0/25",
        "base=10.0.0.0/29,size=29 | 10.0.0.0/24 | every network of base=10.0.0.0/29,size=29;",
        "base=10.0.0.1/29,size=29 | '' | it should be 10.0.0.0/29",
        "base=10.0.0.0/16,size=15 | '' | has to be from that of the base (16) to 29",
        "base=10.0.0.0/16,size=30 | '' | has to be from that of the base (16) to 29",
        "base=fd00::/16,size=64 | '' | it has to be IPv4",
        "10.0.0.0/16 | '' | 'invalid default address pool 10.0.0.0/16: write it as base='"
      })
  void choosesFromThePoolsThatWereConfigured(String pools, String routed, String chosen) {
    List<Subnet> subnets =
        Arrays.stream(routed.split(" ")).filter(s -> !s.isEmpty()).map(Subnet::parse).toList();
    String answer;
    try {
      answer = Pools.of(List.of(pools.split(" "))).choose(subnets).toString();
    } catch (GraftException e) {
      answer = e.text();
    }
    assertThat(answer).contains(chosen);
  }

  @Test
  void saysWhenEveryPoolIsRouted() {
    List<Subnet> all = List.of(Subnet.parse("172.16.0.0/12"), Subnet.parse("192.168.0.0/16"));
    assertThatThrownBy(() -> Pools.DOCKERS.choose(all)).hasMessageContaining("fully subnetted");
  }

  private static AddressPool pool(String subnet, String range, String... reserved) {
    return new AddressPool(
        Subnet.parse(subnet),
        range.isEmpty() ? Optional.empty() : Optional.of(Subnet.parse(range)),
        Arrays.stream(reserved).map(Ip::of).toList(),
        "n");
  }

  @Test
  void givesOutTheLowestFreeAddressAndNeverTheGateways() {
    AddressPool pool = pool("10.0.0.0/29", "", "10.0.0.2");
    pool.restore(Ip.of("10.0.0.3"));
    assertThat(Ip.text(pool.take())).isEqualTo("10.0.0.1");
    InetAddress fourth = pool.take();
    assertThat(Ip.text(fourth)).isEqualTo("10.0.0.4");
    pool.release(Ip.of("10.0.0.2"));
    pool.release(fourth);
    assertThat(pool.take()).isEqualTo(fourth);
    assertThat(Ip.text(pool.take())).isEqualTo("10.0.0.5");
    assertThat(Ip.text(pool.take())).isEqualTo("10.0.0.6");
    assertThatThrownBy(pool::take).hasMessageContaining("no available IPv4 addresses");
  }

  /// First address given out, then the second.
  @ParameterizedTest
  @CsvSource({
    "10.99.0.0/24, 10.99.0.128/25, 10.99.0.1, 10.99.0.128, 10.99.0.129",
    "10.0.0.0/8, '', 10.0.0.1, 10.0.0.2, 10.0.0.3",
    "fd00::/64, '', fd00::1, fd00::2, fd00::3",
    "fd00::/64, fd00::100/120, fd00::1, fd00::100, fd00::101"
  })
  void givesOutOfTheRange(
      String subnet, String range, String gateway, String first, String second) {
    AddressPool pool = pool(subnet, range, gateway);
    assertThat(Ip.text(pool.take())).isEqualTo(first);
    assertThat(Ip.text(pool.take())).isEqualTo(second);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/24, 10.0.0.200",
    "fd00::/64, fd00::7",
    "fd00::/64, fd00::ffff:ffff:ffff:ffff"
  })
  void anAddressIsHadOnce(String subnet, String address) {
    AddressPool pool = pool(subnet, "");
    pool.take(Ip.of(address));
    assertThatThrownBy(() -> pool.take(Ip.of(address))).hasMessage("Address already in use");
    pool.release(Ip.of(address));
    assertThat(Ip.text(pool.take(Ip.of(address)))).isEqualTo(address);
    assertThatThrownBy(() -> pool.take(Ip.of("192.0.2.1")))
        .hasMessage("no configured subnet or ip-range contain the IP address 192.0.2.1");
  }
}

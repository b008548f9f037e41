package graft.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SubnetTest {
  @ParameterizedTest
  @ValueSource(strings = {"172.17.0.0/16", "192.168.240.0/20", "10.0.0.0/8", "1.2.3.4/32"})
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
        "fd00::/8",
        "10.0.0.0/-1"
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
    "0.0.0.0/1, 255.0.0.0/8, false"
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
    assertThat(Pools.choose(subnets)).hasToString(chosen);
  }

  @Test
  void saysWhenEveryPoolIsRouted() {
    List<Subnet> all = List.of(Subnet.parse("172.16.0.0/12"), Subnet.parse("192.168.0.0/16"));
    assertThatThrownBy(() -> Pools.choose(all)).hasMessageContaining("fully subnetted");
  }

  @Test
  void givesOutTheLowestFreeAddressAndNeverTheGateways() {
    Subnet subnet = Subnet.parse("10.0.0.0/29");
    AddressPool pool = new AddressPool(subnet, subnet.address(2), "n");
    pool.restore(Subnet.number("10.0.0.3"));
    assertThat(Subnet.text(pool.take())).isEqualTo("10.0.0.1");
    int fourth = pool.take();
    assertThat(Subnet.text(fourth)).isEqualTo("10.0.0.4");
    pool.release(pool.gateway());
    pool.release(fourth);
    assertThat(pool.take()).isEqualTo(fourth);
    assertThat(Subnet.text(pool.take())).isEqualTo("10.0.0.5");
    assertThat(Subnet.text(pool.take())).isEqualTo("10.0.0.6");
    assertThatThrownBy(pool::take).hasMessageContaining("no available IPv4 addresses");
  }
}

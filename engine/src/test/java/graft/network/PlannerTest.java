package graft.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.network.Network.Pool;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PlannerTest {
  private static final String ID = "0123456789abcdef".repeat(4);
  private static final Planner PLANNER =
      new Planner(
          List.of(Subnet.parse("172.17.0.0/16"), Subnet.parse("10.99.0.0/24")),
          Pools.DOCKERS,
          () -> List.of(Subnet.parse("172.18.0.0/16")));

  private static NetworkRequest request(
      String driver, boolean ipv4, boolean ipv6, Map<String, String> options, Pool... pools) {
    return new NetworkRequest(
        "n",
        driver,
        ipv4,
        ipv6,
        false,
        false,
        new Network.Ipam("default", Map.of(), Arrays.asList(pools)),
        options,
        Map.of());
  }

  private static Pool pool(String subnet, String range, String gateway) {
    return Pool.asked(subnet, range, gateway, Map.of());
  }

  private static Network plan(NetworkRequest request) {
    return PLANNER.plan(request, ID, Instant.EPOCH);
  }

  @Test
  void aNetworkThatAsksForNothingGetsTheFirstFreeSubnet() {
    Network n = plan(NetworkRequest.bridge("n"));
    assertThat(n.driver()).isEqualTo("bridge");
    assertThat(n.ipam().pools())
        .containsExactly(
            new Pool("172.19.0.0/16", "", "172.19.0.1", Map.of(), Network.Asked.NOTHING));
    assertThat(n.ipv6()).isFalse();
  }

  @Test
  void anIpv6NetworkGetsAUniqueLocalOne() {
    Network n = plan(request("bridge", true, true, Map.of()));
    assertThat(n.pool(false))
        .contains(
            new Pool(
                "fd01:2345:6789::/64", "", "fd01:2345:6789::1", Map.of(), Network.Asked.NOTHING));
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.0.0/24, '', '', 10.1.0.1",
    "10.1.0.0/24, '', 10.1.0.254, 10.1.0.254",
    "10.1.0.0/24, 10.1.0.128/25, '', 10.1.0.128",
    "10.1.0.0/24, 10.1.0.128/25, 10.1.0.1, 10.1.0.1",
    "fd00:1::/64, '', '', fd00:1::1"
  })
  void aSubnetIsCompleted(String subnet, String range, String given, String gateway) {
    Network n = plan(request("bridge", true, true, Map.of(), pool(subnet, range, given)));
    Pool asked = pool(subnet, range, given);
    assertThat(n.ipam().pools())
        .contains(new Pool(subnet, range, gateway, Map.of(), asked.asked()));
  }

  @Test
  void anIpvlanThatRoutesHasNoGateway() {
    Network n = plan(request("ipvlan", true, false, Map.of("ipvlan_mode", "l3")));
    assertThat(n.gateway()).isEmpty();
    assertThat(n.ipam().pools()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.99.0.0/25||| FORBIDDEN | invalid pool request: Pool overlaps with other one on this"
            + " address space",
        "10.99.0.1/25||| INVALID | invalid network config:\\ninvalid subnet 10.99.0.1/25: it should"
            + " be 10.99.0.0/25",
        "10.1.0.0/24|10.1.0.0/16|| INVALID | invalid network config:\\ninvalid ip-range"
            + " 10.1.0.0/16: CIDR block is bigger than its parent subnet 10.1.0.0/24",
        "10.1.0.0/24|10.1.0.1/25|| INVALID | invalid network config:\\ninvalid ip-range"
            + " 10.1.0.1/25: it should be 10.1.0.0/25",
        "10.1.0.0/24|10.2.0.0/25|| INVALID | invalid network config:\\ninvalid ip-range"
            + " 10.2.0.0/25: parent subnet 10.1.0.0/24 doesn't contain ip-range",
        "10.1.0.0/24||10.2.0.1| INVALID | invalid network config:\\ninvalid gateway 10.2.0.1:"
            + " parent subnet 10.1.0.0/24 doesn't contain this address",
        "10.1.0.0/24||fd00::1| INVALID | invalid network config:\\ninvalid gateway fd00::1:"
            + " parent subnet is an IPv4 block"
      })
  void whatDoesNotFitIsRefused(
      String subnet, String range, String gateway, GraftException.Kind kind, String message) {
    Pool pool = pool(subnet, range == null ? "" : range, gateway == null ? "" : gateway);
    assertThatThrownBy(() -> plan(request("bridge", true, false, Map.of(), pool)))
        .isInstanceOfSatisfying(GraftException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessage(message.replace("\\n", "\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "host || FORBIDDEN | only one instance of \"host\" network is allowed",
        "foo || NOT_FOUND | plugin \"foo\" not found",
        "bridge | com.docker.network.driver.mtu=x | INVALID | failed to parse"
            + " com.docker.network.driver.mtu value: x (strconv.Atoi: parsing \"x\": invalid syntax)",
        "bridge | com.docker.network.bridge.name=a b | INVALID | failed to parse"
            + " com.docker.network.bridge.name value: a b (no name of a link)",
        "bridge | com.docker.network.bridge.gateway_mode_ipv4=routed | NOT_IMPLEMENTED | create a"
            + " network with com.docker.network.bridge.gateway_mode_ipv4=routed: Graft's bridges"
            + " know \"nat\" only",
        "macvlan | macvlan_mode=x | INVALID | requested macvlan_mode 'x' is not valid, use one of"
            + " bridge, passthru, private, vepa"
      })
  void whatNoDriverHasIsRefused(
      String driver, String option, GraftException.Kind kind, String message) {
    Map<String, String> options =
        option == null ? Map.of() : Map.of(option.split("=")[0], option.split("=")[1]);
    assertThatThrownBy(() -> plan(request(driver, true, false, options)))
        .isInstanceOfSatisfying(GraftException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessage(message);
  }
}

package graft.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every way to write the rules lets the same packets through, and no others.
@Tag("root")
final class FirewallsRootTest {
  @TempDir Path directory;
  private NetworkLab lab;

  @BeforeAll
  static void needed() {
    NetworkLab.needed();
  }

  @BeforeEach
  void setUp() throws IOException {
    lab = new NetworkLab(directory);
  }

  @AfterEach
  void tearDown() throws IOException {
    lab.close();
  }

  private NetworkLab.Child start(FirewallChoice firewall) throws IOException {
    NetworkLab.Child engine = lab.start(firewall);
    assertThat(engine.ask("restore")).isEqualTo("ok");
    return engine;
  }

  private static Path space(Sandbox sandbox) {
    return Path.of(sandbox.namespace());
  }

  @ParameterizedTest
  @EnumSource(FirewallChoice.class)
  void everyFirewallPublishesAndOpensTheWayOut(FirewallChoice firewall) throws Exception {
    NetworkLab.Child engine = start(firewall);
    boolean nat = firewall != FirewallChoice.NONE;
    Sandbox a =
        engine.sandbox("attach a a bridge |18081|80/tcp |18082|80/udp 127.0.0.1|18083|80/tcp");
    assertThat(a.warnings()).hasSize(nat ? 0 : 1);
    try (ServerSocket server = NetworkLab.serve(space(a), 80);
        DatagramSocket echo = NetworkLab.echo(space(a), 80);
        ServerSocket world = NetworkLab.serve(lab.outside(), 80)) {
      assertThat(server.isBound() && echo.isBound() && world.isBound()).isTrue();
      String seen = nat ? NetworkLab.OUTSIDE_ADDRESS : "172.17.0.1";
      assertThat(NetworkLab.hello(lab.outside(), NetworkLab.HOST_ADDRESS, 18081))
          .isEqualTo("hello from " + seen);
      for (String address : List.of("127.0.0.1", "::1", "172.17.0.1")) {
        assertThat(NetworkLab.hello(lab.host(), address, 18081)).startsWith("hello from ");
        assertThat(NetworkLab.datagram(lab.host(), address, 18082)).isEqualTo("hello");
      }
      assertThat(NetworkLab.hello(lab.host(), "127.0.0.1", 18083)).startsWith("hello from ");
      assertThat(NetworkLab.hello(space(a), "172.17.0.1", 18081)).startsWith("hello from ");
      assertThat(NetworkLab.datagram(lab.outside(), NetworkLab.HOST_ADDRESS, 18082))
          .isEqualTo("hello");
      if (nat) {
        assertThat(NetworkLab.hello(space(a), NetworkLab.OUTSIDE_ADDRESS, 80))
            .isEqualTo("hello from " + NetworkLab.HOST_ADDRESS);
      }
      assertThat(engine.ask("detach a")).isEqualTo("ok");
      assertThatThrownBy(() -> NetworkLab.connect(lab.host(), "127.0.0.1", 18081))
          .isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NFTABLES", "IPTABLES"})
  void networksAreKeptApartAndReachTheWorld(FirewallChoice firewall) throws Exception {
    NetworkLab.Child engine = start(firewall);
    engine.create("front bridge");
    engine.create("back bridge 10.7.0.0/24");
    Sandbox a = engine.sandbox("attach a a front");
    Sandbox b = engine.sandbox("attach b b back@10.7.0.77");
    Sandbox c = engine.sandbox("attach c c back");
    Sandbox d = engine.sandbox("attach d d bridge");
    assertThat(b.endpoints().getFirst().address()).isEqualTo("10.7.0.77");
    assertThat(c.endpoints().getFirst().address()).isEqualTo("10.7.0.2");
    try (ServerSocket world = NetworkLab.serve(lab.outside(), 80);
        ServerSocket inB = NetworkLab.serve(space(b), 82);
        ServerSocket inD = NetworkLab.serve(space(d), 82)) {
      assertThat(world.isBound() && inB.isBound() && inD.isBound()).isTrue();
      assertThat(NetworkLab.hello(space(a), NetworkLab.OUTSIDE_ADDRESS, 80))
          .isEqualTo("hello from " + NetworkLab.HOST_ADDRESS);
      assertThat(NetworkLab.hello(space(c), "10.7.0.77", 82)).isEqualTo("hello from 10.7.0.2");
      String ofD = d.endpoints().getFirst().address();
      for (Sandbox from : List.of(a, d)) {
        assertThatThrownBy(() -> NetworkLab.connect(space(from), "10.7.0.77", 82))
            .isInstanceOf(IOException.class);
      }
      assertThatThrownBy(() -> NetworkLab.connect(space(c), ofD, 82))
          .isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NFTABLES", "IPTABLES"})
  void aPublishedPortIsReachedFromOtherNetworks(FirewallChoice firewall) throws Exception {
    NetworkLab.Child engine = start(firewall);
    engine.create("front bridge");
    engine.create("back bridge");
    Sandbox a = engine.sandbox("attach a a front |18081|80/tcp");
    Sandbox b = engine.sandbox("attach b b back");
    try (ServerSocket server = NetworkLab.serve(space(a), 80)) {
      assertThat(server.isBound()).isTrue();
      assertThat(NetworkLab.hello(lab.outside(), NetworkLab.HOST_ADDRESS, 18081)).contains("hello");
      assertThat(NetworkLab.hello(space(b), NetworkLab.HOST_ADDRESS, 18081)).contains("hello");
      assertThat(NetworkLab.hello(lab.host(), "127.0.0.1", 18081)).contains("hello");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NFTABLES", "IPTABLES"})
  void anInternalNetworkHasNoWayOutNorIn(FirewallChoice firewall) throws Exception {
    NetworkLab.Child engine = start(firewall);
    engine.create("inner bridge internal");
    Sandbox a = engine.sandbox("attach a a inner |18081|80/tcp");
    Sandbox b = engine.sandbox("attach b b inner");
    assertThat(a.endpoints().getFirst().gateway()).isEmpty();
    assertThat(a.ports()).isEmpty();
    try (ServerSocket world = NetworkLab.serve(lab.outside(), 80);
        ServerSocket inA = NetworkLab.serve(space(a), 82)) {
      assertThat(world.isBound() && inA.isBound()).isTrue();
      assertThatThrownBy(() -> NetworkLab.connect(space(a), NetworkLab.OUTSIDE_ADDRESS, 80))
          .isInstanceOf(IOException.class);
      assertThat(NetworkLab.hello(space(b), a.endpoints().getFirst().address(), 82))
          .contains("hello");
      assertThat(NetworkLab.resolve(b, "a", DnsMessage.A))
          .containsExactly(a.endpoints().getFirst().address());
      assertThat(NetworkLab.resolve(b, "example.com", DnsMessage.A)).containsExactly("code 2");
    }
  }

  /// Of an engine whose bridge is named by its run directory, unless containers go on.
  @ParameterizedTest
  @EnumSource(FirewallChoice.class)
  void nothingStaysOfAnEngineInsideAProgram(FirewallChoice firewall) throws Exception {
    String bridge = Networks.Config.in(lab.run()).bridge();
    NetworkLab.Child engine = lab.start(firewall, bridge);
    assertThat(engine.ask("restore")).isEqualTo("ok");
    engine.create("front bridge");
    var _ = engine.sandbox("attach a a bridge |18081|80/tcp");
    var _ = engine.sandbox("attach b b front");
    assertThat(engine.ask("detach a")).isEqualTo("ok");
    assertThat(engine.ask("quit")).isEqualTo("ok");
    assertThat(lab.links()).extracting("name").contains(bridge);
    assertThat(rules(bridge)).isEqualTo(firewall != FirewallChoice.NONE);

    engine = lab.start(firewall, bridge);
    assertThat(engine.ask("restore b")).isEqualTo("ok");
    assertThat(engine.ask("detach b")).isEqualTo("ok");
    assertThat(engine.ask("quit")).isEqualTo("ok");
    assertThat(lab.links()).extracting("kind").doesNotContain("bridge");
    assertThat(rules(bridge)).isFalse();
  }

  private boolean rules(String bridge) throws Exception {
    return (lab.onHost("nft", "list", "ruleset") + lab.onHost("iptables-save")).contains(bridge);
  }
}

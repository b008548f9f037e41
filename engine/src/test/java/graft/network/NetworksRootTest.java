package graft.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/// The room at work in namespaces of its own: real bridge, real rules, real packets.
@Tag("root")
final class NetworksRootTest {
  private static final String ALREADY =
      "error INTERNAL failed to set up container networking: driver failed programming external"
          + " connectivity on endpoint ";

  @TempDir Path directory;
  private NetworkLab lab;
  private NetworkLab.Child engine;

  @BeforeAll
  static void needed() {
    NetworkLab.needed();
  }

  @BeforeEach
  void setUp() throws IOException {
    lab = new NetworkLab(directory);
    engine = lab.start(FirewallChoice.AUTO);
    assertThat(engine.ask("restore")).isEqualTo("ok");
  }

  @AfterEach
  void tearDown() throws IOException {
    lab.close();
  }

  private Sandbox attach(String rest) throws IOException {
    return engine.sandbox("attach " + rest);
  }

  private static Path space(Sandbox sandbox) {
    return Path.of(sandbox.namespace());
  }

  @Test
  void nothingIsDoneToTheHostBeforeItIsNeeded() throws Exception {
    assertThat(engine.ask("ipam")).contains("172.17.0.0/16", "172.17.0.1");
    attach("a a none");
    attach("b b host");
    assertThat(lab.links()).extracting("name").doesNotContain("graft0");
    assertThat(lab.rules()).isBlank();
  }

  @Test
  void aContainerReachesTheHostItsNeighboursAndTheWorld() throws Exception {
    Sandbox a = attach("a a bridge");
    Sandbox b = attach("b b bridge");
    assertThat(a.warnings()).isEmpty();
    assertThat(a.endpoints().getFirst())
        .extracting(Endpoint::address, Endpoint::prefix, Endpoint::gateway)
        .containsExactly("172.17.0.2", 16, "172.17.0.1");
    assertThat(b.endpoints().getFirst().address()).isEqualTo("172.17.0.3");
    try (ServerSocket world = NetworkLab.serve(lab.outside(), 80);
        ServerSocket host = NetworkLab.serve(lab.host(), 81);
        ServerSocket neighbour = NetworkLab.serve(space(b), 82)) {
      assertThat(NetworkLab.hello(space(a), NetworkLab.OUTSIDE_ADDRESS, 80))
          .isEqualTo("hello from " + NetworkLab.HOST_ADDRESS);
      assertThat(NetworkLab.hello(space(a), "172.17.0.1", 81)).isEqualTo("hello from 172.17.0.2");
      assertThat(NetworkLab.hello(space(a), "172.17.0.3", 82)).isEqualTo("hello from 172.17.0.2");
      assertThat(world.isBound() && host.isBound() && neighbour.isBound()).isTrue();
    }
  }

  @Test
  void aPublishedPortIsReachableFromEverywhere() throws Exception {
    Sandbox a = attach("a a bridge |18081|80/tcp 127.0.0.1|18082|80/tcp");
    Sandbox b = attach("b b bridge");
    assertThat(a.ports())
        .containsExactly(
            new PublishedPort(80, "tcp", "0.0.0.0", 18081),
            new PublishedPort(80, "tcp", "::", 18081),
            new PublishedPort(80, "tcp", "127.0.0.1", 18082));
    try (ServerSocket server = NetworkLab.serve(space(a), 80)) {
      assertThat(server.isBound()).isTrue();
      assertThat(NetworkLab.hello(lab.outside(), NetworkLab.HOST_ADDRESS, 18081))
          .isEqualTo("hello from " + NetworkLab.OUTSIDE_ADDRESS);
      for (String address : new String[] {"127.0.0.1", "::1", "172.17.0.1", "10.99.0.2"}) {
        assertThat(NetworkLab.hello(lab.host(), address, 18081)).startsWith("hello from ");
      }
      assertThat(NetworkLab.hello(lab.host(), "127.0.0.1", 18082)).startsWith("hello from");
      assertThat(NetworkLab.hello(space(b), "172.17.0.1", 18081)).startsWith("hello from");
      assertThat(NetworkLab.hello(space(b), NetworkLab.HOST_ADDRESS, 18081)).startsWith("hello");
      assertThat(NetworkLab.hello(space(a), "172.17.0.1", 18081)).startsWith("hello from");
      assertThatThrownBy(() -> NetworkLab.connect(lab.outside(), NetworkLab.HOST_ADDRESS, 18082))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aNeighbourThatKnowsTheWayGetsInByPublishedPortsOnly() throws Exception {
    Sandbox a = attach("a a bridge |18081|80/tcp");
    lab.routeOutsideThroughHost();
    try (ServerSocket server = NetworkLab.serve(space(a), 80)) {
      assertThat(server.isBound()).isTrue();
      assertThatThrownBy(() -> NetworkLab.connect(lab.outside(), "172.17.0.2", 80))
          .hasMessageContaining("timed out");
      assertThat(NetworkLab.hello(lab.outside(), NetworkLab.HOST_ADDRESS, 18081))
          .startsWith("hello");
    }
  }

  @Test
  void theLoopbackOfTheHostIsClosedToContainers() throws Exception {
    Sandbox a = attach("a a bridge");
    try (ServerSocket server = NetworkLab.serve(lab.host(), 90)) {
      assertThat(server.isBound()).isTrue();
      assertThatThrownBy(() -> NetworkLab.connect(space(a), "127.0.0.1", 90))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void portsAreAllocatedOnce() throws Exception {
    attach("a a bridge |18081|80/tcp");
    assertThat(engine.ask("attach b bee bridge |18081|80/tcp"))
        .startsWith(ALREADY + "bee (")
        .endsWith("): Bind for 0.0.0.0:18081 failed: port is already allocated");
    assertThat(engine.ask("attach b bee bridge 10.99.0.2|18081|80/tcp"))
        .endsWith("): Bind for 10.99.0.2:18081 failed: port is already allocated");
    assertThat(attach("c c bridge |18081|80/udp").ports()).hasSize(2);
    assertThat(attach("d d bridge |18080-18085|80/tcp |18080-18085|81/tcp").ports())
        .extracting(PublishedPort::hostPort)
        .containsExactly(18080, 18080, 18082, 18082);
    assertThat(attach("e e bridge ||80/tcp").ports().getFirst().hostPort()).isBetween(32768, 60999);
    try (ServerSocket taken = NetworkLab.serve(lab.host(), 18099)) {
      assertThat(taken.isBound()).isTrue();
      assertThat(engine.ask("attach f eff bridge |18099|80/tcp"))
          .startsWith(ALREADY + "eff (")
          .contains("): failed to bind host port for 0.0.0.0:18099:172.17.0.")
          .endsWith(":80/tcp: address already in use");
      assertThat(attach("f f bridge |18099-18100|80/tcp").ports().getFirst().hostPort())
          .isEqualTo(18100);
    }
    assertThat(engine.ask("attach g g bridge 9.9.9.9|18070|80/tcp"))
        .endsWith(":80/tcp: cannot assign requested address");
    engine.ask("detach a");
    assertThat(attach("b bee bridge |18081|80/tcp").ports()).hasSize(2);
  }

  @Test
  void afterAKillPublishedPortsGoOnAndARestartTakesUpEverything() throws Exception {
    Sandbox a = attach("a a bridge |18081|80/tcp");
    Sandbox gone = attach("gone gone bridge |18082|80/tcp");
    engine.kill();
    try (ServerSocket server = NetworkLab.serve(space(a), 80)) {
      assertThat(server.isBound()).isTrue();
      assertThat(NetworkLab.hello(lab.outside(), NetworkLab.HOST_ADDRESS, 18081))
          .startsWith("hello");
      assertThat(NetworkLab.hello(lab.host(), "127.0.0.1", 18081)).startsWith("hello");
      engine = lab.start(FirewallChoice.AUTO);
      assertThat(engine.ask("restore a")).isEqualTo("ok");
      assertThat(engine.sandbox("sandbox a")).isEqualTo(a);
      assertThat(NetworkLab.hello(lab.outside(), NetworkLab.HOST_ADDRESS, 18081))
          .startsWith("hello");
      assertThat(NetworkLab.hello(lab.host(), "::1", 18081)).startsWith("hello");
    }
    assertThat(engine.ask("attach b b bridge |18081|80/tcp")).endsWith("already allocated");
    assertThat(space(gone)).doesNotExist();
    Sandbox b = attach("b b bridge |18082|80/tcp");
    assertThat(b.endpoints().getFirst().address()).isEqualTo("172.17.0.3");
    assertThat(lab.mounts()).hasSize(2);
  }

  @Test
  void nothingIsLeftAfterFiftyRounds(TestReporter report) throws Exception {
    attach("first first bridge");
    String rules = lab.rules();
    assertThat(engine.ask("time 5 time bridge |18081|80/tcp ||90/udp")).startsWith("attach ");
    int descriptors = engine.descriptors();
    report.publishEntry("no ports", engine.ask("time 50 time bridge"));
    String timing = engine.ask("time 25 time bridge |18081|80/tcp ||90/udp 127.0.0.1||91/tcp");
    assertThat(timing).startsWith("attach ");
    report.publishEntry("three ports", timing);
    engine.closesAllBut(descriptors + 10);
    assertThat(engine.ask("attach x x nope")).startsWith("error NOT_FOUND ");
    assertThat(engine.ask("quit")).isEqualTo("ok");
    assertNothingBeyondTheFirst(rules);
    try (Socket refused = NetworkLab.connect(lab.host(), "172.17.0.1", 18081)) {
      assertThat(refused.isConnected()).isFalse();
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("refused");
    }
  }

  @Test
  void anEngineInAnEmptyPlaceRefusesWhatItHasNot() throws Exception {
    assertThat(engine.ask("attach x x nope"))
        .isEqualTo("error NOT_FOUND failed to set up container networking: network nope not found");
    assertThat(engine.ask("attach ../x x bridge")).startsWith("error INVALID ");
    assertThat(engine.ask("attach x x bridge |80|80/foo"))
        .isEqualTo("error INVALID invalid proto: foo");
    assertThat(engine.ask("detach x")).isEqualTo("ok");
  }

  @Test
  void aHostThatForwardsNothingByItselfForwardsForContainers() throws Exception {
    lab.onHost("iptables", "-P", "FORWARD", "DROP");
    Sandbox a = attach("a a bridge |18081|80/tcp");
    try (ServerSocket world = NetworkLab.serve(lab.outside(), 80);
        ServerSocket server = NetworkLab.serve(space(a), 80)) {
      assertThat(world.isBound() && server.isBound()).isTrue();
      assertThat(NetworkLab.hello(space(a), NetworkLab.OUTSIDE_ADDRESS, 80)).startsWith("hello");
      assertThat(NetworkLab.hello(lab.outside(), NetworkLab.HOST_ADDRESS, 18081))
          .startsWith("hello");
    }
  }

  @Test
  void manyAtOnceGetAddressesAndPortsOfTheirOwn() throws Exception {
    attach("first first bridge");
    String rules = lab.rules();
    assertThat(engine.ask("parallel 20")).isEqualTo("20 addresses");
    assertThat(engine.ask("quit")).isEqualTo("ok");
    assertNothingBeyondTheFirst(rules);
  }

  @Test
  void aFlushedRulesetIsWrittenAnew() throws Exception {
    attach("a a bridge |18081|80/tcp");
    String before = lab.rules();
    lab.onHost("nft", "flush", "ruleset");
    attach("b b bridge |18082|80/tcp");
    assertThat(lab.rules()).contains("tcp . 18081 : 172.17.0.2 . 80");
    engine.ask("detach b");
    assertThat(lab.rules()).isEqualTo(before);
  }

  @Test
  void aBridgeThatWasDeletedIsMadeAgain() throws Exception {
    attach("a a bridge");
    lab.onHost("ip", "link", "delete", "graft0");
    Sandbox b = attach("b b bridge |18082|80/tcp");
    assertThat(b.endpoints().getFirst().address()).isEqualTo("172.17.0.3");
    try (ServerSocket server = NetworkLab.serve(space(b), 80)) {
      assertThat(server.isBound()).isTrue();
      assertThat(NetworkLab.hello(lab.outside(), NetworkLab.HOST_ADDRESS, 18082))
          .startsWith("hello");
    }
  }

  @Test
  void aTalkingUdpClientFollowsThePortToItsNextContainer() throws Exception {
    Sandbox a = attach("a a bridge |18082|80/udp");
    try (DatagramSocket client = NetworkLab.datagramSocket(lab.outside())) {
      try (DatagramSocket echo = NetworkLab.echo(space(a), 80)) {
        assertThat(echo.isBound()).isTrue();
        assertThat(NetworkLab.datagram(client, NetworkLab.HOST_ADDRESS, 18082)).isEqualTo("hello");
      }
      assertThat(engine.ask("detach a")).isEqualTo("ok");
      attach("b b bridge");
      Sandbox c = attach("c c bridge |18082|80/udp");
      assertThat(c.endpoints().getFirst().address()).isEqualTo("172.17.0.3");
      try (DatagramSocket echo = NetworkLab.echo(space(c), 80)) {
        assertThat(echo.isBound()).isTrue();
        assertThat(NetworkLab.datagram(client, NetworkLab.HOST_ADDRESS, 18082)).isEqualTo("hello");
      }
    }
  }

  @Test
  void aKillAtAnyMomentLeavesNothingAfterTheNextStart() throws Exception {
    attach("first first bridge");
    String rules = lab.rules();
    Random random = new Random(7);
    for (int i = 0; i < 8; i++) {
      engine.send("time 1000 x bridge |18081|80/tcp ||90/udp");
      LockSupport.parkNanos(100_000_000L + random.nextInt(200_000_000));
      engine.kill();
      engine = lab.start(FirewallChoice.AUTO);
      assertThat(engine.ask("restore first")).isEqualTo("ok");
      assertThat(attach("y y bridge |18081|80/tcp").endpoints().getFirst().address())
          .isEqualTo("172.17.0.3");
      assertThat(engine.ask("detach y")).isEqualTo("ok");
    }
    assertThat(engine.ask("quit")).isEqualTo("ok");
    assertNothingBeyondTheFirst(rules);
  }

  private void assertNothingBeyondTheFirst(String rules) throws IOException {
    assertThat(lab.links())
        .extracting("kind")
        .containsExactlyInAnyOrder("", "veth", "veth", "bridge");
    assertThat(lab.mounts()).hasSize(1);
    assertThat(lab.rules()).isEqualTo(rules);
    assertThat(lab.run().resolve("netns")).isDirectoryContaining("glob:**first");
    try (Stream<Path> left = Files.list(lab.run().resolve("sandboxes"))) {
      assertThat(left).hasSize(1);
    }
  }
}

package graft.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.linux.Netlink;
import graft.linux.NetworkNamespaces;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Networks that users make, with real links, rules, packets and questions.
@Tag("root")
final class UserNetworksRootTest {
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
    start(FirewallChoice.AUTO);
  }

  private void start(FirewallChoice firewall, String... alive) throws IOException {
    engine = lab.start(firewall);
    assertThat(engine.ask(String.join(" ", "restore", String.join(" ", alive)).strip()))
        .isEqualTo("ok");
  }

  @AfterEach
  void tearDown() throws IOException {
    lab.close();
  }

  private static Path space(Sandbox sandbox) {
    return Path.of(sandbox.namespace());
  }

  @Test
  void aNetworkSaysWhereItsPortsArePublished() throws Exception {
    engine.create("near bridge com.docker.network.bridge.host_binding_ipv4=127.0.0.1");
    Sandbox a = engine.sandbox("attach a a near |18081|80/tcp 0.0.0.0|18082|80/tcp ||90/udp");
    assertThat(a.ports())
        .extracting(PublishedPort::hostIp)
        .containsExactly("127.0.0.1", "0.0.0.0", "127.0.0.1");
    try (ServerSocket server = NetworkLab.serve(space(a), 80);
        DatagramSocket echo = NetworkLab.echo(space(a), 90)) {
      assertThat(server.isBound() && echo.isBound()).isTrue();
      assertThat(NetworkLab.hello(lab.host(), "127.0.0.1", 18081)).contains("hello");
      assertThat(NetworkLab.hello(lab.outside(), NetworkLab.HOST_ADDRESS, 18082)).contains("hello");
      assertThatThrownBy(() -> NetworkLab.connect(lab.outside(), NetworkLab.HOST_ADDRESS, 18081))
          .isInstanceOf(IOException.class);
      int udp = a.ports().getLast().hostPort();
      assertThat(NetworkLab.datagram(lab.host(), "127.0.0.1", udp)).isEqualTo("hello");
    }
    String rules = lab.rules();
    assertThat(rules).contains("tcp . 18082 : ").contains("127.0.0.1 . tcp . 18081 : ");
    assertThat(engine.ask("detach a")).isEqualTo("ok");
    assertThat(lab.rules()).doesNotContain("18081").doesNotContain("18082");
  }

  @Test
  void containersFindEachOtherByTheirNames() throws Exception {
    engine.create("n bridge");
    Sandbox a = engine.sandbox("attach aaaaaaaaaaaaaaaa web n#www");
    Sandbox b = engine.sandbox("attach bbbbbbbbbbbbbbbb db n#store");
    Sandbox c = engine.sandbox("attach cccccccccccccccc db2 n#store");
    String ofA = a.endpoints().getFirst().address();
    String ofB = b.endpoints().getFirst().address();
    String ofC = c.endpoints().getFirst().address();
    for (String name : List.of("web", "WEB", "www", "aaaaaaaaaaaa", "web.n", "www.n")) {
      assertThat(NetworkLab.resolve(b, name, DnsMessage.A)).as(name).containsExactly(ofA);
    }
    assertThat(NetworkLab.resolve(a, "store", DnsMessage.A)).containsExactlyInAnyOrder(ofB, ofC);
    assertThat(NetworkLab.resolve(a, "db", DnsMessage.AAAA)).isEmpty();
    String[] parts = ofB.split("\\.");
    String reversed = String.join(".", parts[3], parts[2], parts[1], parts[0], "in-addr", "arpa");
    assertThat(NetworkLab.resolve(a, reversed, DnsMessage.PTR)).containsExactly("\2db\1n\0");
    // The default bridge has no names, in neither direction.
    Sandbox d = engine.sandbox("attach dddddddddddddddd plain bridge");
    assertThat(d.resolves()).isFalse();
    assertThat(engine.ask("detach cccccccccccccccc")).isEqualTo("ok");
    assertThat(NetworkLab.resolve(a, "store", DnsMessage.A)).containsExactly(ofB);
  }

  @Test
  void aNameServerOfTheContainersOwnIsNotInTheWay() throws Exception {
    engine.create("n bridge");
    Sandbox a = engine.sandbox("attach aaaaaaaaaaaaaaaa web n");
    DatagramSocket own =
        NetworkNamespaces.inside(
            space(a), () -> new DatagramSocket(53, InetAddress.ofLiteral("0.0.0.0")));
    try (own) {
      assertThat(own.isBound()).isTrue();
      assertThat(NetworkLab.resolve(a, "web", DnsMessage.A))
          .containsExactly(a.endpoints().getFirst().address());
    }
  }

  @Test
  void aRunningContainerComesAndGoes() throws Exception {
    engine.create("front bridge");
    engine.create("back bridge");
    Sandbox a = engine.sandbox("attach aaaaaaaaaaaaaaaa a front |18081|80/tcp");
    Sandbox b = engine.sandbox("attach bbbbbbbbbbbbbbbb b back");
    Sandbox both = engine.sandbox("connect aaaaaaaaaaaaaaaa a front,back back |18081|80/tcp");
    assertThat(both.endpoints()).extracting(Endpoint::link).containsExactly("eth0", "eth1");
    // "back" comes before "front": it leads out now, and the port came along.
    assertThat(both.ports()).isEqualTo(a.ports());
    assertThat(NetworkLab.resolve(b, "a", DnsMessage.A))
        .containsExactly(both.endpoints().get(1).address());
    assertThat(NetworkLab.resolve(a, "b", DnsMessage.A))
        .containsExactly(b.endpoints().getFirst().address());
    try (ServerSocket server = NetworkLab.serve(space(a), 80);
        ServerSocket world = NetworkLab.serve(lab.outside(), 81)) {
      assertThat(server.isBound() && world.isBound()).isTrue();
      assertThat(NetworkLab.hello(lab.outside(), NetworkLab.HOST_ADDRESS, 18081)).contains("hello");
      assertThat(engine.ask("connect aaaaaaaaaaaaaaaa a front,back back"))
          .isEqualTo("error FORBIDDEN endpoint with name a already exists in network back");
      Sandbox less = engine.sandbox("disconnect aaaaaaaaaaaaaaaa a front back |18081|80/tcp");
      assertThat(less.endpoints()).extracting(Endpoint::network).containsExactly("front");
      assertThat(NetworkLab.resolve(b, "a", DnsMessage.A)).isNotEqualTo(List.of("172.18.0.2"));
      assertThat(NetworkLab.hello(lab.outside(), NetworkLab.HOST_ADDRESS, 18081)).contains("hello");
      assertThat(NetworkLab.hello(space(a), NetworkLab.OUTSIDE_ADDRESS, 81)).contains("hello");
    }
    assertThat(engine.ask("remove back"))
        .startsWith("error FORBIDDEN error while removing network");
    assertThat(engine.ask("detach bbbbbbbbbbbbbbbb")).isEqualTo("ok");
    assertThat(engine.ask("remove back")).isEqualTo("ok");
    assertThat(engine.ask("attach x x back"))
        .isEqualTo("error NOT_FOUND failed to set up container networking: network back not found");
  }

  @Test
  void anAddressIsHadOnceAndOnlyWhereTheSubnetWasChosen() throws Exception {
    engine.create("chosen bridge 10.7.0.0/24");
    engine.create("given bridge");
    engine.sandbox("attach a a chosen@10.7.0.5");
    assertThat(engine.ask("attach b b chosen@10.7.0.5"))
        .isEqualTo("error FORBIDDEN failed to set up container networking: Address already in use");
    assertThat(engine.ask("attach b b given@172.19.0.5"))
        .startsWith("error INVALID invalid endpoint settings:");
  }

  @Test
  void ipv6WorksBesideIpv4() throws Exception {
    engine.create("six bridge ipv6 fd07::/64");
    Sandbox a = engine.sandbox("attach aaaaaaaaaaaaaaaa a six");
    Sandbox b = engine.sandbox("attach bbbbbbbbbbbbbbbb b six");
    Endpoint ofA = a.endpoints().getFirst();
    assertThat(ofA.address6()).isEqualTo("fd07::2");
    assertThat(ofA.gateway6()).isEqualTo("fd07::1");
    assertThat(NetworkLab.resolve(b, "a", DnsMessage.AAAA)).containsExactly("fd07::2");
    ServerSocket server =
        NetworkNamespaces.inside(
            space(a), () -> new ServerSocket(82, 1, InetAddress.ofLiteral("::")));
    try (server) {
      NetworkLab.connect(space(b), "fd07::2", 82).close();
      NetworkLab.connect(lab.host(), "fd07::2", 82).close();
    }
  }

  @ParameterizedTest
  @EnumSource(Vlan.class)
  void containersOnTheWireHaveItsNeighbours(Vlan kind) throws Exception {
    engine.create(kind.request);
    String first = engine.ask("attach cccccccccccccccc c wire@10.99.0.52");
    assumeTrue(!first.contains("operation not supported"), "this kernel has no " + kind);
    Sandbox a = engine.sandbox("attach aaaaaaaaaaaaaaaa a wire@10.99.0.50");
    Sandbox b = engine.sandbox("attach bbbbbbbbbbbbbbbb b wire@10.99.0.51");
    try (ServerSocket world = NetworkLab.serve(lab.outside(), 80);
        ServerSocket inA = NetworkLab.serve(space(a), 82)) {
      assertThat(world.isBound() && inA.isBound()).isTrue();
      assertThat(NetworkLab.hello(space(a), NetworkLab.OUTSIDE_ADDRESS, 80))
          .isEqualTo("hello from 10.99.0.50");
      assertThat(NetworkLab.hello(space(b), "10.99.0.50", 82)).isEqualTo("hello from 10.99.0.51");
    }
    assertThat(NetworkLab.resolve(b, "a", DnsMessage.A)).containsExactly("10.99.0.50");
    assertThat(engine.ask("detach aaaaaaaaaaaaaaaa")).isEqualTo("ok");
    assertThat(engine.ask("detach bbbbbbbbbbbbbbbb")).isEqualTo("ok");
    assertThat(engine.ask("detach cccccccccccccccc")).isEqualTo("ok");
    assertThat(engine.ask("remove wire")).isEqualTo("ok");
  }

  enum Vlan {
    MACVLAN("wire macvlan 10.99.0.0/24 parent=wan0"),
    IPVLAN("wire ipvlan 10.99.0.0/24 parent=wan0");

    private final String request;

    Vlan(String request) {
      this.request = request;
    }
  }

  @Test
  void aRestartedEngineGoesOn() throws Exception {
    engine.create("n bridge");
    Sandbox a = engine.sandbox("attach aaaaaaaaaaaaaaaa a n |18081|80/tcp");
    Sandbox b = engine.sandbox("attach bbbbbbbbbbbbbbbb b n");
    engine.sandbox("attach cccccccccccccccc c n");
    engine.kill();
    start(FirewallChoice.AUTO, "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb");
    String ofA = a.endpoints().getFirst().address();
    assertThat(NetworkLab.resolve(b, "a", DnsMessage.A)).containsExactly(ofA);
    assertThat(NetworkLab.resolve(b, "c", DnsMessage.A)).doesNotContain("172.18.0.4");
    assertThat(engine.sandbox("attach dddddddddddddddd d n").endpoints().getFirst().address())
        .isNotIn(ofA, b.endpoints().getFirst().address());
    try (ServerSocket server = NetworkLab.serve(space(a), 80)) {
      assertThat(server.isBound()).isTrue();
      assertThat(NetworkLab.hello(lab.outside(), NetworkLab.HOST_ADDRESS, 18081)).contains("hello");
    }
  }

  /// Its record is gone at once, its link a little later: an engine that dies in between leaves it.
  @Test
  void aBridgeWhoseNetworkIsGoneGoesAtTheNextStart() throws Exception {
    for (int round = 0; round < 5; round++) {
      engine.create("n bridge 10.7.0.0/24");
      engine.create("kept bridge");
      engine.sandbox("attach a a n");
      engine.sandbox("attach b b kept");
      assertThat(engine.ask("detach a")).isEqualTo("ok");
      assertThat(engine.ask("remove n")).isEqualTo("ok");
      engine.kill();
      start(FirewallChoice.AUTO, "b");
      assertThat(lab.links().stream().filter(l -> l.name().startsWith("br-"))).hasSize(1);
      // At once in another one's place.
      engine.create("next bridge 10.7.0.0/24");
      engine.sandbox("attach c c next");
      assertThat(engine.ask("detach c")).isEqualTo("ok");
      assertThat(engine.ask("detach b")).isEqualTo("ok");
      assertThat(engine.ask("remove next")).isEqualTo("ok");
      assertThat(engine.ask("remove kept")).isEqualTo("ok");
    }
  }

  /// Whatever comes and goes, the host is in the end as it was.
  @Test
  void nothingLeaks() throws Exception {
    List<String> links = lab.links().stream().map(Netlink.Link::name).sorted().toList();
    int before = engine.descriptors();
    for (int round = 0; round < 25; round++) {
      engine.create("n" + round + " bridge");
      engine.create("m" + round + " bridge internal");
      engine.sandbox("attach a" + round + " a n" + round + ",m" + round + " |18081|80/tcp");
      engine.sandbox("attach b" + round + " b n" + round);
      engine.sandbox("connect b" + round + " b n" + round + ",m" + round + " m" + round);
      engine.sandbox("disconnect b" + round + " b m" + round + " n" + round);
      for (String line : List.of("detach a", "detach b", "remove n", "remove m")) {
        assertThat(engine.ask(line + round)).isEqualTo("ok");
      }
    }
    engine.closesAllBut(before + 12);
    assertThat(engine.ask("quit")).isEqualTo("ok");
    assertThat(lab.links().stream().map(Netlink.Link::name).sorted().toList()).isEqualTo(links);
    assertThat(lab.mounts()).isEmpty();
    assertThat(lab.rules()).doesNotContain("br-");
  }
}

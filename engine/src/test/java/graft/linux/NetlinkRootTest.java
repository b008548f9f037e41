package graft.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// In a namespace of its own: the machine's network is not touched.
@Tag("root")
final class NetlinkRootTest {
  @TempDir Path directory;
  private Path namespace;
  private NetworkNamespaces.Fresh fresh;
  private Netlink netlink;

  @BeforeEach
  void setUp() throws IOException {
    namespace = directory.resolve("ns");
    fresh = NetworkNamespaces.create(namespace, () -> true);
    netlink = fresh.netlink();
  }

  @AfterEach
  void tearDown() throws IOException {
    fresh.close();
    NetworkNamespaces.delete(namespace);
  }

  @Test
  void aNewNamespaceHasALoopbackThatIsDown() throws IOException {
    assertThat(netlink.links()).filteredOn(Netlink.Link::up).isEmpty();
    assertThat(netlink.link("lo")).map(Netlink.Link::index).contains(1);
    assertThat(netlink.addresses()).isEmpty();
    assertThat(netlink.routes()).isEmpty();
    netlink.up(1);
    assertThat(netlink.addresses())
        .contains(new Netlink.Address(1, InetAddress.ofLiteral("127.0.0.1"), 8));
  }

  @Test
  void aBridgeWithAnAddressRoutesItsSubnet() throws IOException {
    netlink.createBridge("b0", "02:00:00:00:00:01", 1400, "mine");
    Netlink.Link bridge = netlink.link("b0").orElseThrow();
    assertThat(bridge)
        .extracting(Netlink.Link::kind, Netlink.Link::mac, Netlink.Link::up, Netlink.Link::alias)
        .containsExactly("bridge", "02:00:00:00:00:01", true, "mine");
    InetAddress address = InetAddress.ofLiteral("10.1.2.1");
    netlink.addAddress(bridge.index(), address, 24);
    assertThat(netlink.addresses()).contains(new Netlink.Address(bridge.index(), address, 24));
    netlink.addDefaultRoute(bridge.index(), InetAddress.ofLiteral("10.1.2.9"));
    assertThat(netlink.routes())
        .containsExactlyInAnyOrder(
            new Netlink.Route(bridge.index(), Optional.of(InetAddress.ofLiteral("10.1.2.0")), 24),
            new Netlink.Route(bridge.index(), Optional.empty(), 0));
    netlink.forgetNeighbour(bridge.index(), InetAddress.ofLiteral("10.1.2.7"));
    assertThat(netlink.deleteLink("b0")).isTrue();
    assertThat(netlink.deleteLink("b0")).isFalse();
    assertThat(netlink.link("b0")).isEmpty();
  }

  @Test
  void aPairJoinsTwoNamespaces() throws IOException {
    netlink.createBridge("b0", "02:00:00:00:00:01", 1500, "mine");
    int master = netlink.link("b0").orElseThrow().index();
    Path other = directory.resolve("other");
    try (NetworkNamespaces.Fresh there = NetworkNamespaces.create(other, () -> true)) {
      netlink.createVeth(
          new Netlink.Veth("v0", master, 1500, "eth0", "02:00:00:00:00:02", there.descriptor()));
      netlink.hairpin("v0");
      assertThat(netlink.link("v0")).map(Netlink.Link::master).contains(master);
      assertThat(there.netlink().link("eth0")).map(Netlink.Link::mac).contains("02:00:00:00:00:02");
      assertThat(there.netlink().link("v0")).isEmpty();
    } finally {
      NetworkNamespaces.delete(other);
    }
    assertThat(other).doesNotExist();
  }

  @Test
  void whatFailsSaysWhatWasTriedAndWhy() throws IOException {
    netlink.createBridge("b0", "02:00:00:00:00:01", 1500, "mine");
    assertThatThrownBy(() -> netlink.createBridge("b0", "02:00:00:00:00:01", 1500, "mine"))
        .isInstanceOf(LinuxException.class)
        .hasMessage("create bridge b0: file exists");
    assertThatThrownBy(() -> netlink.up(4711)).hasMessage("set link 4711 up: no such device");
    assertThat(netlink.link("b0")).isPresent();
    netlink.close();
    assertThatThrownBy(netlink::links).hasMessageContaining("closed");
  }

  @Test
  void workInsideANamespaceLeavesTheCallerWhereItIs() throws IOException {
    netlink.createBridge("inner0", "02:00:00:00:00:01", 1500, "mine");
    boolean inside =
        NetworkNamespaces.inside(
            namespace,
            () -> {
              try (Netlink here = Netlink.open()) {
                return here.link("inner0").isPresent();
              }
            });
    assertThat(inside).isTrue();
    try (Netlink here = Netlink.open()) {
      assertThat(here.link("inner0")).isEmpty();
    }
    assertThatThrownBy(() ->
            NetworkNamespaces.inside(
                namespace,
                () -> {
                  throw new IOException("from inside");
                }))
        .hasMessage("from inside");
  }
}

package graft.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import graft.db.Db;
import graft.error.GraftException;
import graft.event.Events;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What needs neither root nor the bridge.
final class NetworksTest {
  @TempDir Path directory;
  private Db db;
  private Networks networks;

  @BeforeEach
  void open() throws IOException {
    db = Db.open(directory.resolve("db"));
    networks = Networks.open(db, new Events(), config());
  }

  @AfterEach
  void close() throws IOException {
    networks.close();
    db.close();
  }

  private Networks.Config config() {
    return new Networks.Config(
        directory.resolve("run"),
        "graftnone0",
        Optional.of("10.123.0.0/24"),
        List.of(),
        1500,
        FirewallChoice.NONE,
        "",
        Optional.empty());
  }

  private static AttachRequest request(String id, NetworkMode mode) {
    return AttachRequest.of(id, id, mode);
  }

  @Test
  void threeNetworksAreThereAndKeepTheirIds() throws IOException {
    List<Network> first = networks.list();
    assertThat(first).extracting(Network::name).containsExactly("bridge", "host", "none");
    assertThat(first).extracting(Network::driver).containsExactly("bridge", "host", "null");
    assertThat(first).allMatch(network -> network.id().matches("[0-9a-f]{64}"));
    try (Networks again = Networks.open(db, new Events(), config())) {
      assertThat(again.list()).isEqualTo(first);
    }
  }

  @Test
  void theBridgeDescribesItself() {
    Network bridge = networks.find("bridge");
    assertThat(bridge.ipam().pools())
        .extracting(Network.Pool::subnet, Network.Pool::gateway)
        .containsExactly(tuple("10.123.0.0/24", "10.123.0.1"));
    assertThat(bridge.options())
        .containsAllEntriesOf(
            Map.of(
                "com.docker.network.bridge.name", "graftnone0",
                "com.docker.network.bridge.default_bridge", "true",
                "com.docker.network.driver.mtu", "1500"));
    assertThat(networks.find("none").ipam().pools()).isEmpty();
  }

  @Test
  void networksAreFoundByNameIdAndPrefix() {
    Network host = networks.find("host");
    assertThat(networks.find(host.id())).isEqualTo(host);
    assertThat(networks.find(host.id().substring(0, 20))).isEqualTo(host);
  }

  @ParameterizedTest
  @CsvSource({
    "nope, NOT_FOUND, network nope not found",
    "'', INVALID, invalid name: name is empty"
  })
  void othersAreNot(String reference, GraftException.Kind kind, String message) {
    assertThatThrownBy(() -> networks.find(reference))
        .isInstanceOfSatisfying(GraftException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource({
    "bridge, FORBIDDEN, 'operation is not permitted on predefined bridge network '",
    "'', INVALID, invalid name: name is empty"
  })
  void theseCannotBeMade(String name, GraftException.Kind kind, String message) {
    assertThatThrownBy(() -> networks.create(NetworkRequest.bridge(name)))
        .isInstanceOfSatisfying(GraftException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessage(message);
  }

  @Test
  void thePredefinedStay() {
    assertThatThrownBy(() -> networks.remove("bridge"))
        .hasMessage("bridge is a pre-defined network and cannot be removed");
    assertThatThrownBy(() -> networks.remove("x")).hasMessage("network x not found");
  }

  @Test
  void hostAndNoneAndJoinedNeedNothing() throws IOException {
    Sandbox host = networks.attach(request("a", NetworkMode.HOST));
    assertThat(host.space()).isEqualTo(Sandbox.Space.HOST);
    assertThat(host.endpoints()).extracting(Endpoint::network).containsExactly("host");
    Sandbox none = networks.attach(request("b", NetworkMode.NONE));
    assertThat(none.space()).isEqualTo(Sandbox.Space.NEW);
    Path other = Path.of("/proc/1/ns/net");
    Sandbox joined = networks.attach(request("c", new NetworkMode.Joined("b", other)));
    assertThat(joined.namespace()).isEqualTo("/proc/1/ns/net");
    assertThat(joined.endpoints()).isEmpty();
    assertThat(networks.on(networks.find("none"))).containsExactly(none);
    try (Networks again = Networks.open(db, new Events(), config())) {
      again.restore(List.of("a", "c"));
      assertThat(again.sandbox("a")).contains(host);
      assertThat(again.sandbox("b")).isEmpty();
      assertThat(again.sandbox("c")).contains(joined);
    }
    networks.detach("a");
    networks.detach("a");
    assertThat(networks.sandbox("a")).isEmpty();
  }

  /// As Graft 0.1 wrote them before there were networks of users' own.
  @Test
  void recordsOfAnEarlierEngineAreTakenUp() throws IOException {
    Files.writeString(
        directory.resolve("run/sandboxes/x.json"),
        """
        {"containerId":"x","containerName":"web","space":"HOST","namespace":"","endpoints":[
        {"id":"e","networkId":"n","network":"host","mac":"","address":"","prefix":0,"gateway":""}],
        "ports":[],"warnings":[]}
        """);
    networks.restore(List.of("x"));
    Sandbox found = networks.sandbox("x").orElseThrow();
    assertThat(found.endpoints()).extracting(Endpoint::driver).containsExactly("host");
    assertThat(found.resolves()).isFalse();
    assertThat(found.dns()).isEmpty();
  }

  @Test
  void aTornRecordIsPassedOver() throws IOException {
    Files.writeString(directory.resolve("run/sandboxes/x.json"), "{\"containerId\":");
    Files.writeString(directory.resolve("run/sandboxes/.y.json"), "");
    networks.restore(List.of("x", "y"));
    assertThat(networks.sandbox("x")).isEmpty();
    assertThat(directory.resolve("run/sandboxes")).isEmptyDirectory();
  }
}

package graft.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Several engines, and others who want addresses, on one host.
@Tag("root")
final class OverlapRootTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;
  private NetworkLab lab;

  @BeforeEach
  void setUp() throws IOException {
    assumeTrue(Tool.find("nsenter", Ground.OWN).isPresent(), "nsenter is not installed");
    lab = new NetworkLab(directory);
  }

  @AfterEach
  void tearDown() throws IOException {
    lab.close();
  }

  private static Endpoint attach(NetworkLab.Child engine, String rest) throws IOException {
    String answer = engine.ask("attach " + rest);
    assertThat(answer).startsWith("{");
    return JSON.readValue(answer, Sandbox.class).endpoints().getFirst();
  }

  private void bridge(String name, String address) throws IOException {
    lab.onHost("ip", "link", "add", name, "type", "bridge");
    lab.onHost("ip", "address", "add", address, "dev", name);
    lab.onHost("ip", "link", "set", name, "up");
  }

  /// Which ones overlap is in [HostSubnetsTest].
  @Test
  void anEngineRefusesTheSubnetOfSomebodyElse() throws Exception {
    lab.onHost("ip", "route", "add", "10.2.0.0/16", "via", NetworkLab.OUTSIDE_ADDRESS);
    for (String subnet : List.of("10.2.0.0/16", "10.99.0.7/25")) {
      assertThat(lab.another("graft1", subnet).ask("restore"))
          .startsWith("error FORBIDDEN the bridge graft1 cannot have the subnet ")
          .containsAnyOf(
              ": interface wan0 has 10.99.0.2/24 (networks have overlapping IPv4)",
              ": the host has a route to 10.2.0.0/16 by interface wan0 (networks have overlapping")
          .contains("give the bridge another subnet with --bip");
    }
    NetworkLab.Child engine = lab.another("graft1", "10.2.1.1/24");
    assertThat(engine.ask("restore")).isEqualTo("ok");
    assertThat(attach(engine, "a a bridge").address()).isEqualTo("10.2.1.2");
  }

  @Test
  void theSecondEngineWithASubnetIsRefusedWhenItStartsOrWhenItNeedsIt() throws Exception {
    NetworkLab.Child first = lab.another("graft1", "10.5.0.1/24");
    NetworkLab.Child early = lab.another("graft2", "10.5.0.1/24");
    assertThat(first.ask("restore")).isEqualTo("ok");
    assertThat(early.ask("restore")).isEqualTo("ok");
    assertThat(attach(first, "a a bridge").address()).isEqualTo("10.5.0.2");
    assertThat(early.ask("attach a a bridge"))
        .startsWith("error FORBIDDEN failed to set up container networking: the bridge graft2")
        .contains("interface graft1 has 10.5.0.1/24");
    assertThat(lab.another("graft3", "10.5.0.1/24").ask("restore"))
        .startsWith("error FORBIDDEN the bridge graft3")
        .contains("interface graft1 has 10.5.0.1/24");
    assertThat(lab.links()).extracting("name").doesNotContain("graft2", "graft3");
  }

  /// Whatever subnet it wants: the link is one, or will be.
  @Test
  void aBridgeIsOneEnginesUntilThatEnds() throws Exception {
    NetworkLab.Child first = lab.another("graft1", "10.5.0.1/24");
    assertThat(first.ask("restore")).isEqualTo("ok");
    for (String[] options : new String[][] {{"graft1"}, {"graft1", "10.6.0.1/24"}}) {
      assertThat(lab.another(options).ask("restore"))
          .startsWith("error FORBIDDEN the bridge graft1 is that of another engine, process ")
          .contains(
              first.pid() + " with the run directory " + directory.resolve("run-0"),
              "give this one a bridge of its own with --bridge NAME");
    }
    assertThat(attach(first, "a a bridge").address()).isEqualTo("10.5.0.2");
    assertThat(lab.another("graft2").ask("restore")).isEqualTo("ok");
    // Each network namespace has a bridge of that name.
    Networks.claim(Networks.Config.in(directory).withBridge("graft1", Optional.empty())).close();

    first.kill();
    NetworkLab.Child next = lab.another("graft1");
    assertThat(next.ask("restore")).isEqualTo("ok");
    assertThat(next.ask("ipam")).contains("10.5.0.0/24");
    assertThat(lab.another("graft1").ask("restore")).contains("process " + next.pid() + " with");
    assertThat(next.ask("quit")).isEqualTo("ok");
    assertThat(lab.another("graft1").ask("restore")).isEqualTo("ok");
  }

  @Test
  void enginesThatChoseTheSameSubnetDoNotGetTheSame() throws Exception {
    List<NetworkLab.Child> engines =
        List.of(lab.another("graft1"), lab.another("graft2"), lab.another("graft3"));
    for (NetworkLab.Child engine : engines) {
      assertThat(engine.ask("restore")).isEqualTo("ok");
      assertThat(engine.ask("ipam")).contains("172.17.0.0/16");
    }
    assertThat(attach(engines.get(0), "a a bridge").address()).isEqualTo("172.17.0.2");
    Endpoint second = attach(engines.get(1), "a a bridge");
    assertThat(second.address()).isEqualTo("172.18.0.2");
    assertThat(second.gateway()).isEqualTo("172.18.0.1");
    assertThat(engines.get(1).ask("ipam")).contains("172.18.0.0/16");
    assertThat(attach(engines.get(2), "a a bridge").address()).isEqualTo("172.19.0.2");
    Path there = directory.resolve("run-1/netns/a");
    try (ServerSocket host = NetworkLab.serve(lab.host(), 81)) {
      assertThat(host.isBound()).isTrue();
      assertThat(NetworkLab.hello(there, "172.18.0.1", 81)).isEqualTo("hello from 172.18.0.2");
    }
  }

  @Test
  void aNetworkWhoseChosenSubnetWasTakenSinceGetsAnother() throws Exception {
    NetworkLab.Child engine = lab.start(FirewallChoice.NONE, "graft1");
    assertThat(engine.ask("restore")).isEqualTo("ok");
    engine.ask("create chosen bridge");
    engine.ask("create asked bridge 10.6.0.0/24");
    bridge("br9", "172.18.0.1/16");
    lab.onHost("ip", "address", "add", "10.6.0.9/24", "dev", "br9");
    assertThat(attach(engine, "a a chosen").address()).isEqualTo("172.19.0.2");
    assertThat(attach(engine, "b b asked").address()).isEqualTo("10.6.0.2");
    // It has that subnet from then on, and nobody else gets it.
    engine.ask("create next bridge");
    assertThat(attach(engine, "c c next").address()).isEqualTo("172.20.0.2");
    engine.kill();
    engine = lab.start(FirewallChoice.NONE, "graft1");
    assertThat(engine.ask("restore a b c")).isEqualTo("ok");
    assertThat(attach(engine, "d d chosen").address()).isEqualTo("172.19.0.3");
  }

  @Test
  void anEngineTakesItsBridgeAgainAfterAKillAndMovesItWhenToldTo() throws Exception {
    NetworkLab.Child engine = lab.start(FirewallChoice.NONE);
    engine.ask("restore");
    engine.ask("create net bridge");
    attach(engine, "a a bridge");
    attach(engine, "b b net");
    engine.kill();
    engine = lab.start(FirewallChoice.NONE, "graft0", "172.17.0.1/16");
    assertThat(engine.ask("restore a b")).isEqualTo("ok");
    assertThat(attach(engine, "c c bridge").address()).isEqualTo("172.17.0.3");
    assertThat(attach(engine, "d d net").address()).isEqualTo("172.18.0.3");
    engine.kill();
    engine = lab.start(FirewallChoice.NONE, "graft0", "10.7.0.1/24");
    assertThat(engine.ask("restore a b c d"))
        .contains("has the subnet 172.17.0.0/16", "is configured for 10.7.0.0/24", "stop them");
    engine = lab.start(FirewallChoice.NONE);
    assertThat(engine.ask("restore")).isEqualTo("ok");
    assertThat(engine.ask("quit")).isEqualTo("ok");
    engine = lab.start(FirewallChoice.NONE, "graft0", "172.18.0.1/24");
    assertThat(engine.ask("restore"))
        .contains("the bridge graft0 cannot have", "network net has 172.18.0.0/16");
    engine = lab.start(FirewallChoice.NONE, "graft0", "10.7.0.1/24");
    assertThat(engine.ask("restore")).isEqualTo("ok");
    assertThat(attach(engine, "e e bridge").address()).isEqualTo("10.7.0.2");
    assertThat(lab.onHost("ip", "-4", "address", "show", "dev", "graft0"))
        .contains("10.7.0.1/24")
        .doesNotContain("172.17");
  }
}

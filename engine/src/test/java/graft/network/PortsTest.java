package graft.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Ports on loopback addresses of this machine, which nothing else is likely to use.
final class PortsTest {
  private static final String HOST = "127.77.0.1";

  private final Ports ports = new Ports(Ground.OWN, 41_000, 41_002);

  @AfterEach
  void close() {
    ports.close();
  }

  private static PortPlan plan(String ip, int low, int high) {
    return new PortPlan(80, "tcp", ip, low, high);
  }

  private Ports.Lease lease(PortPlan... plans) {
    return ports.lease("who", "127.77.0.2", List.of(plans));
  }

  @ParameterizedTest
  @CsvSource({
    "80/tcp, '', '', 80, tcp, 0, 0",
    "80, '', 0, 80, tcp, 0, 0",
    "80/tcp, ::, 80, 80, tcp, 80, 80",
    "80/udp, 1.2.3.4, 8000, 80, udp, 8000, 8000",
    "80/sctp, ::1, 8000-8010, 80, sctp, 8000, 8010"
  })
  void understandsBindings(
      String target, String ip, String port, int container, String protocol, int low, int high) {
    TreeMap<String, List<PortBinding>> asked = new TreeMap<>();
    asked.put(target, List.of(new PortBinding(ip, port)));
    assertThat(PortPlan.of(request(asked, false)))
        .containsExactly(new PortPlan(container, protocol, ip, low, high));
  }

  @ParameterizedTest
  @CsvSource({
    "x/tcp, '', '', 'invalid port specification: \"x\"'",
    "80/foo, '', '', 'invalid proto: foo'",
    "80/tcp, '', x, 'invalid port specification: \"x\"'",
    "80/tcp, '', 70000, 'invalid port specification: \"70000\"'",
    "80/tcp, '', 9-8, 'invalid port specification: \"9-8\"'",
    "80/tcp, a.example, 80, 'invalid IP address: \"a.example\"'",
    "80/tcp, :::1::, 80, 'invalid IP address: \":::1::\"'",
    "80/tcp, 1.2.3.400, 80, 'invalid IP address: \"1.2.3.400\"'"
  })
  void refusesOthers(String target, String ip, String port, String message) {
    TreeMap<String, List<PortBinding>> asked = new TreeMap<>();
    asked.put(target, List.of(new PortBinding(ip, port)));
    assertThatThrownBy(() -> PortPlan.of(request(asked, false)))
        .isInstanceOf(GraftException.class)
        .hasMessage(message);
  }

  @Test
  void publishesWhatIsExposedOnlyWhenAskedTo() {
    TreeMap<String, List<PortBinding>> asked = new TreeMap<>();
    asked.put("80/tcp", List.of(new PortBinding("", "8080")));
    assertThat(PortPlan.of(request(asked, false))).hasSize(1);
    assertThat(PortPlan.of(request(asked, true)))
        .containsExactly(
            new PortPlan(80, "tcp", "", 8080, 8080), new PortPlan(443, "tcp", "", 0, 0));
  }

  private static AttachRequest request(SortedMap<String, List<PortBinding>> asked, boolean all) {
    return new AttachRequest(
        "id",
        "name",
        "host",
        NetworkMode.BRIDGE,
        asked,
        Set.of("80/tcp", "443/tcp"),
        all,
        List.of(),
        java.util.Optional.empty());
  }

  @Test
  void aPortIsHadOncePerAddress() {
    Ports.Lease first = lease(plan(HOST, 41_100, 41_100));
    assertThatThrownBy(() -> lease(plan(HOST, 41_100, 41_100)))
        .hasMessage("who: Bind for 127.77.0.1:41100 failed: port is already allocated");
    assertThatThrownBy(() -> lease(plan("", 41_100, 41_100)))
        .hasMessage("who: Bind for 0.0.0.0:41100 failed: port is already allocated");
    assertThat(lease(plan("127.77.0.3", 41_100, 41_100)).ports()).hasSize(1);
    assertThat(lease(plan(HOST, 41_100, 41_101)).ports().getFirst().hostPort()).isEqualTo(41_101);
    first.close();
    assertThat(lease(plan(HOST, 41_100, 41_100)).ports()).hasSize(1);
  }

  @Test
  void aFailureGivesBackWhatWasHadBefore() {
    lease(plan(HOST, 41_110, 41_110));
    assertThatThrownBy(() -> lease(plan(HOST, 41_111, 41_111), plan(HOST, 41_110, 41_110)))
        .isInstanceOf(GraftException.class);
    assertThat(lease(plan(HOST, 41_111, 41_111)).ports()).hasSize(1);
  }

  @Test
  void anotherProgramsPortIsSeen() throws IOException {
    try (ServerSocket other = new ServerSocket(41_120, 1, InetAddress.ofLiteral(HOST))) {
      assertThat(other.isBound()).isTrue();
      assertThatThrownBy(() -> lease(plan(HOST, 41_120, 41_120)))
          .hasMessage(
              "who: failed to bind host port for 127.77.0.1:41120:127.77.0.2:80/tcp:"
                  + " address already in use");
      assertThat(lease(plan(HOST, 41_120, 41_121)).ports().getFirst().hostPort()).isEqualTo(41_121);
    }
  }

  @Test
  void anyFreePortIsTakenInTurnUntilThereIsNone() {
    assertThat(lease(plan(HOST, 0, 0)).ports().getFirst().hostPort()).isEqualTo(41_000);
    Ports.Lease second = lease(plan(HOST, 0, 0));
    assertThat(lease(plan(HOST, 0, 0)).ports().getFirst().hostPort()).isEqualTo(41_002);
    second.close();
    assertThat(lease(plan(HOST, 0, 0)).ports().getFirst().hostPort()).isEqualTo(41_001);
    assertThatThrownBy(() -> lease(plan(HOST, 0, 0))).isInstanceOf(GraftException.class);
  }

  @Test
  void theProxyCarriesBothDirectionsAndTheEndOfEach() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.77.0.2"))) {
      Thread.startVirtualThread(() -> {
        try (Socket client = server.accept()) {
          byte[] all = client.getInputStream().readAllBytes();
          client.getOutputStream().write(all);
        } catch (IOException e) {
          return;
        }
      });
      PortPlan plan = new PortPlan(server.getLocalPort(), "tcp", HOST, 41_130, 41_130);
      ports.lease("who", "127.77.0.2", List.of(plan));
      try (Socket client = new Socket(InetAddress.ofLiteral(HOST), 41_130)) {
        client.setSoTimeout(10_000);
        PrintWriter out = new PrintWriter(client.getOutputStream(), true, StandardCharsets.UTF_8);
        out.print("x".repeat(200_000));
        out.flush();
        client.shutdownOutput();
        assertThat(client.getInputStream().readAllBytes()).hasSize(200_000);
      }
    }
  }

  @Test
  void aContainerThatDoesNotListenEndsTheConnection() throws IOException {
    ports.lease("who", "127.77.0.9", List.of(plan(HOST, 41_140, 41_140)));
    try (Socket client = new Socket(InetAddress.ofLiteral(HOST), 41_140)) {
      client.setSoTimeout(10_000);
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
      assertThatThrownBy(in::readLine).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aRecordIsTakenUpEvenIfItsPortIsGone() throws IOException {
    PublishedPort port = new PublishedPort(80, "tcp", HOST, 41_150);
    try (ServerSocket other = new ServerSocket(41_150, 1, InetAddress.ofLiteral(HOST))) {
      assertThat(other.isBound()).isTrue();
      Ports.Lease lease = ports.restore("127.77.0.2", List.of(port));
      assertThat(lease.ports()).containsExactly(port);
      assertThat(lease.warnings()).hasSize(1);
      assertThatThrownBy(() -> lease(plan(HOST, 41_150, 41_150)))
          .hasMessageContaining("already allocated");
    }
  }
}

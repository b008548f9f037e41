package graft.docker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.docker.tls.TlsListener;
import graft.tls.Mutual;
import graft.tls.TestCertificates;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The same over TCP and TLS, and who is not let in.
class HttpOverTlsTest extends HostileClientsContract {
  @TempDir static Path certificates;
  private static SSLContext client;
  private final LinkedBlockingQueue<String> refused = new LinkedBlockingQueue<>();
  private TlsListener listener;

  @BeforeAll
  static void certificates() throws Exception {
    assumeTrue(TestCertificates.possible(), "openssl is not installed");
    TestCertificates.make(certificates);
    client = Mutual.in(certificates.resolve("client")).context();
  }

  @BeforeEach
  void listen() throws IOException {
    SSLContext server = Mutual.in(certificates.resolve("server")).context();
    listener = TlsListener.start("127.0.0.1", 0, server, socket(), refused::add);
  }

  @AfterEach
  void hush() throws IOException {
    listener.close();
  }

  @Override
  Peer connect() throws IOException {
    SSLSocket socket =
        (SSLSocket) client.getSocketFactory().createSocket("127.0.0.1", listener.port());
    return new Tls(socket, socket.getInputStream(), socket.getOutputStream());
  }

  @Override
  int crowd() {
    return 50;
  }

  private record Tls(SSLSocket socket, InputStream in, OutputStream out) implements Peer {
    @Override
    public void closeOutput() throws IOException {
      socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /// What `openssl s_client` says, having sent a request. Being `-quiet`, it goes on after the end
  /// of its input until the server closes.
  private String sClient(String options) throws Exception {
    Process process =
        new ProcessBuilder(
                "bash",
                "-c",
                "printf 'GET /plain HTTP/1.1\\r\\nHost: d\\r\\nConnection: close\\r\\n\\r\\n' |"
                    + " openssl s_client -quiet -CAfile ca.pem -connect 127.0.0.1:"
                    + listener.port()
                    + " "
                    + options)
            .directory(certificates.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_3", "-tls1_2"})
  void aClientWithACertificateIsServed(String version) throws Exception {
    assertThat(sClient(version + " -cert client/cert.pem -key client/key.pem"))
        .contains("HTTP/1.1 200 OK")
        .contains("hello");
    assertThat(refused).isEmpty();
  }

  /// Options of the client, our reason, its error. Nothing is answered.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-tls1_3 | it showed no certificate of the authority of --tlscacert | alert",
        "-tls1_2 | it showed no certificate of the authority of --tlscacert | alert",
        "-cert stranger/cert.pem -key stranger/key.pem | its certificate is not of the authority of"
            + " --tlscacert | alert",
        "-tls1_2 -cert stranger/cert.pem -key stranger/key.pem | its certificate is not of the"
            + " authority of --tlscacert | alert",
        "-cert expired/cert.pem -key expired/key.pem | its certificate has expired | alert",
        "-cert server/cert.pem -key server/key.pem | Extended key usage | alert",
        "-tls1_1 -cipher DEFAULT@SECLEVEL=0 -cert client/cert.pem -key client/key.pem | TLSv1.1 |"
            + " alert",
      })
  void othersAreRefused(String options, String reason, String error) throws Exception {
    assertThat(sClient(options)).contains(error).doesNotContain("HTTP/1.1").doesNotContain("hello");
    assertThat(refused.poll(60, TimeUnit.SECONDS))
        .startsWith("refused /127.0.0.1:")
        .contains(reason)
        .doesNotContain("\n");
  }

  @Test
  void plainHttpIsNotAnswered() throws Exception {
    try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
      plain.getOutputStream().write("GET /plain HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      String answer =
          new String(plain.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(answer).doesNotContain("HTTP").hasSizeLessThan(16);
    }
    assertThat(refused.poll(60, TimeUnit.SECONDS)).contains("refused");
  }

  @Test
  void manyClientsAtOnce() throws Exception {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      peers.add(connect());
      send(peers.get(i), "GET /plain HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
    }
    for (Peer peer : peers) {
      assertThat(readAll(peer)).endsWith("hello");
      peer.close();
    }
  }
}

package graft.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.runtime.LogReader;
import graft.runtime.Runtime.Streams.Source;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real sockets at the other end.
class LogSinksTest {
  private static final String MESSAGE = "<30>1 \\S+ host 0123456789ab \\d+ 0123456789ab - said";

  @TempDir Path directory;

  private static LogInfo info(String address) {
    return new LogInfo(
        "0123456789abcdef",
        "name",
        "sha256:fe",
        "image:1",
        List.of("x"),
        "host",
        Map.of("syslog-address", address, "syslog-format", "rfc5424"),
        Map.of(),
        List.of());
  }

  private static LogReader.Entry entry() {
    return new LogReader.Entry(
        Instant.now(), Source.STDOUT, "said\n".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void udp() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        LogSink sink = SyslogSink.open(info("udp://127.0.0.1:" + socket.getLocalPort()))) {
      sink.send(entry());
      DatagramPacket packet = new DatagramPacket(new byte[1000], 1000);
      socket.setSoTimeout(60_000);
      socket.receive(packet);
      assertThat(
              new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8).strip())
          .matches(MESSAGE);
    }
  }

  @Test
  void tcp() throws IOException {
    int port;
    try (ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      port = server.getLocalPort();
      try (LogSink sink = SyslogSink.open(info("tcp://127.0.0.1:" + port));
          Socket client = server.accept();
          BufferedReader lines =
              new BufferedReader(
                  new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))) {
        sink.send(entry());
        sink.send(entry());
        assertThat(lines.readLine()).matches(MESSAGE);
        assertThat(lines.readLine()).matches(MESSAGE);
      }
    }
    assertThatThrownBy(() -> SyslogSink.open(info("tcp://127.0.0.1:" + port)))
        .hasMessage(
            "failed to initialize logging driver: dial tcp 127.0.0.1:"
                + port
                + ": connect: connection refused");
  }

  @Test
  void aUnixSocketOfStreams() throws IOException {
    Path path = directory.resolve("log");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      try (LogSink sink = SyslogSink.open(info("unix://" + path));
          SocketChannel client = server.accept();
          BufferedReader lines =
              new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8))) {
        sink.send(entry());
        assertThat(lines.readLine()).matches(MESSAGE);
      }
    }
  }

  /// Java cannot receive these.
  private static Process receiver(Path path, Path into) throws IOException, InterruptedException {
    Process python =
        new ProcessBuilder(
                "python3",
                "-c",
                "import socket,sys\n"
                    + "s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\n"
                    + "s.bind(sys.argv[1])\n"
                    + "open(sys.argv[2],'wb').write(s.recv(100000))\n",
                path.toString(),
                into.toString())
            .inheritIO()
            .start();
    for (int i = 0; i < 1200 && !Files.exists(path); i++) {
      Thread.sleep(50);
    }
    return python;
  }

  @Test
  void unixSocketsOfDatagrams() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "there is no python3");
    Path path = directory.resolve("dgram");
    Path got = directory.resolve("got");
    Process python = receiver(path, got);
    try (LogSink sink = SyslogSink.open(info("unix://" + path))) {
      sink.send(entry());
    }
    assertThat(python.waitFor()).isZero();
    assertThat(Files.readString(got).strip()).matches(MESSAGE);
    Path journal = directory.resolve("journal");
    python = receiver(journal, got);
    try (LogSink sink = JournalSink.open(info(""), journal)) {
      sink.send(entry());
    }
    assertThat(python.waitFor()).isZero();
    assertThat(Files.readString(got))
        .startsWith("MESSAGE=said\nPRIORITY=6\n")
        .contains("\nCONTAINER_ID_FULL=0123456789abcdef\n", "\nIMAGE_NAME=image:1\n");
    assertThatThrownBy(() -> JournalSink.open(info(""), directory.resolve("none")))
        .hasMessage("failed to initialize logging driver: journald is not enabled on this host");
  }
}

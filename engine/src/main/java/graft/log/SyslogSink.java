package graft.log;

import graft.linux.Descriptor;
import graft.runtime.LogReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A connection to a syslog.
public final class SyslogSink implements LogSink {
  private static final List<Path> LOCAL =
      List.of(Path.of("/dev/log"), Path.of("/var/run/syslog"), Path.of("/var/run/log"));
  private static final int PATIENCE_MILLIS = 10_000;

  private interface Line extends Closeable {
    void write(byte[] message) throws IOException;
  }

  private final Syslog syslog;
  private final String host;
  private final String tag;
  private final Line line;

  private SyslogSink(Syslog syslog, LogInfo info, Line line) {
    this.syslog = syslog;
    this.host = info.host();
    this.tag = info.tag("{{.ID}}");
    this.line = line;
  }

  public static SyslogSink open(LogInfo info) throws IOException {
    Syslog syslog = Syslog.of(info.options());
    return new SyslogSink(syslog, info, connect(syslog.address()));
  }

  private static Line connect(Optional<Syslog.Address> address) throws IOException {
    if (address.isEmpty()) {
      Path local =
          LOCAL.stream()
              .filter(Files::exists)
              .findFirst()
              .orElseThrow(() -> LogSink.refused("Unix syslog delivery error"));
      return unix(local);
    }
    return switch (address.get()) {
      case Syslog.Address.Unix u -> unix(u.path());
      case Syslog.Address.Udp u -> udp(u);
      case Syslog.Address.Tcp t -> tcp(t);
    };
  }

  private static Line udp(Syslog.Address.Udp to) throws IOException {
    DatagramSocket socket = new DatagramSocket();
    try {
      socket.connect(new InetSocketAddress(InetAddress.getByName(to.host()), to.port()));
    } catch (IOException e) {
      socket.close();
      throw LogSink.refused("dial udp " + to.host() + ":" + to.port() + ": " + e.getMessage());
    }
    return new Line() {
      @Override
      public void write(byte[] message) throws IOException {
        try {
          socket.send(new DatagramPacket(message, message.length));
        } catch (java.net.PortUnreachableException e) {
          // Nobody listens just now. A datagram is not promised to arrive.
          return;
        }
      }

      @Override
      public void close() {
        socket.close();
      }
    };
  }

  private static Line tcp(Syslog.Address.Tcp to) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(to.host(), to.port()), PATIENCE_MILLIS);
    } catch (IOException e) {
      socket.close();
      String why =
          e instanceof java.net.ConnectException ? "connect: connection refused" : e.getMessage();
      throw LogSink.refused("dial tcp " + to.host() + ":" + to.port() + ": " + why);
    }
    return new Line() {
      @Override
      public void write(byte[] message) throws IOException {
        socket.getOutputStream().write(message);
      }

      @Override
      public void close() throws IOException {
        socket.close();
      }
    };
  }

  /// A stream if it is one, else datagrams, of which Java knows nothing.
  private static Line unix(Path path) throws IOException {
    SocketChannel stream = SocketChannel.open(java.net.StandardProtocolFamily.UNIX);
    try {
      stream.connect(UnixDomainSocketAddress.of(path));
      return new Line() {
        @Override
        public void write(byte[] message) throws IOException {
          ByteBuffer bytes = ByteBuffer.wrap(message);
          while (bytes.hasRemaining()) {
            stream.write(bytes);
          }
        }

        @Override
        public void close() throws IOException {
          stream.close();
        }
      };
    } catch (IOException e) {
      stream.close();
    }
    Descriptor datagrams;
    try {
      datagrams = Descriptor.connectDatagram(path);
    } catch (IOException e) {
      throw LogSink.refused("dial unix " + path + ": " + e.getMessage());
    }
    return new Line() {
      @Override
      public void write(byte[] message) throws IOException {
        datagrams.write(message, 0, message.length);
      }

      @Override
      public void close() {
        datagrams.close();
      }
    };
  }

  @Override
  public void send(LogReader.Entry entry) throws IOException {
    long pid = ProcessHandle.current().pid();
    line.write(syslog.message(entry.source(), entry.at(), host, tag, pid, entry.text()));
  }

  @Override
  public void close() {
    try {
      line.close();
    } catch (IOException e) {
      // What was to be sent is sent.
      return;
    }
  }
}

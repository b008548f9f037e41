package graft.network;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.DatagramChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The same as [TcpProxy] for UDP: each client gets a socket of its own towards the container, as
/// long as one of the two says something now and then.
final class UdpProxy implements AutoCloseable {
  private static final int IDLE_MILLIS = 60_000;
  private static final int LARGEST = 65_535;

  /// Clients at one time; a flood of forged senders costs no more than this.
  private static final int MOST = 1024;

  private final DatagramSocket socket;
  private final InetSocketAddress target;
  private final Ground ground;
  private final Map<SocketAddress, DatagramSocket> clients = new ConcurrentHashMap<>();
  private @Nullable Thread receiver;

  /// @param ground where the container can be reached
  UdpProxy(DatagramChannel channel, InetSocketAddress target, Ground ground) {
    this.ground = ground;
    this.socket = channel.socket();
    this.target = target;
  }

  void start() {
    receiver = Thread.ofVirtual().name("udp-proxy-" + target).start(this::receive);
  }

  private void receive() {
    DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
    while (!socket.isClosed()) {
      try {
        packet.setLength(LARGEST);
        socket.receive(packet);
        DatagramSocket onward = onward(packet.getSocketAddress());
        if (onward != null) {
          onward.send(new DatagramPacket(packet.getData(), packet.getLength()));
        }
      } catch (IOException _) {
        // Nobody listens in the container (yet), or the socket was closed: a lost datagram.
      }
    }
  }

  private @Nullable DatagramSocket onward(SocketAddress client) throws IOException {
    DatagramSocket known = clients.get(client);
    if (known != null) {
      return known;
    }
    if (clients.size() >= MOST) {
      return null;
    }
    DatagramSocket fresh = ground.inside(DatagramSocket::new);
    fresh.connect(target);
    fresh.setSoTimeout(IDLE_MILLIS);
    clients.put(client, fresh);
    Thread.startVirtualThread(() -> answer(client, fresh));
    return fresh;
  }

  private void answer(SocketAddress client, DatagramSocket from) {
    DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
    try (from) {
      while (!socket.isClosed()) {
        packet.setLength(LARGEST);
        from.receive(packet);
        socket.send(new DatagramPacket(packet.getData(), packet.getLength(), client));
      }
    } catch (SocketTimeoutException e) {
      return;
    } catch (IOException e) {
      // The container refused or the proxy was closed: the client's next datagram starts anew.
      return;
    } finally {
      clients.remove(client, from);
    }
  }

  @Override
  public void close() {
    socket.close();
    TcpProxy.end(receiver);
    clients.values().forEach(DatagramSocket::close);
  }
}

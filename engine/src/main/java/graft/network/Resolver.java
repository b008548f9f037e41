package graft.network;

import graft.linux.LocalNat;
import graft.linux.LocalNat.Redirect;
import graft.linux.NetworkNamespaces;
import graft.network.DnsMessage.Question;
import graft.network.NameService.Upstream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/// The name server at 127.0.0.11 of one container. Its sockets are in the container's namespace at
/// ports of their own, to which port 53 is redirected: so a container may have a name server
/// itself. They end with the engine, and the next engine makes new ones.
final class Resolver implements AutoCloseable {
  static final String ADDRESS = "127.0.0.11";

  private static final String TABLE = "graft-names";
  private static final int PORT = 53;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int LARGEST = 65_535;

  /// A question is a name; what is longer is none of ours. Each container has such a buffer.
  private static final int LARGEST_QUESTION = 2048;

  private static final int PATIENCE_MILLIS = 4000;
  private static final int IDLE_MILLIS = 10_000;
  private static final int MOST_SERVERS = 3;

  /// Questions of one container at a time; more are dropped, and it asks again.
  private static final int MOST_AT_ONCE = 256;

  private final Path namespace;
  private final NameService names;
  private final DatagramChannel datagrams;
  private final ServerSocketChannel listener;
  private final Semaphore room = new Semaphore(MOST_AT_ONCE);

  private Resolver(
      Path namespace, NameService names, DatagramChannel datagrams, ServerSocketChannel listener) {
    this.namespace = namespace;
    this.names = names;
    this.datagrams = datagrams;
    this.listener = listener;
  }

  /// Listens in that namespace, whose loopback is up.
  static Resolver start(Path namespace, NameService names) throws IOException {
    Resolver resolver =
        NetworkNamespaces.inside(
            namespace,
            () -> {
              Inet4Address address = (Inet4Address) InetAddress.ofLiteral(ADDRESS);
              try {
                Resolver made = listen(namespace, names, address, 0);
                redirect(made, address);
                return made;
              } catch (RedirectionFailed e) {
                // No nf_tables: then at the port itself, which the container's programs must leave.
                return listen(namespace, names, address, PORT);
              }
            });
    Thread.ofVirtual().name("names-udp").start(resolver::receive);
    Thread.ofVirtual().name("names-tcp").start(resolver::accept);
    return resolver;
  }

  private static final class RedirectionFailed extends IOException {
    private static final long serialVersionUID = 1;

    RedirectionFailed(IOException cause) {
      super(cause);
    }
  }

  private static Resolver listen(Path namespace, NameService names, Inet4Address address, int port)
      throws IOException {
    DatagramChannel datagrams = DatagramChannel.open(StandardProtocolFamily.INET);
    try {
      datagrams.bind(new InetSocketAddress(address, port));
      ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.INET);
      try {
        listener.bind(new InetSocketAddress(address, port));
        return new Resolver(namespace, names, datagrams, listener);
      } catch (IOException e) {
        listener.close();
        throw e;
      }
    } catch (IOException e) {
      datagrams.close();
      throw e;
    }
  }

  private static void redirect(Resolver made, Inet4Address address) throws IOException {
    try {
      int udp = ((InetSocketAddress) made.datagrams.getLocalAddress()).getPort();
      int tcp = ((InetSocketAddress) made.listener.getLocalAddress()).getPort();
      LocalNat.set(
          TABLE, address, List.of(new Redirect(UDP, PORT, udp), new Redirect(TCP, PORT, tcp)));
    } catch (IOException e) {
      made.close();
      throw new RedirectionFailed(e);
    }
  }

  // ---- UDP

  private void receive() {
    ByteBuffer packet = ByteBuffer.allocate(LARGEST_QUESTION);
    while (datagrams.isOpen()) {
      try {
        packet.clear();
        SocketAddress client = datagrams.receive(packet);
        packet.flip();
        byte[] query = new byte[packet.remaining()];
        packet.get(query);
        if (client != null && room.tryAcquire()) {
          Thread.startVirtualThread(() -> {
            try {
              answer(client, query);
            } finally {
              room.release();
            }
          });
        }
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException _) {
        // A client that went away before its answer came: the next one may still be there.
      }
    }
  }

  private void answer(SocketAddress client, byte[] query) {
    try {
      Optional<byte[]> answer = answer(query, true);
      if (answer.isPresent()) {
        datagrams.send(ByteBuffer.wrap(answer.get()), client);
      }
    } catch (IOException e) {
      // It asks again.
      return;
    }
  }

  // ---- TCP

  private void accept() {
    while (listener.isOpen()) {
      try {
        SocketChannel client = listener.accept();
        if (room.tryAcquire()) {
          Thread.startVirtualThread(() -> {
            try {
              serve(client);
            } finally {
              room.release();
            }
          });
        } else {
          client.close();
        }
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException _) {
        // Out of descriptors, or the client gave up: the next one may have more luck.
      }
    }
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      Socket socket = channel.socket();
      socket.setSoTimeout(IDLE_MILLIS);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      DataOutputStream out = new DataOutputStream(Channels.newOutputStream(channel));
      while (listener.isOpen()) {
        byte[] query = new byte[in.readUnsignedShort()];
        in.readFully(query);
        Optional<byte[]> answer = answer(query, false);
        if (answer.isEmpty()) {
          return;
        }
        write(out, answer.get());
      }
    } catch (EOFException e) {
      // It has asked all it wanted.
      return;
    } catch (IOException e) {
      // It broke the connection, or says nothing.
      return;
    }
  }

  private static void write(DataOutputStream out, byte[] message) throws IOException {
    byte[] framed = new byte[message.length + 2];
    ByteBuffer.wrap(framed).putShort((short) message.length).put(message);
    out.write(framed);
    out.flush();
  }

  // ---- answers

  private Optional<byte[]> answer(byte[] query, boolean datagram) {
    Optional<Question> asked = DnsMessage.question(query);
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    Question question = asked.get();
    switch (question.type()) {
      case DnsMessage.A, DnsMessage.AAAA -> {
        Optional<List<InetAddress>> known =
            names.addresses(question.name(), question.type() == DnsMessage.A);
        if (known.isPresent()) {
          List<InetAddress> shuffled = new ArrayList<>(known.get());
          Collections.shuffle(shuffled);
          return Optional.of(DnsMessage.addresses(question, shuffled, datagram));
        }
      }
      case DnsMessage.PTR -> {
        Optional<String> known = question.reversed().flatMap(names::name);
        if (known.isPresent()) {
          return Optional.of(DnsMessage.name(question, known.get()));
        }
      }
      default -> {
        if (names.addresses(question.name(), true).isPresent()) {
          return Optional.of(DnsMessage.failure(question, DnsMessage.OK));
        }
      }
    }
    return Optional.of(forward(question, datagram));
  }

  private byte[] forward(Question question, boolean datagram) {
    List<Upstream> servers = names.upstreams();
    for (Upstream server : servers.subList(0, Math.min(MOST_SERVERS, servers.size()))) {
      try {
        return datagram ? byDatagram(server, question) : byStream(server, question);
      } catch (IOException _) {
        // The next server may know.
      }
    }
    return DnsMessage.failure(question, DnsMessage.SERVER_FAILURE);
  }

  /// From a new socket each time: its random port is half of what keeps forged answers out.
  private byte[] byDatagram(Upstream server, Question question) throws IOException {
    DatagramChannel channel = from(server, DatagramChannel::open);
    try (channel) {
      channel.connect(new InetSocketAddress(server.address(), PORT));
      channel.write(ByteBuffer.wrap(question.bytes()));
      channel.socket().setSoTimeout(PATIENCE_MILLIS);
      long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
      DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
      while (System.nanoTime() < end) {
        packet.setLength(LARGEST);
        channel.socket().receive(packet);
        byte[] bytes = Arrays.copyOf(packet.getData(), packet.getLength());
        if (DnsMessage.answers(bytes, question)) {
          return bytes;
        }
      }
      throw new IOException("no answer from " + server.address());
    }
  }

  private byte[] byStream(Upstream server, Question question) throws IOException {
    SocketChannel channel = from(server, SocketChannel::open);
    try (channel) {
      Socket socket = channel.socket();
      socket.connect(new InetSocketAddress(server.address(), PORT), PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      write(new DataOutputStream(socket.getOutputStream()), question.bytes());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] bytes = new byte[in.readUnsignedShort()];
      in.readFully(bytes);
      if (!DnsMessage.answers(bytes, question)) {
        throw new IOException("another answer from " + server.address());
      }
      return bytes;
    }
  }

  private <T> T from(Upstream server, NetworkNamespaces.Inside<T> open) throws IOException {
    return server.fromHost() ? open.call() : NetworkNamespaces.inside(namespace, open);
  }

  @Override
  public void close() throws IOException {
    datagrams.close();
    listener.close();
  }
}

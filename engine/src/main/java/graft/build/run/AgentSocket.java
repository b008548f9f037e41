package graft.build.run;

import graft.build.BuildClient;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A socket in a RUN behind which an agent of the client's is: each connection is one to it.
final class AgentSocket implements Closeable {
  private static final System.Logger LOG = System.getLogger(AgentSocket.class.getName());

  private final BuildClient client;
  private final String id;
  private final Path place;
  private final ServerSocketChannel server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private AgentSocket(BuildClient client, String id, Path place, ServerSocketChannel server) {
    this.client = client;
    this.id = id;
    this.place = place;
    this.server = server;
  }

  /// Empty if the client has no such agent.
  static Optional<AgentSocket> open(BuildClient client, String id, Path place)
      throws IOException, InterruptedException {
    Optional<BuildClient.Connection> probe = client.sshAgent(id);
    if (probe.isEmpty()) {
      return Optional.empty();
    }
    probe.get().close();
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(place));
    AgentSocket socket = new AgentSocket(client, id, place, server);
    socket.threads.execute(socket::accept);
    return Optional.of(socket);
  }

  private void accept() {
    while (true) {
      try {
        SocketChannel connection = server.accept();
        threads.execute(() -> serve(connection));
      } catch (IOException e) {
        return; // the step has ended
      }
    }
  }

  private void serve(SocketChannel connection) {
    try (connection;
        BuildClient.Connection agent =
            client.sshAgent(id).orElseThrow(() -> new IOException("the agent is gone"))) {
      Thread back =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  copy(agent.in(), Channels.newOutputStream(connection));
                } catch (IOException e) {
                  LOG.log(System.Logger.Level.DEBUG, "agent {0}: {1}", id, e);
                }
              });
      try (OutputStream out = agent.out()) {
        copy(Channels.newInputStream(connection), out);
      }
      back.join();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "agent {0}: {1}", id, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void copy(InputStream in, OutputStream out) throws IOException {
    byte[] buffer = new byte[16 * 1024];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      out.write(buffer, 0, n);
      out.flush();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    threads.shutdownNow();
    Files.deleteIfExists(place);
  }
}

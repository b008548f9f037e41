package graft.docker.http;

import io.helidon.webserver.http.Handler;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Accepts the connections of a unix socket, each on a virtual thread. Whatever clients do, new
/// ones are heard: a head has a deadline, and where there are too many connections, or no file
/// descriptor is left, those that ask nothing are let go, the oldest first.
final class Listener implements AutoCloseable {
  private static final int BACKLOG = 1024;
  private static final int MOST = 8192;
  private static final int AT_ONCE = 16;
  private static final Duration LONGEST_HEAD = Duration.ofMinutes(1);
  private static final Duration LONGEST_LINGER = Duration.ofSeconds(30);
  private static final Duration GRACE = Duration.ofMillis(200);
  private static final Duration QUIET = Duration.ofSeconds(10);
  private static final long BUSY = 0;
  private static final long GIVEN_UP = -1;

  private final ServerSocketChannel server;
  private final Http1 http;
  private final Consumer<String> troubles;
  private final int most;
  private final Set<Client> clients = ConcurrentHashMap.newKeySet();
  private final AtomicLong order = new AtomicLong();
  private final AtomicLong quietUntil = new AtomicLong(System.nanoTime());
  private final ScheduledThreadPoolExecutor timer;

  private Listener(
      ServerSocketChannel server, Handler handler, int most, Consumer<String> troubles) {
    this.server = server;
    this.http = new Http1(handler);
    this.troubles = troubles;
    this.most = most;
    this.timer =
        new ScheduledThreadPoolExecutor(
            1, task -> Thread.ofPlatform().daemon().name("http-deadlines").unstarted(task));
    timer.setRemoveOnCancelPolicy(true);
  }

  /// @param troubles is told, in one line and seldom, what keeps clients out
  static Listener start(Path socket, Handler handler, Consumer<String> troubles)
      throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
    } catch (IOException e) {
      server.close();
      throw e;
    }
    // A client that comes over TLS takes three; containers and images are to have theirs, too.
    int most = (int) Math.min(MOST, openFiles() / 4);
    Listener listener = new Listener(server, handler, most, troubles);
    // Virtual, as all that wait for clients: the JDK makes its poller at the first wait, which is
    // now. Were there no descriptor for it, no virtual thread could ever wait for a socket.
    Thread.ofVirtual().name("http-accept").start(listener::listen);
    return listener;
  }

  private static long openFiles() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
      if (line.startsWith("Max open files")) {
        String soft = line.substring("Max open files".length()).strip().split(" +")[0];
        return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
      }
    }
    return Long.MAX_VALUE;
  }

  private void listen() {
    while (server.isOpen()) {
      try {
        SocketChannel channel = server.accept();
        if (clients.size() >= most && !letSomeGo()) {
          channel.close();
          trouble("all " + most + " connections are in use; a client was sent away");
        } else {
          new Client(channel).start();
        }
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException | RuntimeException | Error e) {
        // Most likely no file descriptor is left; then classes cannot be loaded either. The next
        // moment may have one.
        recover(e);
      }
    }
  }

  private void recover(Throwable e) {
    boolean helped = false;
    try {
      helped = letSomeGo();
      trouble(
          "cannot accept a connection: "
              + e.getMessage()
              + (helped ? "; clients that ask nothing are let go" : "")
              + "; the limit of open files may be too low (LimitNOFILE, ulimit -n)");
    } catch (RuntimeException | Error again) {
      helped = false; // to be tried once more, but not at once
    }
    pause(Duration.ofMillis(helped ? 10 : 100));
  }

  /// Ends the connections that have waited longest for their clients, if there are any.
  private boolean letSomeGo() {
    NavigableMap<Long, Client> waiting = new TreeMap<>();
    for (Client client : clients) {
      waiting.put(client.since.get(), client);
    }
    int gone = 0;
    for (Map.Entry<Long, Client> one : waiting.tailMap(BUSY, false).entrySet()) {
      if (one.getValue().giveUp(one.getKey()) && ++gone == AT_ONCE) {
        break;
      }
    }
    return gone > 0;
  }

  private void trouble(String line) {
    long now = System.nanoTime();
    long quiet = quietUntil.get();
    if (now - quiet >= 0 && quietUntil.compareAndSet(quiet, now + QUIET.toNanos())) {
      troubles.accept(line);
    }
  }

  private static boolean pause(Duration time) {
    try {
      Thread.sleep(time);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Idle connections end at once, others after a moment.
  @Override
  public void close() throws IOException {
    server.close();
    clients.forEach(c -> c.giveUp(c.since.get()));
    await();
    clients.forEach(c -> c.thread.interrupt());
    await();
    clients.forEach(Client::cut);
    timer.shutdownNow();
  }

  private void await() {
    long end = System.nanoTime() + GRACE.toNanos();
    while (!clients.isEmpty() && System.nanoTime() - end < 0 && pause(Duration.ofMillis(2))) {
      // they are about to end
    }
  }

  /// One connection.
  private final class Client implements Input.Watch {
    private final SocketChannel channel;
    private final Thread thread;

    /// When it began to wait, as a number that grows; or BUSY, or GIVEN_UP.
    private final AtomicLong since = new AtomicLong(order.incrementAndGet());

    private @Nullable Future<?> deadline;

    Client(SocketChannel channel) {
      this.channel = channel;
      this.thread = Thread.ofVirtual().name("http").unstarted(this::run);
    }

    void start() {
      clients.add(this);
      thread.start();
    }

    private void run() {
      try (Connection connection = new Connection(channel)) {
        if (http.serve(connection, this)) {
          limit(LONGEST_LINGER);
          connection.linger();
        }
      } catch (IOException e) {
        // The client has gone, or was let go.
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException | Error e) {
        trouble("a connection ended with " + e);
      } finally {
        noLimit();
        clients.remove(this);
      }
    }

    @Override
    public void waiting() {
      since.compareAndSet(BUSY, order.incrementAndGet());
    }

    @Override
    public void reading() {
      limit(LONGEST_HEAD);
    }

    @Override
    public void answering() throws IOException {
      noLimit();
      if (since.getAndUpdate(s -> s == GIVEN_UP ? s : BUSY) == GIVEN_UP) {
        throw new ClosedChannelException();
      }
    }

    private void limit(Duration time) {
      noLimit();
      deadline = timer.schedule(this::cut, time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void noLimit() {
      Future<?> running = deadline;
      if (running != null) {
        running.cancel(false);
        deadline = null;
      }
    }

    /// Ends it if its client has asked nothing since.
    boolean giveUp(long waiting) {
      if (waiting <= BUSY || !since.compareAndSet(waiting, GIVEN_UP)) {
        return false;
      }
      // Its thread may need a while to see it; meanwhile it is not to count, or the next client
      // would cost others their connections.
      clients.remove(this);
      cut();
      return true;
    }

    void cut() {
      try {
        channel.close();
      } catch (IOException e) {
        trouble("cannot close a connection: " + e.getMessage());
      }
    }
  }
}

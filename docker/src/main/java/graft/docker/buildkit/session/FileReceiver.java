package graft.docker.buildkit.session;

import graft.build.source.FileStore;
import graft.build.source.FileTree;
import graft.docker.buildkit.grpc.Call;
import graft.docker.buildkit.proto.Fs.Kind;
import graft.docker.buildkit.proto.Fs.Packet;
import graft.docker.buildkit.proto.Fs.Stat;
import graft.docker.buildkit.session.Received.Content;
import graft.error.GraftException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Receives one tree of files as [graft.docker.buildkit.proto.Fs] has it. One thread reads packets;
/// each file that is on its way has another that stores it. However much comes, a few megabytes are
/// in memory.
final class FileReceiver {
  private static final int MOST_AT_ONCE = 64;
  private static final int SMALL = 64 * 1024;
  private static final int LARGEST_PACKET = 4 << 20;
  private static final int MEMORY = 16 << 20;

  /// A file may grow while it is sent, as logs do.
  private static final long GROWTH = 64L << 20;

  private final Call<Packet, Packet> call;
  private final FileStore store;
  private final Map<String, FileTree.Entry> earlier;
  private final LongConsumer progress;
  private final Received list = new Received();

  /// Files that were asked for, by their place in the list, until they have ended.
  private final Map<Integer, Incoming> asked = new HashMap<>();

  private final BlockingQueue<Packet> requests = new LinkedBlockingQueue<>();
  private final Semaphore memory = new Semaphore(MEMORY);
  private final Semaphore storing = new Semaphore(MOST_AT_ONCE);
  private final Thread reader = Thread.currentThread();
  private int begun;
  private long came;
  private @Nullable Throwable failure;
  private boolean over;

  /// @param earlier what came from there the last time
  /// @param progress hears how many bytes have come, all in all
  private FileReceiver(
      Call<Packet, Packet> call,
      FileStore store,
      Map<String, FileTree.Entry> earlier,
      LongConsumer progress) {
    this.call = call;
    this.store = store;
    this.earlier = earlier;
    this.progress = progress;
  }

  static FileTree receive(
      Call<Packet, Packet> call,
      FileStore store,
      Map<String, FileTree.Entry> earlier,
      LongConsumer progress)
      throws IOException, InterruptedException {
    return new FileReceiver(call, store, earlier, progress).receive();
  }

  private FileTree receive() throws IOException, InterruptedException {
    try {
      return transfer();
    } catch (IOException | GraftException e) {
      tell(e);
      throw e;
    }
  }

  private FileTree transfer() throws IOException, InterruptedException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        var _ = threads.submit(this::request);
        read(threads);
        storing.acquire(MOST_AT_ONCE);
        check();
        requests.add(Packet.fin());
        awaitFin();
        return list.tree();
      } catch (InterruptedException e) {
        check();
        throw e;
      } finally {
        end();
        threads.shutdownNow();
      }
    }
  }

  /// Asks for files. Another thread, since the client may not read while it waits for us to.
  private boolean request() throws InterruptedException {
    try {
      while (true) {
        call.write(requests.take());
      }
    } catch (RuntimeException e) {
      fail(e);
      return false;
    }
  }

  /// Of another thread: wakes the one that reads.
  private synchronized void fail(Throwable cause) {
    if (failure == null && !over) {
      failure = cause;
      reader.interrupt();
    }
  }

  /// No thread wakes the reader any more, nor did one just now.
  private synchronized void end() {
    over = true;
    if (failure != null) {
      Thread.interrupted();
    }
  }

  private synchronized void check() throws IOException {
    switch (failure) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Throwable e -> throw new IOException("cannot store a file of the context", e);
    }
  }

  private void tell(Exception e) throws InterruptedException {
    String text = e.getMessage() == null ? "" : e.getMessage();
    try {
      call.write(
          new Packet(Kind.ERROR, Optional.empty(), 0, text.getBytes(StandardCharsets.UTF_8)));
    } catch (RuntimeException gone) {
      e.addSuppressed(gone);
    }
  }

  private void read(ExecutorService threads) throws IOException, InterruptedException {
    boolean listed = false;
    int number = 0;
    while (!listed || !asked.isEmpty()) {
      Packet packet = next();
      switch (packet.kind()) {
        case STAT -> {
          if (listed) {
            throw GraftException.invalid("the client sent a file after the end of its list");
          }
          if (packet.stat().isPresent()) {
            add(number, packet.stat().get());
            number++;
          } else {
            listed = true;
          }
        }
        case DATA -> data(packet, threads);
        case ERROR ->
            throw new IOException(
                "error from sender: " + new String(packet.data(), StandardCharsets.UTF_8));
        case REQUEST, FIN ->
            throw GraftException.invalid("the client sent an unexpected " + packet.kind());
      }
    }
  }

  private Packet next() throws IOException, InterruptedException {
    check();
    return call.read()
        .orElseThrow(() -> new IOException("the client ended its list of files too early"));
  }

  private void add(int number, Stat stat) throws IOException {
    came += stat.path().length();
    progress.accept(came);
    Optional<Content> content = list.add(stat);
    if (content.isEmpty()) {
      return;
    }
    Content file = content.get();
    if (earlier.get(file.path()) instanceof FileTree.File known
        && file.like(known)
        && store.find(known.content()).isPresent()) {
      file.is(known.content(), known.size());
      return;
    }
    asked.put(number, new Incoming(file));
    requests.add(Packet.request(number));
  }

  private void data(Packet packet, ExecutorService threads)
      throws IOException, InterruptedException {
    Incoming file = asked.get(packet.id());
    if (file == null) {
      throw GraftException.invalid("the client sent a file that it was not asked for");
    }
    byte[] data = packet.data();
    if (data.length > LARGEST_PACKET) {
      throw GraftException.invalid("the client sent a packet of " + data.length + " bytes");
    }
    boolean last = data.length == 0;
    if (!file.begun && !last) {
      if (begun == MOST_AT_ONCE) {
        throw GraftException.invalid(
            "the client sends more than " + MOST_AT_ONCE + " files side by side");
      }
      begun++;
      file.begun = true;
    }
    came += data.length;
    progress.accept(came);
    memory.acquire(data.length);
    file.pieces.add(data);
    file.came += data.length;
    if (!file.storing && (last || file.came > SMALL)) {
      // Small files are stored when all of them is here: their threads would only wait.
      file.storing = true;
      storing.acquire();
      InputStream content = last ? new ByteArrayInputStream(file.whole()) : file;
      var _ = threads.submit(() -> store(file, content));
    }
    if (last) {
      begun -= file.begun ? 1 : 0;
      asked.remove(packet.id());
    }
  }

  private void store(Incoming file, InputStream content) {
    try {
      file.content.is(store.put(content, file.content.size() + GROWTH), file.read);
    } catch (IOException | RuntimeException | Error e) {
      fail(e);
    } finally {
      storing.release();
    }
  }

  private void awaitFin() throws InterruptedException, IOException {
    while (true) {
      check();
      Optional<Packet> packet = call.read();
      if (packet.isEmpty()) {
        return;
      }
      switch (packet.get().kind()) {
        case ERROR ->
            throw new IOException(
                "error from sender: " + new String(packet.get().data(), StandardCharsets.UTF_8));
        case FIN -> {
          // Its end is to follow.
        }
        case STAT, REQUEST, DATA ->
            throw GraftException.invalid("the client sent something after the last file");
      }
    }
  }

  /// The pieces of a file, as they come.
  private final class Incoming extends InputStream {
    private final Content content;
    private final BlockingQueue<byte[]> pieces = new LinkedBlockingQueue<>();
    private boolean begun;
    private boolean storing;
    private long came;
    private byte[] piece = new byte[0];
    private int at;
    private boolean ended;
    private long read;

    Incoming(Content content) {
      this.content = content;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /// All of it, which has come.
    byte[] whole() {
      ByteArrayOutputStream all = new ByteArrayOutputStream((int) came);
      for (byte[] next = pieces.poll(); next != null; next = pieces.poll()) {
        all.writeBytes(next);
        memory.release(next.length);
      }
      read = came;
      return all.toByteArray();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (at == piece.length && !ended) {
        try {
          memory.release(piece.length);
          piece = pieces.take();
          at = 0;
          ended = piece.length == 0;
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("the build has ended", e);
        }
      }
      if (ended) {
        return -1;
      }
      int n = Math.min(length, piece.length - at);
      System.arraycopy(piece, at, bytes, offset, n);
      at += n;
      read += n;
      return n;
    }
  }
}

package graft.docker.buildkit.session;

import graft.docker.buildkit.grpc.Call;
import graft.docker.buildkit.proto.Fs.Packet;
import graft.docker.buildkit.proto.Fs.Stat;
import graft.error.GraftException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Sends one tree of files as [graft.docker.buildkit.proto.Fs] has it: first the list, then what is
/// asked for. Another thread reads, since the other side asks while it is still listed to.
final class FileSender {
  private static final int PIECE = 32 * 1024;
  private static final int FIN = -1;
  private static final int GONE = -2;

  private final Call<Packet, Packet> call;
  private final Spool.Listing files;
  private final BlockingQueue<Integer> asked = new LinkedBlockingQueue<>();
  private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

  private FileSender(Call<Packet, Packet> call, Spool.Listing files) {
    this.call = call;
    this.files = files;
  }

  /// @param progress hears how many bytes have gone
  static void send(Call<Packet, Packet> call, Spool.Listing files, LongConsumer progress)
      throws IOException, InterruptedException {
    new FileSender(call, files).send(progress);
  }

  private void send(LongConsumer progress) throws IOException, InterruptedException {
    Thread reader = Thread.ofVirtual().name("file-requests").start(this::read);
    try {
      for (Stat stat : files.stats()) {
        call.write(Packet.stat(stat));
      }
      call.write(Packet.endOfList());
      long gone = 0;
      for (int number = asked.take(); number >= 0; number = asked.take()) {
        long size = files.stats().get(number).size();
        for (long at = 0; at < size; at += PIECE) {
          byte[] piece = files.read(number, at, PIECE);
          call.write(Packet.data(number, piece));
          gone += piece.length;
          progress.accept(gone);
        }
        call.write(Packet.data(number, new byte[0]));
      }
      String text = failure.get();
      if (text != null) {
        throw new IOException("the client could not take the files: " + text);
      }
      call.write(Packet.fin());
    } finally {
      reader.interrupt();
    }
  }

  private void read() {
    BitSet before = new BitSet();
    try {
      while (true) {
        Optional<Packet> packet = call.read();
        if (packet.isEmpty()) {
          fail("it ended the transfer");
          return;
        }
        switch (packet.get().kind()) {
          case REQUEST -> {
            int number = packet.get().id();
            if (number < 0 || number >= files.stats().size() || before.get(number)) {
              throw GraftException.invalid("it asked for a file that there is not");
            }
            before.set(number);
            asked.add(number);
          }
          case FIN -> {
            asked.add(FIN);
            return;
          }
          case ERROR -> {
            fail(new String(packet.get().data(), StandardCharsets.UTF_8));
            return;
          }
          case STAT, DATA -> throw GraftException.invalid("it sent files");
        }
      }
    } catch (RuntimeException e) {
      fail(String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      // All was sent.
      Thread.currentThread().interrupt();
    }
  }

  private void fail(String text) {
    failure.set(text);
    asked.add(GONE);
  }
}

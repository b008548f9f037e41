package graft.docker.buildkit.session;

import graft.docker.buildkit.grpc.Failure;
import graft.docker.buildkit.grpc.Remote;
import graft.docker.buildkit.proto.Control.BytesMessage;
import graft.docker.buildkit.proto.Fs.Packet;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/// Where a client has the results of its build: a file or a directory for each of its exporters.
public final class ClientFiles {
  private static final String SEND = "moby.filesync.v1.FileSend/DiffCopy";

  private final Sessions sessions;
  private final String session;

  public ClientFiles(Sessions sessions, String session) {
    this.sessions = sessions;
    this.session = session;
  }

  /// Writes something as a stream of bytes; does not close it.
  @FunctionalInterface
  public interface Content {
    void write(OutputStream out) throws IOException, InterruptedException;
  }

  private static Map<String, List<String>> headers(int exporter, Map<String, String> metadata) {
    Map<String, List<String>> headers = new HashMap<>();
    headers.put("buildkit-attachable-exporter-id", List.of(Integer.toString(exporter)));
    metadata.forEach((key, value) -> headers.put("exporter-md-" + key, List.of(value)));
    return headers;
  }

  private static IOException failed(Failure e) {
    return new IOException("the client could not take the result: " + e.text(), e);
  }

  /// Writes one file.
  ///
  /// @param exporter the place in the client's list
  /// @param metadata what the client is told of the file
  /// @param progress hears how many bytes have gone
  public void file(
      int exporter, Map<String, String> metadata, Content content, LongConsumer progress)
      throws IOException, InterruptedException {
    try (Remote.Outgoing<BytesMessage, BytesMessage> call =
        sessions
            .await(session)
            .remote()
            .open(SEND, BytesMessage::read, headers(exporter, metadata))) {
      content.write(new Counting(new CallOutput(call, () -> {}), progress));
      call.end();
      while (call.read().isPresent()) {
        // It has nothing to say but that it has all.
      }
    } catch (Failure e) {
      throw failed(e);
    }
  }

  /// Writes files into a directory, beside those that are there.
  ///
  /// @param tar all of them
  /// @param scratch a directory with room for them
  public void directory(int exporter, Content tar, Path scratch, LongConsumer progress)
      throws IOException, InterruptedException {
    try (Spool spool = spool(tar, scratch);
        Remote.Outgoing<Packet, Packet> call =
            sessions
                .await(session)
                .remote()
                .open(SEND, Packet::read, headers(exporter, Map.of()))) {
      FileSender.send(call, spool.listing(), progress);
      call.end();
      while (call.read().isPresent()) {
        // As above.
      }
    } catch (Failure e) {
      throw failed(e);
    }
  }

  private static Spool spool(Content tar, Path scratch) throws IOException, InterruptedException {
    try (ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor();
        PipedInputStream in = new PipedInputStream(64 * 1024)) {
      PipedOutputStream out = new PipedOutputStream(in);
      Future<?> writing =
          thread.submit(() -> {
            try (out) {
              tar.write(out);
            }
            return true;
          });
      try {
        Spool spool = Spool.of(in, scratch);
        writing.get();
        return spool;
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        String why = cause == null ? "" : String.valueOf(cause.getMessage());
        throw new IOException("cannot write the result: " + why, e);
      } finally {
        thread.shutdownNow();
      }
    }
  }

  private static final class Counting extends FilterOutputStream {
    private final LongConsumer progress;
    private long bytes;

    Counting(OutputStream out, LongConsumer progress) {
      super(out);
      this.progress = progress;
    }

    @Override
    public void write(byte[] b, int offset, int length) throws IOException {
      out.write(b, offset, length);
      bytes += length;
      progress.accept(bytes);
    }
  }
}

package graft.runtime;

import graft.linux.Descriptor;
import graft.linux.Errno;
import graft.linux.LinuxException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/// A client of a monitor's attach socket. Each packet from it is one byte (2 output, 3 errors) and
/// a piece of at most 8 KiB; packets to it are plain bytes, and a half-closed socket is the end of
/// input. The monitor closes the socket when it has passed on everything.
///
/// Waiting is parking ([Descriptor]), so the threads of hundreds of clients cost nothing, and what
/// a slow client has not read stays in the kernel's buffer.
final class AttachedStreams implements Runtime.Streams {
  private static final int PACKET_IN = 8192 + 1;

  /// The monitor reads 32 KiB at once and would lose the rest of a longer packet.
  private static final int PACKET_OUT = 16 * 1024;

  private static final int STDOUT = 2;
  private static final int STDERR = 3;

  private final Descriptor socket;
  private final byte[] packet = new byte[PACKET_IN];
  private volatile boolean ended;

  AttachedStreams(Path socket) throws IOException {
    this.socket = Descriptor.connectSeqPacket(socket);
  }

  @Override
  public Optional<Chunk> next() throws IOException {
    while (true) {
      int n;
      try {
        n = socket.read(packet, 0, packet.length);
      } catch (LinuxException e) {
        if (e.errno() != Errno.ECONNRESET) {
          throw e;
        }
        n = -1; // the monitor went away with input of ours unread
      }
      if (n < 0) {
        ended = true;
        return Optional.empty();
      }
      if (n > 1 && (packet[0] == STDOUT || packet[0] == STDERR)) {
        byte[] bytes = new byte[n - 1];
        System.arraycopy(packet, 1, bytes, 0, n - 1);
        Source source = packet[0] == STDOUT ? Source.STDOUT : Source.STDERR;
        return Optional.of(new Chunk(source, ByteBuffer.wrap(bytes)));
      }
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    for (int done = 0; done < length && !ended; ) {
      int piece = Math.min(PACKET_OUT, length - done);
      try {
        socket.write(bytes, offset + done, piece);
      } catch (LinuxException e) {
        if (e.errno() != Errno.EPIPE && e.errno() != Errno.ECONNRESET) {
          throw e;
        }
        return; // nobody reads any more
      }
      done += piece;
    }
  }

  @Override
  public void closeStdin() throws IOException {
    if (!ended) {
      socket.shutdownWrite();
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}

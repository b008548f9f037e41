package graft.cli.stream;

import graft.cli.http.Connection;
import graft.cli.http.Reply;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.AsynchronousCloseException;

/// Copies between the standard streams of this process and those of a container.
public final class Streams {
  private Streams() {}

  /// Copies until the container closes its side; the other direction runs beside it. False if the
  /// user left.
  static boolean connect(Reply stream, boolean stdin, boolean tty, DetachKeys keys)
      throws IOException {
    if (stdin) {
      Thread.ofPlatform().daemon().name("stdin").start(() -> feed(stream.connection(), tty, keys));
    }
    try {
      if (tty) {
        raw(stream.body());
      } else {
        split(stream.body());
      }
    } catch (AsynchronousCloseException detached) {
      return false;
    }
    return true;
  }

  private static void feed(Connection connection, boolean tty, DetachKeys keys) {
    try {
      InputStream in = new FileInputStream(FileDescriptor.in);
      byte[] bytes = new byte[32 * 1024];
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        if (!tty) {
          connection.output().write(bytes, 0, count);
          continue;
        }
        connection.output().write(keys.pass(bytes, count));
        if (keys.complete()) {
          connection.close();
          return;
        }
      }
      connection.closeOutput();
    } catch (IOException gone) {
      // The container has ended and does not read any more; its exit code tells.
      return;
    }
  }

  public static void raw(InputStream in) throws IOException {
    byte[] bytes = new byte[32 * 1024];
    for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
      System.out.write(bytes, 0, count);
      System.out.flush();
    }
  }

  /// Docker's frames: a byte that names the stream, three zeros, the length, the bytes.
  public static void split(InputStream in) throws IOException {
    byte[] head = new byte[8];
    while (true) {
      int got = in.readNBytes(head, 0, 8);
      if (got == 0) {
        return;
      }
      if (got < 8) {
        throw new EOFException("the engine closed the stream in the middle of a frame");
      }
      long left = java.nio.ByteBuffer.wrap(head, 4, 4).getInt() & 0xffff_ffffL;
      OutputStream out = head[0] == 2 ? System.err : System.out;
      byte[] bytes = new byte[(int) Math.min(Math.max(left, 1), 32 * 1024)];
      while (left > 0) {
        int count = in.read(bytes, 0, (int) Math.min(left, bytes.length));
        if (count < 0) {
          throw new EOFException("the engine closed the stream in the middle of a frame");
        }
        out.write(bytes, 0, count);
        left -= count;
      }
      out.flush();
    }
  }
}

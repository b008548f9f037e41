package graft.cli.command;

import graft.cli.http.Connection;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Between the standard streams of this process and those of a container.
final class Streams {
  private Streams() {}

  /// Copies until the container closes its side; the other direction runs beside it.
  static void connect(Reply stream, boolean stdin, boolean tty) throws IOException {
    if (stdin) {
      Thread.ofPlatform().daemon().name("stdin").start(() -> feed(stream.connection(), tty));
    }
    if (tty) {
      raw(stream.body());
    } else {
      split(stream.body());
    }
  }

  /// The same with this terminal raw, when both sides have one.
  static void interactive(Engine engine, String path, Reply stream, boolean stdin, boolean tty)
      throws IOException {
    if (!tty || !Terminal.is(0)) {
      connect(stream, stdin, tty);
      return;
    }
    try (Terminal raw = Terminal.raw()) {
      resize(engine, path);
      connect(stream, stdin, raw != null);
    }
  }

  private static void resize(Engine engine, String path) throws IOException {
    try {
      engine.post(path + "/resize" + Terminal.size());
    } catch (graft.cli.http.ApiException ended) {
      // A command this short has no use for the size; its output is still to be read.
      return;
    }
  }

  private static void feed(Connection connection, boolean tty) {
    try {
      InputStream in = new FileInputStream(FileDescriptor.in);
      byte[] bytes = new byte[32 * 1024];
      DetachKeys keys = new DetachKeys();
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        if (tty && keys.seen(bytes, count)) {
          connection.close();
          return;
        }
        connection.output().write(bytes, 0, count);
      }
      connection.closeOutput();
    } catch (IOException gone) {
      // The container has ended and does not read any more; its exit code tells.
      return;
    }
  }

  /// Ctrl-P Ctrl-Q.
  private static final class DetachKeys {
    private boolean first;

    boolean seen(byte[] bytes, int count) {
      for (int i = 0; i < count; i++) {
        if (first && bytes[i] == 17) {
          return true;
        }
        first = bytes[i] == 16;
      }
      return false;
    }
  }

  static void raw(InputStream in) throws IOException {
    byte[] bytes = new byte[32 * 1024];
    try {
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        System.out.write(bytes, 0, count);
        System.out.flush();
      }
    } catch (java.nio.channels.AsynchronousCloseException detached) {
      System.err.println("read escape sequence");
    }
  }

  /// Docker's frames: a byte that names the stream, three zeros, the length, the bytes.
  static void split(InputStream in) throws IOException {
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

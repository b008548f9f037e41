package graft.docker.route;

import graft.runtime.Runtime.Streams.Source;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Output of a process on the way to a client: as it is where there is a terminal, else in frames
/// that name the stream.
final class Frames {
  private static final int SYSTEM_ERROR = 3;

  private final OutputStream out;
  private final boolean framed;

  Frames(OutputStream out, boolean framed) {
    this.out = out;
    this.framed = framed;
  }

  void write(Source source, ByteBuffer bytes) throws IOException {
    frame(source == Source.STDOUT ? 1 : 2, bytes);
  }

  /// What went wrong once the answer had begun.
  void error(String text) throws IOException {
    frame(framed ? SYSTEM_ERROR : 1, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /// A text in the place of output.
  void text(String text) throws IOException {
    frame(1, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private void frame(int stream, ByteBuffer bytes) throws IOException {
    int length = bytes.remaining();
    byte[] all = new byte[framed ? 8 + length : length];
    if (framed) {
      ByteBuffer.wrap(all).put((byte) stream).position(4).putInt(length);
    }
    bytes.get(all, all.length - length, length);
    out.write(all, 0, all.length);
  }
}

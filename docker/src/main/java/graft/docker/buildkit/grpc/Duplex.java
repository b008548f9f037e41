package graft.docker.buildkit.grpc;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// A stream of bytes in each direction. Closing ends both, for whoever waits for bytes as well.
///
/// @param close is run once
public record Duplex(InputStream in, OutputStream out, Closeable close) {
  void end() throws IOException {
    close.close();
  }
}

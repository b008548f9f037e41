package graft.cli.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Bytes both ways, each of which ends by itself. One thread may read while another writes. A
/// reader whose stream is closed by another thread gets an `AsynchronousCloseException`.
interface Duplex extends AutoCloseable {
  InputStream in();

  OutputStream out();

  /// Says that nothing more will be sent; the other direction stays open.
  void closeOutput() throws IOException;

  @Override
  void close() throws IOException;
}

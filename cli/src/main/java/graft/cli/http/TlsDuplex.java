package graft.cli.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.channels.AsynchronousCloseException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/// A TLS connection. Its halves end by `close_notify`, as Go does it.
final class TlsDuplex implements Duplex {
  private final Socket raw;
  private final SSLSocket socket;
  private final InputStream in;
  private final OutputStream out;
  private volatile boolean closed;

  TlsDuplex(Socket raw, SSLSocket socket, TlsEndpoint engine) throws IOException {
    this.raw = raw;
    this.socket = socket;
    this.in = new Explained(socket.getInputStream(), engine);
    this.out = socket.getOutputStream();
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public OutputStream out() {
    return out;
  }

  @Override
  public void closeOutput() throws IOException {
    socket.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    closed = true;
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      // It has gone already.
    } finally {
      // Beneath TLS: its own close waits for who reads.
      raw.close();
    }
  }

  /// TLS 1.3 lets a client finish before the server has looked at its certificate, so a refusal
  /// comes at the first read.
  private final class Explained extends FilterInputStream {
    private final TlsEndpoint engine;

    Explained(InputStream in, TlsEndpoint engine) {
      super(in);
      this.engine = engine;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      try {
        return in.read(bytes, from, length);
      } catch (IOException e) {
        if (closed) {
          throw new AsynchronousCloseException();
        }
        throw e instanceof SSLException ? engine.explained(e) : e;
      }
    }
  }
}

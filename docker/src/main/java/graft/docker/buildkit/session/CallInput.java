package graft.docker.buildkit.session;

import graft.docker.buildkit.grpc.Call;
import graft.docker.buildkit.grpc.Failure;
import graft.docker.buildkit.proto.Control.BytesMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Optional;

/// The bytes of a call of [BytesMessage]s.
public final class CallInput extends InputStream {
  private final Call<BytesMessage, ?> call;
  private byte[] piece = new byte[0];
  private int at;

  public CallInput(Call<BytesMessage, ?> call) {
    this.call = call;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (at == piece.length) {
      Optional<BytesMessage> next = next();
      if (next.isEmpty()) {
        return -1;
      }
      piece = next.get().data();
      at = 0;
    }
    int n = Math.min(length, piece.length - at);
    System.arraycopy(piece, at, bytes, offset, n);
    at += n;
    return n;
  }

  private Optional<BytesMessage> next() throws IOException {
    try {
      return call.read();
    } catch (Failure e) {
      throw new IOException("the client has ended the stream: " + e.text(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the call was given up");
    }
  }
}

package graft.docker.buildkit.session;

import graft.docker.buildkit.grpc.Call;
import graft.docker.buildkit.grpc.Failure;
import graft.docker.buildkit.proto.Control.BytesMessage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Arrays;

/// Bytes as [BytesMessage]s of a call, none larger than BuildKit's.
public final class CallOutput extends OutputStream {
  private static final int PIECE = 32 * 1024;

  private final Call<?, BytesMessage> call;
  private final Runnable end;

  /// @param end tells the other side that nothing follows
  public CallOutput(Call<?, BytesMessage> call, Runnable end) {
    this.call = call;
    this.end = end;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      for (int at = offset; at < offset + length; at += PIECE) {
        int n = Math.min(PIECE, offset + length - at);
        call.write(new BytesMessage(Arrays.copyOfRange(bytes, at, at + n)));
      }
    } catch (Failure e) {
      throw new IOException("the client has ended the stream: " + e.text(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("the call was given up");
    }
  }

  @Override
  public void close() {
    end.run();
  }
}

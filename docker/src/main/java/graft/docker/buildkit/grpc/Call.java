package graft.docker.buildkit.grpc;

import graft.docker.buildkit.proto.Message;
import java.util.List;
import java.util.Optional;

/// One call of a method, of either side. One thread may read while another writes.
///
/// @param <I> what comes
/// @param <O> what goes
public interface Call<I, O extends Message> {
  /// The next message; empty when the other side has said all.
  Optional<I> read() throws InterruptedException;

  /// Waits while the other side has much to read yet.
  void write(O message) throws InterruptedException;

  /// All values of a header that came with the call.
  List<String> headers(String name);
}

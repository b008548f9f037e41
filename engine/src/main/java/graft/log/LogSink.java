package graft.log;

import graft.runtime.LogReader;
import java.io.Closeable;
import java.io.IOException;

/// A place that takes the output of one container, entry by entry. One thread uses it.
public interface LogSink extends Closeable {
  void send(LogReader.Entry entry) throws IOException;

  @Override
  void close();

  /// A reason why it could not be opened, in Docker's words; the one of a start that fails.
  static IOException refused(String why) {
    return new IOException("failed to initialize logging driver: " + why);
  }
}

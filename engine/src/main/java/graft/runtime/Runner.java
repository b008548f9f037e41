package graft.runtime;

import graft.runtime.Runtime.Streams.Source;
import java.io.IOException;
import java.nio.file.Path;

/// Runs one process in a container of its own to its end, with its output heard as it comes. What
/// it runs belongs to the engine that runs it, and ends with it: there is no monitor, no record and
/// no second process. Steps of builds are run so.
public interface Runner {
  /// @param id hex digits
  /// @param directory for what has to be written down meanwhile; the caller removes it
  /// @param root the mounted root file system
  /// @param spec standard input is empty, there is no terminal
  record Job(String id, Path directory, Path root, Spec spec) {}

  /// Hears a piece of output; the bytes belong to it. Each source has a thread of its own.
  interface Output {
    void accept(Source source, byte[] bytes);
  }

  /// Blocks until the process and all that it started has ended and the last piece of output was
  /// heard. An interrupt kills them.
  ///
  /// @return the exit code, or 128 + the signal
  /// @throws graft.error.GraftException INVALID with the runtime's words if the program cannot be
  ///   executed
  int run(Job job, Output output) throws IOException, InterruptedException;

  /// Takes away what a process that died has left of a job.
  void discard(String id) throws IOException;
}

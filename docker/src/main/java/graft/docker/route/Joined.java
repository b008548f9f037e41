package graft.docker.route;

import graft.docker.http.Exchange;
import graft.runtime.Runtime.Streams;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/// A client and a process, joined by their streams until the output ends, the client leaves, or it
/// types the detach keys.
final class Joined {
  /// How the client's input goes on its way.
  ///
  /// @param wanted whether it goes at all
  /// @param closing its end is the end of the process's input; else the client leaves by it
  /// @param keys what detaches, on a terminal
  record Input(boolean wanted, boolean closing, Optional<DetachKeys> keys) {}

  private final Streams process;
  private final Exchange.Stream client;
  private final Frames out;
  private final Set<Streams.Source> sources;
  private volatile boolean left;
  private volatile boolean detached;

  Joined(Streams process, Exchange.Stream client, Frames out, Set<Streams.Source> sources) {
    this.process = process;
    this.client = client;
    this.out = out;
    this.sources = sources;
  }

  /// What has to be so before the client is told that its streams have ended.
  interface Settled {
    void await() throws InterruptedException;
  }

  /// Blocks until it is over; true if the client detached by its keys.
  boolean run(Input input, Settled settled) throws IOException, InterruptedException {
    Thread feeder = null;
    if (input.wanted()) {
      feeder = Thread.ofVirtual().start(() -> feed(input));
    }
    try {
      copyOut();
      if (!left) {
        settled.await();
      }
    } catch (IOException e) {
      if (!left) {
        throw e;
      }
    } finally {
      process.close();
      end();
      if (feeder != null) {
        // Which closes the connection that it reads.
        feeder.interrupt();
      }
    }
    return detached;
  }

  /// All was said: a WebSocket tells the client so.
  private void end() {
    try {
      client.out().close();
    } catch (IOException e) {
      // It has gone.
      return;
    }
  }

  private void copyOut() throws IOException {
    while (true) {
      Optional<Streams.Chunk> chunk = process.next();
      if (chunk.isEmpty() || left) {
        return;
      }
      if (sources.contains(chunk.get().source())) {
        out.write(chunk.get().source(), chunk.get().bytes());
      }
    }
  }

  private void feed(Input input) {
    byte[] buffer = new byte[32 * 1024];
    try {
      for (int n = client.in().read(buffer); n >= 0; n = client.in().read(buffer)) {
        if (input.keys().isPresent()) {
          DetachKeys.Passed passed = input.keys().get().pass(buffer, n);
          process.write(passed.bytes(), 0, passed.bytes().length);
          if (passed.detached()) {
            detached = true;
            leave();
            return;
          }
        } else {
          process.write(buffer, 0, n);
        }
      }
      if (input.closing()) {
        process.closeStdin();
      } else {
        leave();
      }
    } catch (IOException e) {
      // The client has gone, or the process takes no more input: its output may still come.
      if (!input.closing()) {
        leave();
      }
    }
  }

  private void leave() {
    left = true;
    try {
      process.close();
    } catch (IOException e) {
      // It was going anyway.
      return;
    }
  }
}

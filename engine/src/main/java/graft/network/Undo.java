package graft.network;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/// What has to be unmade, last thing first, should the work not be completed.
final class Undo implements AutoCloseable {
  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }

  private final Deque<Step> steps = new ArrayDeque<>();

  void add(Step step) {
    steps.push(step);
  }

  /// The work is complete: nothing is unmade.
  void keep() {
    steps.clear();
  }

  @Override
  public void close() throws IOException {
    IOException first = null;
    while (!steps.isEmpty()) {
      try {
        steps.pop().run();
      } catch (IOException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}

package graft.container;

import java.util.ArrayDeque;
import java.util.Deque;

/// What has to be taken back, last first, if a creation does not come to its end.
final class Undo {
  interface Step {
    void run() throws Exception;
  }

  private final Deque<Step> steps = new ArrayDeque<>();

  void add(Step step) {
    steps.push(step);
  }

  /// Takes everything back; what fails in doing so is told along with `cause`.
  void run(Exception cause) {
    while (!steps.isEmpty()) {
      try {
        steps.pop().run();
      } catch (Exception e) {
        cause.addSuppressed(e);
      }
    }
  }
}

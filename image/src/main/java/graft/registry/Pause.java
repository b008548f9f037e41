package graft.registry;

import java.time.Duration;
import java.time.Instant;

/// Time, as far as waiting between tries is concerned; tests do not wait.
public interface Pause {
  void sleep(Duration duration) throws InterruptedException;

  Instant now();

  static Pause real() {
    return new Pause() {
      @Override
      public void sleep(Duration duration) throws InterruptedException {
        Thread.sleep(duration);
      }

      @Override
      public Instant now() {
        return Instant.now();
      }
    };
  }
}

package graft.docker.buildkit;

import graft.build.BuildEvent;
import graft.oci.Digest;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/// Work of this room's own that is shown as a line of progress.
final class Vertices {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Vertices() {}

  @FunctionalInterface
  interface Work {
    void run(Digest vertex) throws IOException, InterruptedException;
  }

  static void run(Consumer<BuildEvent> feed, String name, Work work)
      throws IOException, InterruptedException {
    byte[] random = new byte[32];
    RANDOM.nextBytes(random);
    Digest id = Digest.sha256(random);
    feed.accept(new BuildEvent.Started(id, Instant.now(), name, List.of()));
    try {
      work.run(id);
    } catch (InterruptedException e) {
      feed.accept(new BuildEvent.Failed(id, Instant.now(), "canceled", true));
      throw e;
    } catch (IOException | RuntimeException e) {
      String text = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      feed.accept(new BuildEvent.Failed(id, Instant.now(), text, false));
      throw e;
    }
    feed.accept(new BuildEvent.Completed(id, Instant.now(), false));
  }
}

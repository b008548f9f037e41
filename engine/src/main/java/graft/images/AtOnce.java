package graft.images;

import graft.image.Image;
import graft.oci.Descriptor;
import graft.oci.Digest;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/// Work on several images or layers at once: layers on their way out, a few at a time.
public final class AtOnce {
  private static final int TURNS = 4;

  private AtOnce() {}

  interface Work {
    Descriptor run(Image.Layer layer) throws IOException, InterruptedException;
  }

  /// What each layer became, by its diffID. The first failure ends the others and is thrown.
  static Map<Digest, Descriptor> each(List<Image.Layer> layers, Work work)
      throws IOException, InterruptedException {
    Map<Digest, Future<Descriptor>> running = new LinkedHashMap<>();
    Map<Digest, Descriptor> done = new LinkedHashMap<>();
    Semaphore turns = new Semaphore(TURNS);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Image.Layer layer : layers) {
        running.computeIfAbsent(
            layer.diffId(),
            _ ->
                threads.submit(() -> {
                  turns.acquire();
                  try {
                    return work.run(layer);
                  } finally {
                    turns.release();
                  }
                }));
      }
      for (Map.Entry<Digest, Future<Descriptor>> e : running.entrySet()) {
        done.put(e.getKey(), result(e.getValue(), threads));
      }
    }
    return done;
  }

  /// Of one of several. If it failed, the others are ended.
  public static <T> T result(Future<T> future, ExecutorService threads)
      throws IOException, InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      threads.shutdownNow();
      switch (e.getCause()) {
        case IOException io -> throw io;
        case InterruptedException interrupted -> throw interrupted;
        case RuntimeException r -> throw r;
        case Error error -> throw error;
        case null, default -> throw new IOException(e);
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      throw e;
    }
  }
}

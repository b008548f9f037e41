package graft.docker.buildkit;

import graft.docker.buildkit.proto.Control;
import graft.docker.buildkit.session.Waiting;
import graft.error.GraftException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/// The builds that run, and what the last of them had to say.
final class Jobs {
  /// Calls that name a build come before the call that begins it, on other streams.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /// A short build has ended before its client asks for its status.
  private static final int ENDED = 32;

  private final Waiting<Job> running = new Waiting<>("job", 1000);
  private final Waiting<Job> known = new Waiting<>("job", 1000 + ENDED);
  private final Deque<Job> ended = new ArrayDeque<>();

  Job open(Control.SolveRequest request) {
    Job job = new Job(request);
    known.add(request.ref(), job);
    try {
      running.add(request.ref(), job);
    } catch (RuntimeException e) {
      known.remove(request.ref(), job);
      throw e;
    }
    return job;
  }

  void close(Job job) {
    running.remove(job.request().ref(), job);
    job.close();
    synchronized (ended) {
      ended.add(job);
      while (ended.size() > ENDED) {
        Job oldest = ended.remove();
        known.remove(oldest.request().ref(), oldest);
      }
    }
  }

  /// One that was refused before it began to work may have ended before its client's next call.
  ///
  /// @throws GraftException CANCELLED if it has ended, NOT_FOUND if none of that name begins
  Job await(String ref) throws InterruptedException {
    Job job = known.await(ref, PATIENCE);
    job.requireOpen();
    return job;
  }

  boolean isRunning(String ref) {
    return running.find(ref).isPresent();
  }

  StatusFeed feed(String ref) throws InterruptedException {
    return known.await(ref, PATIENCE).feed();
  }
}

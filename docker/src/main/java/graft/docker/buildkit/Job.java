package graft.docker.buildkit;

import graft.build.Builds;
import graft.build.Builds.Result;
import graft.build.Builds.SourceFiles;
import graft.docker.buildkit.proto.Control;
import graft.docker.buildkit.proto.Gateway.ReturnRequest;
import graft.error.GraftException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// One build of a client, from its Control.Solve until that is answered. What the client builds
/// within, it does by LLBBridge calls that name the job; the last of them is Return.
final class Job implements AutoCloseable {
  private final Control.SolveRequest request;
  private final StatusFeed feed = new StatusFeed();
  private final CompletableFuture<ReturnRequest> returned = new CompletableFuture<>();
  private final Map<String, Result> results = new HashMap<>();
  private final Map<String, SourceFiles> files = new HashMap<>();
  private final Set<Thread> working = new HashSet<>();
  private final Instant started = Instant.now();
  private boolean closed;

  Job(Control.SolveRequest request) {
    this.request = request;
  }

  Control.SolveRequest request() {
    return request;
  }

  StatusFeed feed() {
    return feed;
  }

  Instant started() {
    return started;
  }

  /// The client has said what it wants of all that was built.
  void end(ReturnRequest request) {
    if (!returned.complete(request)) {
      throw GraftException.conflict("the build " + this.request.ref() + " has returned already");
    }
  }

  ReturnRequest awaitEnd() throws InterruptedException {
    try {
      return returned.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("nothing completes it so", e);
    }
  }

  @FunctionalInterface
  interface Work<T> {
    T run() throws java.io.IOException, InterruptedException;
  }

  /// Runs something that is interrupted when the job ends before it.
  <T> T run(Work<T> work) throws java.io.IOException, InterruptedException {
    Thread self = Thread.currentThread();
    synchronized (this) {
      requireOpen();
      working.add(self);
    }
    try {
      return work.run();
    } finally {
      synchronized (this) {
        working.remove(self);
      }
    }
  }

  /// @throws GraftException CANCELLED if it has ended
  synchronized void requireOpen() {
    if (closed) {
      throw new GraftException(
          GraftException.Kind.CANCELLED, "the build " + request.ref() + " has ended");
    }
  }

  /// Keeps a result until the job ends.
  synchronized void hold(Result result) {
    if (closed) {
      result.close();
    }
    requireOpen();
    results.put(result.id(), result);
  }

  /// Keeps files until the job ends.
  ///
  /// @return by which the client names them
  synchronized String hold(SourceFiles fetched) {
    if (closed) {
      fetched.close();
    }
    requireOpen();
    String id = "files-" + UUID.randomUUID();
    files.put(id, fetched);
    return id;
  }

  /// Those that were fetched, not those that were built.
  synchronized SourceFiles files(String id) {
    SourceFiles found = files.get(id);
    if (found == null) {
      throw GraftException.notFound(
          "no files of the build " + request.ref() + " can be read under " + id);
    }
    return found;
  }

  synchronized Result result(String id) {
    Result result = results.get(id);
    if (result == null) {
      throw GraftException.notFound("no such result of the build " + request.ref() + ": " + id);
    }
    return result;
  }

  @Override
  public void close() {
    Map<String, Result> held;
    Map<String, SourceFiles> fetched;
    synchronized (this) {
      closed = true;
      working.forEach(Thread::interrupt);
      held = Map.copyOf(results);
      results.clear();
      fetched = Map.copyOf(files);
      files.clear();
    }
    fetched.values().forEach(SourceFiles::close);
    held.values().forEach(Builds.Result::close);
    feed.end();
  }
}

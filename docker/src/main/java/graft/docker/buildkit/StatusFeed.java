package graft.docker.buildkit;

import graft.build.BuildEvent;
import graft.build.dockerfile.Lines;
import graft.build.dockerfile.Warning;
import graft.docker.buildkit.proto.Control.StatusResponse;
import graft.docker.buildkit.proto.Control.Vertex;
import graft.docker.buildkit.proto.Control.VertexLog;
import graft.docker.buildkit.proto.Control.VertexStatus;
import graft.docker.buildkit.proto.Control.VertexWarning;
import graft.docker.buildkit.proto.Ops;
import graft.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// The events of one build on their way to whoever watches. A watcher that comes late hears of all
/// vertices. One that is slow gets the latest state of each, and steps wait for it before they
/// write more output; where nobody watches, the last of the output is kept.
final class StatusFeed implements Consumer<BuildEvent> {
  /// Bytes of output that wait for a watcher.
  private static final int MOST_OUTPUT = 4 << 20;

  private static final int KEPT_OUTPUT = 256 << 10;

  /// Bytes of output that go into the build's record: the last of it.
  private static final int RECORDED_OUTPUT = 2 << 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Digest, Vertex> vertices = new LinkedHashMap<>();
  private final Map<String, VertexStatus> statuses = new LinkedHashMap<>();
  private final List<VertexWarning> warnings = new ArrayList<>();
  private final Output kept = new Output();
  private final Output recorded = new Output();
  private final List<Watcher> watchers = new ArrayList<>();
  private boolean ended;

  private static final class Output {
    private final Deque<VertexLog> logs = new ArrayDeque<>();
    private int bytes;

    void add(VertexLog log) {
      logs.add(log);
      bytes += log.bytes().length;
    }

    void keepLast(int most) {
      while (bytes > most) {
        bytes -= logs.remove().bytes().length;
      }
    }

    List<VertexLog> take() {
      List<VertexLog> all = List.copyOf(logs);
      logs.clear();
      bytes = 0;
      return all;
    }
  }

  /// What one watcher has yet to hear.
  private static final class Watcher {
    private final Map<Digest, Vertex> vertices = new LinkedHashMap<>();
    private final Map<String, VertexStatus> statuses = new LinkedHashMap<>();
    private final List<VertexWarning> warnings = new ArrayList<>();
    private final Output output = new Output();

    boolean isEmpty() {
      return vertices.isEmpty()
          && statuses.isEmpty()
          && warnings.isEmpty()
          && output.logs.isEmpty();
    }

    StatusResponse take() {
      StatusResponse all =
          new StatusResponse(
              List.copyOf(vertices.values()),
              List.copyOf(statuses.values()),
              output.take(),
              List.copyOf(warnings));
      vertices.clear();
      statuses.clear();
      warnings.clear();
      return all;
    }
  }

  /// Where a watcher's answers go.
  @FunctionalInterface
  interface Sink {
    void accept(StatusResponse response) throws InterruptedException;
  }

  /// Tells all that happens until the build has ended.
  void watch(Sink sink) throws InterruptedException {
    Watcher watcher = new Watcher();
    lock.lockInterruptibly();
    try {
      watcher.vertices.putAll(vertices);
      watcher.statuses.putAll(statuses);
      watcher.warnings.addAll(warnings);
      kept.take().forEach(watcher.output::add);
      watchers.add(watcher);
    } finally {
      lock.unlock();
    }
    try {
      Optional<StatusResponse> next = next(watcher);
      while (next.isPresent()) {
        sink.accept(next.get());
        next = next(watcher);
      }
    } finally {
      lock.lock();
      try {
        watchers.remove(watcher);
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private Optional<StatusResponse> next(Watcher watcher) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (watcher.isEmpty()) {
        if (ended) {
          return Optional.empty();
        }
        changed.await();
      }
      StatusResponse response = watcher.take();
      changed.signalAll();
      return Optional.of(response);
    } finally {
      lock.unlock();
    }
  }

  /// All that has happened, once.
  StatusResponse record() {
    lock.lock();
    try {
      return new StatusResponse(
          List.copyOf(vertices.values()),
          List.copyOf(statuses.values()),
          recorded.take(),
          List.copyOf(warnings));
    } finally {
      lock.unlock();
    }
  }

  /// Nothing more will happen.
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void accept(BuildEvent event) {
    lock.lock();
    try {
      switch (event) {
        case BuildEvent.Started e ->
            vertex(
                e.vertex(),
                new Vertex(
                    e.vertex().toString(),
                    e.inputs().stream().map(Digest::toString).toList(),
                    e.name(),
                    false,
                    Optional.of(e.at()),
                    Optional.empty(),
                    ""));
        case BuildEvent.Completed e -> end(e, e.cached(), "");
        case BuildEvent.Failed e ->
            // The client shows CANCELED where an error ends with these words.
            end(e, false, e.canceled() ? "context canceled" : e.error());
        case BuildEvent.Output e ->
            output(
                new VertexLog(
                    e.vertex().toString(),
                    e.at(),
                    switch (e.source()) {
                      case STDOUT -> 1;
                      case STDERR -> 2;
                    },
                    e.bytes()));
        case BuildEvent.Status e -> status(e);
        case BuildEvent.Kept e -> {
          String text =
              "its files are kept for a while; to look: docker run --rm -it " + e.image() + "\n";
          output(new VertexLog(e.vertex().toString(), e.at(), 2, bytes(text)));
        }
        case BuildEvent.Instruction _, BuildEvent.Explained _ -> {
          // The classic builder's count, and what Graft's own client shows: buildx has no place for
          // either.
        }
        case BuildEvent.Warned e -> {
          VertexWarning warning = warning(e);
          warnings.add(warning);
          watchers.forEach(w -> w.warnings.add(warning));
        }
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void vertex(Digest id, Vertex now) {
    vertices.put(id, now);
    watchers.forEach(w -> w.vertices.put(id, now));
  }

  private void end(BuildEvent e, boolean cached, String error) {
    Vertex before = vertices.get(e.vertex());
    if (before != null) {
      vertex(
          e.vertex(),
          new Vertex(
              before.digest(),
              before.inputs(),
              before.name(),
              cached,
              before.started(),
              Optional.of(e.at()),
              error));
    }
  }

  private void status(BuildEvent.Status e) {
    String key = e.vertex() + " " + e.name();
    VertexStatus now =
        new VertexStatus(
            e.name(),
            e.vertex().toString(),
            e.name(),
            e.current(),
            e.total(),
            e.at(),
            e.started(),
            e.completed());
    statuses.put(key, now);
    watchers.forEach(w -> w.statuses.put(key, now));
  }

  private void output(VertexLog log) {
    recorded.add(log);
    recorded.keepLast(RECORDED_OUTPUT);
    if (watchers.isEmpty()) {
      kept.add(log);
      kept.keepLast(KEPT_OUTPUT);
      return;
    }
    while (!ended && watchers.stream().anyMatch(w -> w.output.bytes > MOST_OUTPUT)) {
      // As a program waits whose pipe is full. It does not outlast the watcher.
      changed.awaitUninterruptibly();
    }
    watchers.forEach(w -> w.output.add(log));
  }

  private static VertexWarning warning(BuildEvent.Warned e) {
    Warning warning = e.warning();
    String line = warning.lines().isEmpty() ? "" : " (line " + line(warning) + ")";
    return new VertexWarning(
        e.vertex().toString(),
        1,
        bytes(warning.rule() + ": " + warning.detail() + line),
        warning.description().isEmpty() ? List.of() : List.of(bytes(warning.description())),
        warning.url(),
        Optional.of(new Ops.SourceInfo(e.place().file(), e.place().data())),
        warning.lines().stream().map(l -> new Ops.Range(l.first(), l.last())).toList());
  }

  private static int line(Warning warning) {
    return warning.lines().stream().mapToInt(Lines::first).min().orElse(0);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

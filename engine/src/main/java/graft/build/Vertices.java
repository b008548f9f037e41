package graft.build;

import graft.build.BuildEvent.Source;
import graft.build.dockerfile.Location;
import graft.build.dockerfile.Warning;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// What a build tells of itself, vertex by vertex.
public final class Vertices {
  private final String build;
  private final Consumer<BuildEvent> listener;
  private final AtomicInteger count = new AtomicInteger();

  public Vertices(String build, Consumer<BuildEvent> listener) {
    this.build = build;
    this.listener = listener;
  }

  /// Of the Dockerfile, which `vertex` has loaded.
  public void warn(Digest vertex, Warning warning, Location place) {
    listener.accept(new BuildEvent.Warned(vertex, Instant.now(), warning, place));
  }

  /// A vertex that begins now.
  public Vertex begin(String name, List<Digest> inputs) {
    Digest id = id(name);
    listener.accept(new BuildEvent.Started(id, Instant.now(), name, inputs));
    return new Vertex(id);
  }

  private Digest id(String name) {
    String text = build + "\n" + count.incrementAndGet() + "\n" + name;
    return Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  /// An instruction in the count of the classic builder.
  public record Numbered(int number, int total, String text) {
    public static final Numbered NONE = new Numbered(0, 0, "");
  }

  /// The vertex of an instruction.
  public Vertex begin(String name, List<Digest> inputs, Numbered numbered) {
    Vertex vertex = begin(name, inputs);
    tell(vertex.id(), numbered, Optional.empty());
    return vertex;
  }

  public void done(Vertex vertex, Numbered numbered, Digest state) {
    tell(vertex.id(), numbered, Optional.of(state));
  }

  /// An instruction that has no vertex.
  public void passed(Numbered numbered, Digest state) {
    Digest id = id(numbered.text());
    tell(id, numbered, Optional.empty());
    tell(id, numbered, Optional.of(state));
  }

  private void tell(Digest vertex, Numbered n, Optional<Digest> done) {
    if (n.number() > 0) {
      listener.accept(
          new BuildEvent.Instruction(vertex, Instant.now(), n.number(), n.total(), n.text(), done));
    }
  }

  /// Work that may fail, shown as one line.
  public interface Work<T> {
    T run(Vertex vertex) throws IOException, InterruptedException;
  }

  public <T> T around(String name, List<Digest> inputs, Work<T> work)
      throws IOException, InterruptedException {
    Vertex vertex = begin(name, inputs);
    try {
      T result = work.run(vertex);
      vertex.completed(false);
      return result;
    } catch (IOException | InterruptedException | RuntimeException e) {
      vertex.failed(e);
      throw e;
    }
  }

  public final class Vertex {
    private final Digest id;

    private Vertex(Digest id) {
      this.id = id;
    }

    public Digest id() {
      return id;
    }

    public void output(Source source, byte[] bytes) {
      listener.accept(new BuildEvent.Output(id, Instant.now(), source, bytes));
    }

    public void explain(String reason) {
      listener.accept(new BuildEvent.Explained(id, Instant.now(), reason));
    }

    public void kept(String image) {
      listener.accept(new BuildEvent.Kept(id, Instant.now(), image));
    }

    public void completed(boolean cached) {
      listener.accept(new BuildEvent.Completed(id, Instant.now(), cached));
    }

    public void failed(Throwable reason) {
      boolean canceled = reason instanceof InterruptedException;
      String text =
          canceled || reason.getMessage() == null ? "context canceled" : reason.getMessage();
      listener.accept(new BuildEvent.Failed(id, Instant.now(), text, canceled));
    }

    public Status status(String name) {
      return new Status(name);
    }

    /// How far one thing is.
    public final class Status {
      private final String name;
      private final Instant started = Instant.now();
      private Instant told = Instant.EPOCH;
      private long current;

      private Status(String name) {
        this.name = name;
        tell(0, Optional.empty());
      }

      /// Told at most ten times a second.
      public synchronized void at(long bytes) {
        current = bytes;
        Instant now = Instant.now();
        if (now.isAfter(told.plusMillis(100))) {
          told = now;
          tell(0, Optional.empty());
        }
      }

      public synchronized void done() {
        tell(0, Optional.of(Instant.now()));
      }

      private void tell(long total, Optional<Instant> completed) {
        listener.accept(
            new BuildEvent.Status(id, Instant.now(), name, current, total, started, completed));
      }
    }
  }
}

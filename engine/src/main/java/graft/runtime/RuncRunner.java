package graft.runtime;

import graft.error.GraftException;
import graft.linux.Descriptor;
import graft.linux.Spawn;
import graft.runtime.Runtime.Streams.Source;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// `runc run`, its output by pipes.
public final class RuncRunner implements Runner {
  private static final System.Logger LOG = System.getLogger(RuncRunner.class.getName());
  private static final int PIECE = 32 * 1024;
  private static final int LIMIT = 64 * 1024;

  private final Path state;
  private final Path runtime;
  private final SpecWriter specs;

  RuncRunner(Path state, Path runtime, SpecWriter specs) {
    this.state = state;
    this.runtime = runtime;
    this.specs = specs;
  }

  /// @param state a directory that a reboot empties
  public static RuncRunner find(Path state) throws IOException {
    return new RuncRunner(
        Files.createDirectories(state), RuncRuntime.program(), new SpecWriter(Host.current()));
  }

  @Override
  public int run(Job job, Output output) throws IOException, InterruptedException {
    SpecWriter.Result config = specs.write(job.spec(), job.id(), job.root());
    for (String warning : config.warnings()) {
      LOG.log(System.Logger.Level.WARNING, "step {0}: {1}", job.id(), warning);
    }
    Files.writeString(job.directory().resolve("config.json"), config.json());
    Path log = job.directory().resolve("runc.log");
    Descriptor.Pipe out = Descriptor.pipe(true);
    Descriptor.Pipe err = Descriptor.pipe(true);
    Spawn.Child child;
    try (Descriptor outWriter = out.writer();
        Descriptor errWriter = err.writer()) {
      child =
          Spawn.start(
              List.of(
                  runtime.toString(),
                  "--root=" + state,
                  "--log=" + log,
                  "run",
                  "--bundle=" + job.directory(),
                  job.id()),
              Monitor.environment(Map.of()),
              Path.of("/"),
              Map.of(1, outWriter, 2, errWriter));
    } catch (IOException | RuntimeException e) {
      out.reader().close();
      err.reader().close();
      throw e;
    }
    try (Descriptor stdout = out.reader();
        Descriptor stderr = err.reader();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> first = threads.submit(() -> copy(stdout, Source.STDOUT, output));
      Future<?> second = threads.submit(() -> copy(stderr, Source.STDERR, output));
      int code = await(job, child);
      first.get();
      second.get();
      String said = said(log);
      if (code != 0 && !said.isEmpty()) {
        throw RuntimeErrors.create(said, job.root());
      }
      return code;
    } catch (ExecutionException e) {
      throw new IOException("cannot read the output of a step: " + e.getMessage(), e);
    }
  }

  private int await(Job job, Spawn.Child child) throws IOException, InterruptedException {
    try {
      return child.await();
    } catch (InterruptedException e) {
      kill(job, child);
      throw e;
    }
  }

  /// The processes first: with them gone the pipes end, and with these their readers.
  private void kill(Job job, Spawn.Child child) throws IOException {
    Thread killer =
        Thread.ofVirtual()
            .start(() -> {
              try {
                discard(job.id());
                child.kill(9);
              } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "step {0} had ended: {1}", job.id(), e);
              }
              try {
                child.await();
                // It may have made the container in the meantime.
                discard(job.id());
              } catch (IOException | InterruptedException e) {
                LOG.log(System.Logger.Level.WARNING, "step {0}: {1}", job.id(), e);
              }
            });
    boolean interrupted = false;
    while (killer.isAlive()) {
      try {
        killer.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// What runc logs it logs because something is wrong with the container, not with the program.
  private static String said(Path log) throws IOException {
    try {
      byte[] text = Files.readAllBytes(log);
      return new String(text, 0, Math.min(LIMIT, text.length), StandardCharsets.UTF_8).strip();
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private static Void copy(Descriptor from, Source source, Output output) throws IOException {
    byte[] buffer = new byte[PIECE];
    for (int n = from.read(buffer, 0, PIECE); n > 0; n = from.read(buffer, 0, PIECE)) {
      output.accept(source, Arrays.copyOf(buffer, n));
    }
    return null;
  }

  @Override
  public void discard(String id) throws IOException {
    if (!Files.exists(state.resolve(id))) {
      return;
    }
    Spawn.Child child =
        Spawn.start(
            List.of(runtime.toString(), "--root=" + state, "delete", "--force", id),
            Monitor.environment(Map.of()),
            Path.of("/"),
            Map.of());
    try {
      if (child.await() != 0 && Files.exists(state.resolve(id))) {
        throw GraftException.internal("cannot remove what is left of step " + id, null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

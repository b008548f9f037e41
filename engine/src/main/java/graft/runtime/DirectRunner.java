package graft.runtime;

import graft.error.GraftException;
import graft.linux.Descriptor;
import graft.linux.LinuxException;
import graft.linux.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Jobs whose container the engine makes itself, where it can; a tenth of the time of a runtime.
/// What is not for it, another runner does.
public final class DirectRunner implements Runner {
  private static final System.Logger LOG = System.getLogger(DirectRunner.class.getName());
  private static final int SIGKILL = 9;
  private static final int TRIES = 200;
  private static final long PAUSE_MILLIS = 5;

  private final Runner other;
  private final Path state;
  private final SpecWriter specs;
  private final DirectLaunch direct;

  private DirectRunner(Runner other, Path state, SpecWriter specs, DirectLaunch direct) {
    this.other = other;
    this.state = state;
    this.specs = specs;
    this.direct = direct;
  }

  /// @param state a directory that a reboot empties
  /// @param other does what is not for us
  public static DirectRunner over(Runner other, Path state) throws IOException {
    Files.createDirectories(state);
    Path place = Files.createDirectories(state.resolve("place"));
    return new DirectRunner(
        other, state, new SpecWriter(Host.current()), new DirectLaunch(new DirectExec(), place));
  }

  @Override
  public int run(Job job, Output output) throws IOException, InterruptedException {
    SpecWriter.Result config = specs.write(job.spec(), job.id(), job.root());
    // Before there is anything: an engine that dies leaves the name of what it was making.
    Path note = note(job.id());
    Files.writeString(note, SpecWriter.cgroupPath(job.spec(), job.id()));
    try {
      Optional<DirectLaunch.Launched> launched = direct.start(job.id(), config.json(), job.root());
      if (launched.isPresent()) {
        for (String warning : config.warnings()) {
          LOG.log(System.Logger.Level.WARNING, "job {0}: {1}", job.id(), warning);
        }
        return attend(launched.get(), output);
      }
    } finally {
      Files.deleteIfExists(note);
    }
    return other.run(job, output);
  }

  private Path note(String id) {
    return state.resolve(id);
  }

  private static int attend(DirectLaunch.Launched launched, Output output)
      throws IOException, InterruptedException {
    Runtime.Process process = launched.process();
    Thread reader =
        Thread.ofVirtual().name("graft-job-output").unstarted(() -> read(process, output));
    try (LaunchGroups _ = launched.groups();
        Runtime.Streams _ = process.streams()) {
      reader.start();
      try {
        int code = process.await();
        reader.join();
        return code;
      } catch (InterruptedException e) {
        end(process);
        throw e;
      }
    }
  }

  private static void read(Runtime.Process process, Output output) {
    try {
      for (Optional<Runtime.Streams.Chunk> chunk = process.streams().next();
          chunk.isPresent();
          chunk = process.streams().next()) {
        byte[] bytes = new byte[chunk.get().bytes().remaining()];
        chunk.get().bytes().get(bytes);
        output.accept(chunk.get().source(), bytes);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "the output of a job was closed", e);
    }
  }

  /// With the first process all of its namespace end.
  private static void end(Runtime.Process process) throws IOException {
    boolean ended = false;
    while (!ended) {
      try {
        process.kill(SIGKILL);
        process.await();
        ended = true;
      } catch (GraftException e) {
        ended = true; // it has ended by itself
      } catch (InterruptedException e) {
        LOG.log(System.Logger.Level.DEBUG, "a job ends: one interrupt is enough");
      }
    }
  }

  @Override
  public void discard(String id) throws IOException {
    Path note = note(id);
    if (Files.exists(note)) {
      String path = Files.readString(note);
      if (path.endsWith("/" + id)) {
        discardGroups(path);
      }
      Files.deleteIfExists(note);
    }
    other.discard(id);
  }

  private static void discardGroups(String path) throws IOException {
    for (int i = 0; Cgroup.removeEmpty(path) > 0 && i < TRIES; i++) {
      for (int pid : LaunchGroups.pids(path)) {
        try (Descriptor pidfd = Processes.open(pid)) {
          // Asked again, with the descriptor open: a number changes hands.
          if (LaunchGroups.pids(path).contains(pid)) {
            Processes.signal(pidfd, SIGKILL);
          }
        } catch (LinuxException e) {
          LOG.log(System.Logger.Level.DEBUG, "process {0} has ended", pid);
        }
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}

package graft.runtime;

import graft.error.GraftException;
import graft.linux.Descriptor;
import graft.linux.Errno;
import graft.linux.LinuxException;
import graft.linux.Spawn;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/// A process that is a child of this one. A thread of its own awaits it from the start: its streams
/// end with it, whether anybody asks how it ended or not.
final class DirectProcess implements Runtime.Process {
  private final String execId;
  private final Spawn.Child child;
  private final LocalStreams streams;
  private final Optional<Descriptor> terminal;
  private OptionalInt code = OptionalInt.empty();

  DirectProcess(String execId, Spawn.Child child, DirectExec.Ends.Kept ends) {
    this.execId = execId;
    this.child = child;
    this.streams = ends.streams();
    this.terminal = ends.terminal();
    Thread.ofVirtual().name("graft-exec-" + child.pid()).start(this::reap);
  }

  private void reap() {
    int ended;
    try {
      ended = child.await();
    } catch (IOException | InterruptedException e) {
      DirectExec.LOG.log(System.Logger.Level.WARNING, "await exec " + execId, e);
      ended = 255;
    }
    streams.processEnded();
    synchronized (this) {
      code = OptionalInt.of(ended);
      notifyAll();
    }
  }

  @Override
  public int pid() {
    return child.pid();
  }

  @Override
  public Runtime.Streams streams() {
    return streams;
  }

  @Override
  public void resize(int columns, int rows) throws IOException {
    if (terminal.isPresent() && !terminal.get().resize(columns, rows)) {
      throw notRunning();
    }
  }

  @Override
  public synchronized void kill(int signal) throws IOException {
    if (code.isPresent()) {
      throw notRunning();
    }
    try {
      child.kill(signal);
    } catch (LinuxException e) {
      if (e.errno() == Errno.ESRCH) {
        throw notRunning();
      }
      throw e;
    }
  }

  private GraftException notRunning() {
    return GraftException.conflict("exec " + execId + " is not running");
  }

  @Override
  public synchronized int await() throws InterruptedException {
    while (code.isEmpty()) {
      wait();
    }
    return code.getAsInt();
  }
}

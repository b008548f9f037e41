package graft.runtime;

import graft.linux.Descriptor;
import graft.linux.LinuxException;
import graft.linux.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The directory a monitor works in: what we give it, and what it leaves for us (or for the engine
/// that comes after us). Everything known of a process stands here.
///
/// @param id of the container
/// @param key names the exit record: the container's id, or that of the exec
record Bundle(Path directory, String id, String key) {
  private static final int PIECE = 199;
  private static final long SETTLE_MILLIS = 150;
  private static final Map<Path, Object> LATEST = new ConcurrentHashMap<>();
  private static final LinkOption[] NOFOLLOW = {LinkOption.NOFOLLOW_LINKS};

  static Bundle of(Runtime.Task task) {
    return new Bundle(task.directory().resolve("bundle"), task.id(), task.id());
  }

  Bundle exec(String execId) {
    return new Bundle(directory.resolve("execs").resolve(execId), id, execId);
  }

  Path config() {
    return directory.resolve("config.json");
  }

  Path processSpec() {
    return directory.resolve("process.json");
  }

  Path pidFile() {
    return directory.resolve("pid");
  }

  Path monitorPidFile() {
    return directory.resolve("monitor.pid");
  }

  Path attachSocket() {
    return directory.resolve("attach");
  }

  Path control() {
    return directory.resolve("ctl");
  }

  Path runtimeLog() {
    return directory.resolve("runtime.log");
  }

  private Path initFile() {
    return directory.resolve("init");
  }

  /// An empty directory, whatever lay here from a former run.
  void clear() throws IOException {
    remove(directory);
    Files.createDirectories(directory);
  }

  void remove() throws IOException {
    // What says that there is something to take away goes last.
    Files.deleteIfExists(attachSocket());
    remove(directory.resolve("execs"));
    Files.deleteIfExists(config());
    remove(directory);
  }

  static void remove(Path tree) throws IOException {
    if (Files.isDirectory(tree, NOFOLLOW)) {
      List<Path> children = new ArrayList<>();
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(tree)) {
        stream.forEach(children::add);
      } catch (NoSuchFileException e) {
        return;
      }
      for (Path child : children) {
        remove(child);
      }
    }
    Files.deleteIfExists(tree);
  }

  /// Notes which process is the first one: number and start time, for numbers are used again.
  void rememberInit(int pid) throws IOException {
    Files.writeString(initFile(), pid + " " + Proc.startTime(pid).orElse(0));
  }

  /// Whether a process was ever made here.
  boolean known() {
    return Files.exists(initFile(), NOFOLLOW);
  }

  /// Whether a process was to be made here and the engine died before it knew of it.
  boolean halfMade() {
    return !known() && Files.exists(config(), NOFOLLOW);
  }

  /// Waits until the monitor has had the runtime make the process, or is gone: before that, there
  /// is nothing to delete yet but soon would be.
  boolean awaitSetUp(long millis) throws IOException, InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    while (!Files.exists(pidFile(), NOFOLLOW)) {
      Optional<Descriptor> monitor = monitor();
      if (monitor.isEmpty() || System.nanoTime() > end) {
        return false;
      }
      try (Descriptor pidfd = monitor.get()) {
        pidfd.awaitReadable(5);
      }
    }
    return true;
  }

  /// The number of the first process while it is alive.
  Optional<Integer> init() throws IOException {
    String text = read(initFile());
    if (text == null) {
      return Optional.empty();
    }
    int space = text.indexOf(' ');
    if (space < 0) {
      return Optional.empty();
    }
    int pid = Integer.parseInt(text.substring(0, space));
    long started = Long.parseLong(text.substring(space + 1));
    long now = Proc.startTime(pid).orElse(-1);
    return now == started ? Optional.of(pid) : Optional.empty();
  }

  /// A descriptor of the monitor; empty when it is gone. The caller closes it.
  Optional<Descriptor> monitor() throws IOException {
    String text = read(monitorPidFile());
    if (text == null) {
      return Optional.empty();
    }
    int pid = Integer.parseInt(text);
    Descriptor pidfd;
    try {
      pidfd = Processes.open(pid);
    } catch (LinuxException e) {
      return Optional.empty();
    }
    // Asked after the descriptor is open: now the number cannot change hands.
    String command = read(Path.of("/proc/" + pid + "/cmdline"));
    if (command == null || !command.contains(key)) {
      pidfd.close();
      return Optional.empty();
    }
    return Optional.of(pidfd);
  }

  Optional<Runtime.Exit> exit() throws IOException {
    Path record = directory.resolve("exit");
    String text = read(record);
    if (text == null || text.isEmpty()) {
      return Optional.empty();
    }
    Instant at = Files.getLastModifiedTime(record).toInstant();
    return Optional.of(
        new Runtime.Exit(
            Integer.parseInt(text), at, Files.exists(directory.resolve("oom"), NOFOLLOW)));
  }

  /// Notes what the monitor did not hear of.
  Runtime.Exit killedForMemory(Runtime.Exit exit) throws IOException {
    Path note = directory.resolve("oom");
    if (!Files.exists(note, NOFOLLOW)) {
      Files.createFile(note);
    }
    return new Runtime.Exit(exit.code(), exit.at(), true);
  }

  /// Writes the record the monitor did not live to write.
  void writeExit(int code) throws IOException {
    Path whole = directory.resolve("exit");
    Path part = directory.resolve("exit.part");
    Files.writeString(part, Integer.toString(code));
    Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
  }

  /// Waits for the exit record. A monitor that was killed leaves none: then the first process is
  /// awaited instead, and the code is 255, for nobody will ever know it.
  Runtime.Exit await() throws IOException, InterruptedException {
    while (true) {
      Optional<Runtime.Exit> exit = exit();
      if (exit.isPresent()) {
        return exit.get();
      }
      Optional<Descriptor> monitor = monitor();
      if (monitor.isPresent()) {
        try (Descriptor pidfd = monitor.get()) {
          pidfd.awaitReadable();
        }
      } else if (!known()) {
        throw graft.error.GraftException.conflict("container " + id + " is not running");
      } else if (exit().isEmpty()) {
        awaitInit();
        if (exit().isEmpty()) {
          writeExit(255);
        }
      }
    }
  }

  private void awaitInit() throws IOException, InterruptedException {
    Optional<Integer> init = init();
    if (init.isEmpty()) {
      return;
    }
    Descriptor pidfd;
    try {
      pidfd = Processes.open(init.get());
    } catch (LinuxException e) {
      return;
    }
    try (pidfd) {
      if (init().isPresent()) {
        pidfd.awaitReadable();
      }
    }
  }

  /// Sends a signal to the first process; false if it is gone.
  boolean signal(int signal) throws IOException {
    Optional<Integer> init = init();
    if (init.isEmpty()) {
      return false;
    }
    try (Descriptor pidfd = Processes.open(init.get())) {
      if (init().isEmpty()) {
        return false;
      }
      Processes.signal(pidfd, signal);
      return true;
    } catch (LinuxException e) {
      if (e.errno() == graft.linux.Errno.ESRCH) {
        return false;
      }
      throw e;
    }
  }

  /// The terminal's size. Of sizes that come fast one after another conmon 2.1 may miss the last,
  /// so each is told once more when it is surely done with the first.
  void resize(int columns, int rows) throws IOException {
    String message = "1 " + rows + " " + columns;
    Object mine = new Object();
    LATEST.put(directory, mine);
    tell(message);
    Thread.ofVirtual()
        .start(() -> {
          try {
            Thread.sleep(SETTLE_MILLIS);
            // An older one that is late must not undo a newer.
            if (LATEST.remove(directory, mine)) {
              tell(message);
            }
          } catch (IOException e) {
            // It has ended meanwhile.
            return;
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /// Tells the monitor something: `1 ROWS COLUMNS` is the size of the terminal, `2 0 0` asks it to
  /// open its log anew.
  void tell(String message) throws IOException {
    // As long as what conmon 2.1 reads at once: of several lines in one piece it takes the first
    // for all of them, and a terminal would keep a size that it had for a moment.
    String line = message + " ".repeat(Math.max(0, PIECE - 1 - message.length())) + "\n";
    byte[] bytes = line.getBytes(StandardCharsets.US_ASCII);
    try (Descriptor fifo = Descriptor.openFifo(control())) {
      fifo.write(bytes, 0, bytes.length);
    }
  }

  static @Nullable String read(Path file) throws IOException {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      if (file.startsWith("/proc")) {
        return null; // the process ended while we read
      }
      throw e;
    }
  }
}

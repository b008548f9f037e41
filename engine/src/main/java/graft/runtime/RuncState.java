package graft.runtime;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import graft.linux.Descriptor;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// What runc keeps of one container below its `--root`: `state.json`, and between create and start
/// the fifo that holds the first process back. A start of runc costs about as much as all that it
/// then does with these, so the two simplest steps of a container's life are done here. Each
/// answers false where the files are not as runc leaves them (another runtime, another version):
/// then runc itself is to be asked.
///
/// Source: runc 1.0 to 1.3, libcontainer/container_linux.go (`exec`, `readFromExecFifo`) and
/// libcontainer/state_linux.go (`destroy`).
record RuncState(Path directory) {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final long TICK_MILLIS = 50;

  /// The last processes of a group leave it a moment after the first one's end.
  private static final int TRIES = 5;

  private static final long PAUSE_MILLIS = 2;

  boolean absent() {
    return !Files.exists(directory, LinkOption.NOFOLLOW_LINKS);
  }

  /// Whether the first process was set up and still waits.
  boolean waiting() {
    return Files.exists(fifo(), LinkOption.NOFOLLOW_LINKS);
  }

  private Path fifo() {
    return directory.resolve("exec.fifo");
  }

  private Path state() {
    return directory.resolve("state.json");
  }

  /// Opens the other end of the fifo: the first process writes one byte and becomes the program.
  /// The fifo goes, which says that the container was started.
  boolean start(BooleanSupplier alive) throws IOException, InterruptedException {
    if (!waiting() || !Files.exists(state())) {
      return false;
    }
    try (Descriptor fifo = Descriptor.openFifoToRead(fifo())) {
      // Until the process has opened its end there is nothing to read, not even an end. A short
      // program may come to its end between a wait that was in vain and the question whether it
      // lives: its byte is here then.
      boolean gone = false;
      while (!gone && !fifo.awaitReadable(TICK_MILLIS)) {
        gone = !alive.getAsBoolean();
      }
      byte[] go = new byte[1];
      if ((gone ? fifo.readNow(go, 0, 1) : fifo.read(go, 0, 1)) < 1) {
        return false;
      }
    }
    Files.delete(fifo());
    return true;
  }

  /// Removes the cgroups and the directory of a container whose processes have all ended.
  boolean destroy() throws IOException, InterruptedException {
    List<Path> groups = cgroups();
    if (groups == null) {
      return false;
    }
    for (Path group : groups) {
      if (!removed(group)) {
        return false;
      }
    }
    Bundle.remove(directory);
    return true;
  }

  private static boolean removed(Path group) throws InterruptedException {
    for (int i = 0; i < TRIES; i++) {
      try {
        Files.deleteIfExists(group);
        return true;
      } catch (FileSystemException e) {
        Thread.sleep(PAUSE_MILLIS); // busy; with groups in it, it stays so
      } catch (IOException e) {
        return false;
      }
    }
    return false;
  }

  /// The directories of its control groups, by hierarchy; empty where they are not as runc notes
  /// them.
  List<Path> groups() {
    List<Path> groups = cgroups();
    return groups == null ? List.of() : groups;
  }

  /// Null if the state cannot be read, or names something that is no cgroup.
  private @Nullable List<Path> cgroups() {
    JsonNode paths;
    try {
      paths = JSON.readTree(Files.readAllBytes(state())).path("cgroup_paths");
    } catch (JacksonException e) {
      return null;
    } catch (IOException e) {
      return null; // no state.json, or half of one
    }
    if (!paths.isObject() || paths.isEmpty()) {
      return null;
    }
    List<Path> groups = new ArrayList<>();
    for (JsonNode path : paths) {
      Path group = Path.of(path.asText()).normalize();
      if (!group.startsWith(CGROUPS) || group.getNameCount() < CGROUPS.getNameCount() + 2) {
        return null;
      }
      groups.add(group);
    }
    return groups;
  }
}

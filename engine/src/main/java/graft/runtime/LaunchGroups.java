package graft.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import graft.linux.Fd;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/// The control groups of one container that the engine makes itself, with what limits it has, open
/// to be entered. They go when it is closed.
abstract sealed class LaunchGroups implements AutoCloseable permits V1Groups, V2Groups {
  static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final int TRIES = 200;
  private static final long PAUSE_MILLIS = 2;
  private static final Set<String> MEMORY =
      Set.of("limit", "swap", "reservation", "disableOOMKiller");
  private static final Set<String> CPU = Set.of("shares", "quota", "period", "cpus", "mems");

  private final List<Path> made = new ArrayList<>();

  /// Of whichever version the host has.
  ///
  /// @param hierarchies see [#hierarchies]
  /// @param path as the specification has it: absolute, in each hierarchy
  static LaunchGroups make(Map<String, String> hierarchies, String path, JsonNode resources)
      throws IOException {
    return hierarchies.isEmpty()
        ? V2Groups.make(ROOT, path, resources)
        : V1Groups.make(hierarchies, path, resources);
  }

  /// Files by which the process enters them, by writing `0`.
  abstract List<Fd> tasks();

  /// The directory that the process is to be born in.
  abstract OptionalInt unified();

  /// Nobody enters any more.
  abstract void shut();

  /// To be removed at the end.
  void made(Path directory) {
    made.add(directory);
  }

  /// The hierarchies of version 1 that are here, with the controllers of each.
  static Map<String, String> hierarchies() throws IOException {
    Map<String, String> all = new TreeMap<>();
    String text = Bundle.read(Path.of("/proc/self/cgroup"));
    for (String line : text == null ? List.<String>of() : text.lines().toList()) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3 && !parts[1].isEmpty()) {
        String name = parts[1].startsWith("name=") ? parts[1].substring(5) : parts[1];
        if (Files.isDirectory(ROOT.resolve(name))) {
          all.put(name, parts[1]);
        }
      }
    }
    return all;
  }

  /// Whether these limits can be had here.
  static boolean knows(JsonNode resources) {
    return only(resources, Set.of("memory", "cpu", "pids", "blockIO", "devices"))
        && only(resources.path("memory"), MEMORY)
        && !resources.path("memory").path("disableOOMKiller").asBoolean()
        && only(resources.path("cpu"), CPU)
        && only(resources.path("pids"), Set.of("limit"))
        && resources.path("blockIO").isEmpty();
  }

  static boolean only(JsonNode object, Set<String> names) {
    for (var field : object.properties()) {
      if (!names.contains(field.getKey())) {
        return false;
      }
    }
    return true;
  }

  /// Who is in the groups of this path.
  static List<Integer> pids(String path) throws IOException {
    List<Integer> all = new ArrayList<>();
    List<String> hierarchies = new ArrayList<>(hierarchies().keySet());
    if (hierarchies.isEmpty()) {
      hierarchies.add("");
    }
    for (String hierarchy : hierarchies) {
      String text = Bundle.read(Path.of(ROOT + "/" + hierarchy + path + "/cgroup.procs"));
      if (text != null && !text.isEmpty()) {
        text.lines().map(Integer::valueOf).filter(pid -> !all.contains(pid)).forEach(all::add);
      }
    }
    return all;
  }

  /// Waits for the last processes, which leave a moment after the first one's end.
  @Override
  public void close() throws IOException {
    shut();
    IOException failed = null;
    for (Path directory : made) {
      try {
        remove(directory);
      } catch (IOException e) {
        failed = e; // the others go none the less
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  private static void remove(Path directory) throws IOException {
    for (int i = 0; ; i++) {
      try {
        // What the container made below of its own, by a cgroup file system of its own.
        try (DirectoryStream<Path> below =
            Files.newDirectoryStream(directory, Files::isDirectory)) {
          for (Path one : below) {
            remove(one);
          }
        }
        Files.deleteIfExists(directory);
        return;
      } catch (NoSuchFileException e) {
        return;
      } catch (FileSystemException e) {
        if (i == TRIES) {
          throw e;
        }
        try {
          Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw e;
        }
      }
    }
  }
}

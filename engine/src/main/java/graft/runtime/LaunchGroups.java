package graft.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import graft.linux.Fd;
import graft.linux.LinuxFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
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
import org.jspecify.annotations.Nullable;

/// Control groups of version 1 for one container that the engine makes itself, with what limits it
/// has, open to be entered; and the one of the unified hierarchy beside them, where there is one.
/// They go when it is closed.
///
/// Source: kernel, admin-guide/cgroup-v1; the order of device rules is runc's.
final class LaunchGroups implements AutoCloseable {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final int TRIES = 200;
  private static final long PAUSE_MILLIS = 2;

  /// What a group has to have before anything may be in it.
  private static final List<String> INHERITED = List.of("cpuset.cpus", "cpuset.mems");

  /// What runc adds to all rules: to make nodes is not to use them.
  private static final List<String> ALWAYS =
      List.of(
          "c *:* m",
          "b *:* m",
          "c 1:3 rwm",
          "c 1:8 rwm",
          "c 1:7 rwm",
          "c 5:0 rwm",
          "c 1:5 rwm",
          "c 1:9 rwm",
          "c 136:* rwm",
          "c 5:2 rwm");

  private static final Set<String> MEMORY =
      Set.of("limit", "swap", "reservation", "disableOOMKiller");
  private static final Set<String> CPU = Set.of("shares", "quota", "period", "cpus", "mems");

  private final List<Path> made = new ArrayList<>();
  private final List<Fd> tasks = new ArrayList<>();
  private @Nullable Fd unified;

  private LaunchGroups() {}

  /// The hierarchies that are here, with the controllers of each; empty where version 1 is not.
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

  /// @param path as the specification has it: absolute, in each hierarchy
  static LaunchGroups make(Map<String, String> hierarchies, String path, JsonNode resources)
      throws IOException {
    LaunchGroups groups = new LaunchGroups();
    boolean done = false;
    try {
      for (String hierarchy : hierarchies.keySet()) {
        Path directory = groups.directory(ROOT.resolve(hierarchy), path);
        groups.limit(directory, resources);
        groups.tasks.add(
            LinuxFiles.open(directory.resolve("tasks").toString(), LinuxFiles.O_WRONLY));
      }
      Path both = ROOT.resolve("unified");
      if (Files.exists(both.resolve("cgroup.controllers"))) {
        Path directory = groups.directory(both, path);
        groups.unified =
            LinuxFiles.open(directory.toString(), LinuxFiles.O_PATH | LinuxFiles.O_DIRECTORY);
      }
      done = true;
      return groups;
    } finally {
      if (!done) {
        groups.close();
      }
    }
  }

  private Path directory(Path hierarchy, String path) throws IOException {
    Path directory = hierarchy;
    String[] names = path.substring(1).split("/");
    for (int i = 0; i < names.length; i++) {
      Path above = directory;
      directory = directory.resolve(names[i]);
      try {
        Files.createDirectory(directory);
        if (i == names.length - 1) {
          made.add(directory);
        }
      } catch (FileAlreadyExistsException e) {
        if (i == names.length - 1) {
          throw e; // of another container, or of one that an engine before us left
        }
      }
      for (String file : INHERITED) {
        Path own = directory.resolve(file);
        if (Files.exists(own) && Files.readString(own).isBlank()) {
          write(own, Files.readString(above.resolve(file)).strip());
        }
      }
    }
    return directory;
  }

  private void limit(Path directory, JsonNode resources) throws IOException {
    JsonNode memory = resources.path("memory");
    set(directory, "memory.limit_in_bytes", memory.path("limit"));
    set(directory, "memory.memsw.limit_in_bytes", memory.path("swap"));
    set(directory, "memory.soft_limit_in_bytes", memory.path("reservation"));
    JsonNode cpu = resources.path("cpu");
    set(directory, "cpu.shares", cpu.path("shares"));
    set(directory, "cpu.cfs_period_us", cpu.path("period"));
    set(directory, "cpu.cfs_quota_us", cpu.path("quota"));
    set(directory, "cpuset.cpus", cpu.path("cpus"));
    set(directory, "cpuset.mems", cpu.path("mems"));
    JsonNode pids = resources.path("pids").path("limit");
    if (pids.asLong() > 0) {
      set(directory, "pids.max", pids);
    }
    if (Files.exists(directory.resolve("devices.deny"))) {
      for (JsonNode rule : resources.path("devices")) {
        write(
            directory.resolve(rule.path("allow").asBoolean() ? "devices.allow" : "devices.deny"),
            rule.path("type").asText("a")
                + " "
                + number(rule.path("major"))
                + ":"
                + number(rule.path("minor"))
                + " "
                + rule.path("access").asText("rwm"));
      }
      for (String rule : ALWAYS) {
        write(directory.resolve("devices.allow"), rule);
      }
    }
  }

  private static String number(JsonNode node) {
    return node.isMissingNode() || node.asLong() < 0 ? "*" : node.asText();
  }

  /// Where a value is asked for and this is the hierarchy that has it.
  private static void set(Path directory, String file, JsonNode value) throws IOException {
    Path path = directory.resolve(file);
    if (!value.isMissingNode() && Files.exists(path)) {
      write(path, value.asText());
    }
  }

  private static void write(Path file, String text) throws IOException {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new IOException("write " + text + " to " + file + ": " + e.getMessage(), e);
    }
  }

  List<Fd> tasks() {
    return tasks;
  }

  OptionalInt unified() {
    return unified == null ? OptionalInt.empty() : OptionalInt.of(unified.number());
  }

  /// Nobody enters any more.
  void shut() {
    tasks.forEach(Fd::close);
    if (unified != null) {
      unified.close();
    }
  }

  /// Who is in the groups of this path.
  static List<Integer> pids(String path) throws IOException {
    List<Integer> all = new ArrayList<>();
    for (String hierarchy : hierarchies().keySet()) {
      String text = Bundle.read(ROOT.resolve(hierarchy + path + "/cgroup.procs"));
      if (text != null && !text.isEmpty()) {
        text.lines().map(Integer::valueOf).filter(pid -> !all.contains(pid)).forEach(all::add);
      }
    }
    return all;
  }

  /// Removes the groups of this path in which nobody is; how many are left.
  static int removeEmpty(String path) throws IOException {
    return Cgroup.removeEmpty(path);
  }

  /// Waits for the last processes, which leave a moment after the first one's end.
  @Override
  public void close() throws IOException {
    shut();
    for (Path directory : made) {
      remove(directory);
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

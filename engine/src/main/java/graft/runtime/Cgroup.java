package graft.runtime;

import graft.linux.UserNamespace;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The control group of a container, in either version of the kernel's interface: of version 1 one
/// directory for each controller, of version 2 one for all.
///
/// @param directories by controller; the unified one has the empty name
public record Cgroup(Map<String, Path> directories, boolean unified) {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  public Cgroup {
    directories = Map.copyOf(directories);
  }

  /// Whether groups can be made for containers. A rootless engine has none to divide: the root of
  /// each hierarchy is the machine's, and its containers stay in the group it was started in.
  public static boolean available() {
    return available(ROOT, UserNamespace.own());
  }

  static boolean available(Path root, UserNamespace users) {
    if (users.initial()) {
      return true;
    }
    if (Files.exists(root.resolve("cgroup.controllers"))) {
      return Files.isWritable(root);
    }
    return Stream.of("memory", "pids", "devices").map(root::resolve).anyMatch(Files::isWritable);
  }

  /// The group a process is in; empty if there is no such process.
  public static Optional<Cgroup> ofProcess(int pid) throws IOException {
    String text = Bundle.read(Path.of("/proc/" + pid + "/cgroup"));
    if (text == null || text.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(parse(text, ROOT));
  }

  /// How often the kernel has killed a process in a group for want of memory; 0 if the group is
  /// gone.
  ///
  /// Source: kernel, cgroup-v1/memory (memory.oom_control, its oom_kill since 4.13), cgroup-v2
  /// (memory.events).
  ///
  /// @param path below the root of each hierarchy
  static long killedForMemory(String path) {
    boolean unified = Files.exists(ROOT.resolve("cgroup.controllers"));
    Path directory = (unified ? ROOT : ROOT.resolve("memory")).resolve(path.substring(1));
    return Stats.of(new Cgroup(Map.of(unified ? "" : "memory", directory), unified))
        .memory()
        .oomKills();
  }

  /// Reads `/proc/PID/cgroup`; `root` is where the hierarchies are mounted.
  static Cgroup parse(String text, Path root) {
    boolean unified = Files.exists(root.resolve("cgroup.controllers"));
    Map<String, Path> directories = new TreeMap<>();
    for (String line : text.lines().toList()) {
      String[] parts = line.split(":", 3);
      if (parts.length < 3) {
        continue;
      }
      String below = parts[2].startsWith("/") ? parts[2].substring(1) : parts[2];
      if (parts[1].isEmpty()) {
        directories.put("", (unified ? root : root.resolve("unified")).resolve(below));
      } else {
        String names = parts[1].startsWith("name=") ? parts[1].substring(5) : parts[1];
        for (String name : names.split(",")) {
          Path hierarchy = root.resolve(names);
          directories.put(
              name, (Files.exists(hierarchy) ? hierarchy : root.resolve(name)).resolve(below));
        }
      }
    }
    return new Cgroup(directories, unified);
  }

  /// Every process in it and below.
  public List<Integer> pids() throws IOException {
    List<Integer> pids = new ArrayList<>();
    Path directory = unified ? directories.get("") : directory("pids");
    if (directory == null) {
      directory = directory("memory");
    }
    if (directory != null) {
      collect(directory, pids);
    }
    return pids.stream().sorted().distinct().toList();
  }

  private static void collect(Path directory, List<Integer> pids) throws IOException {
    String text = read(directory.resolve("cgroup.procs"));
    if (text == null) {
      return;
    }
    text.lines().filter(line -> !line.isBlank()).map(Integer::valueOf).forEach(pids::add);
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory, Files::isDirectory)) {
      for (Path child : children) {
        collect(child, pids);
      }
    } catch (NoSuchFileException e) {
      return; // removed while we looked
    }
  }

  public boolean frozen() {
    if (unified) {
      return "1".equals(value("", "cgroup.freeze"));
    }
    String state = value("freezer", "freezer.state");
    return "FROZEN".equals(state) || "FREEZING".equals(state);
  }

  /// The directory of a controller.
  @Nullable Path directory(String controller) {
    return directories.get(unified ? "" : controller);
  }

  /// A file of a controller, stripped; null if it is not there.
  @Nullable String value(String controller, String file) {
    Path directory = directory(controller);
    if (directory == null) {
      return null;
    }
    return read(directory.resolve(file));
  }

  private static @Nullable String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return null; // no such controller, or the group is gone
    }
  }

  /// Takes away what a failed create left: the group's directories, if they are empty; returns how
  /// many are not.
  static int removeEmpty(String path) throws IOException {
    if (path.length() < 2 || path.contains("..") || path.contains(":")) {
      return 0;
    }
    String below = path.startsWith("/") ? path.substring(1) : path;
    List<Path> hierarchies = new ArrayList<>(List.of(ROOT));
    try (DirectoryStream<Path> children = Files.newDirectoryStream(ROOT, Files::isDirectory)) {
      children.forEach(hierarchies::add);
    }
    int busy = 0;
    for (Path hierarchy : hierarchies) {
      try {
        Files.deleteIfExists(hierarchy.resolve(below));
      } catch (java.nio.file.FileSystemException e) {
        busy++; // still in use: not ours to force
      }
    }
    return busy;
  }
}

package graft.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import graft.linux.Fd;
import graft.linux.LinuxFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Groups of version 1, one for each controller; and the one of the unified hierarchy beside them,
/// where there is one.
///
/// Source: kernel, admin-guide/cgroup-v1; the order of device rules is runc's.
final class V1Groups extends LaunchGroups {
  /// What a group has to have before anything may be in it.
  private static final List<String> INHERITED = List.of("cpuset.cpus", "cpuset.mems");

  /// What runc adds to all rules: to make nodes is not to use them.
  static final List<String> ALWAYS =
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

  private final List<Fd> tasks = new ArrayList<>();
  private @Nullable Fd unified;

  private V1Groups() {}

  /// @param path as the specification has it: absolute, in each hierarchy
  static V1Groups make(Map<String, String> hierarchies, String path, JsonNode resources)
      throws IOException {
    V1Groups groups = new V1Groups();
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
          made(directory);
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

  @Override
  List<Fd> tasks() {
    return tasks;
  }

  @Override
  OptionalInt unified() {
    return unified == null ? OptionalInt.empty() : OptionalInt.of(unified.number());
  }

  @Override
  void shut() {
    tasks.forEach(Fd::close);
    if (unified != null) {
      unified.close();
    }
  }
}

package graft.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import graft.linux.DeviceFilter;
import graft.linux.Fd;
import graft.linux.LinuxFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// The one group of version 2.
///
/// Source: kernel, admin-guide/cgroup-v2; how values of version 1 become such is runc's
/// (libcontainer/cgroups/fs2).
final class V2Groups extends LaunchGroups {
  private static final System.Logger LOG = System.getLogger(V2Groups.class.getName());
  private static final String CONTROL = "cgroup.subtree_control";

  private @Nullable Fd directory;

  private V2Groups() {}

  /// @param root where the hierarchy is mounted
  static V2Groups make(Path root, String path, JsonNode resources) throws IOException {
    V2Groups groups = new V2Groups();
    boolean done = false;
    try {
      Path at = root;
      for (String name : path.substring(1).split("/")) {
        enable(at);
        at = at.resolve(name);
        boolean last = at.equals(root.resolve(path.substring(1)));
        try {
          Files.createDirectory(at);
          if (last) {
            groups.made(at);
          }
        } catch (FileAlreadyExistsException e) {
          if (last) {
            throw e; // of another container, or of one that an engine before us left
          }
        }
      }
      limit(at, resources);
      Fd open = LinuxFiles.open(at.toString(), LinuxFiles.O_RDONLY | LinuxFiles.O_DIRECTORY);
      groups.directory = open;
      DeviceFilter.attach(open, rules(resources.path("devices")));
      done = true;
      return groups;
    } finally {
      if (!done) {
        groups.close();
      }
    }
  }

  /// What a group has, its children can be limited in.
  private static void enable(Path group) throws IOException {
    String on = " " + Files.readString(group.resolve(CONTROL)).strip() + " ";
    for (String name : Files.readString(group.resolve("cgroup.controllers")).strip().split(" ")) {
      if (!name.isEmpty() && !on.contains(" " + name + " ")) {
        try {
          Files.writeString(group.resolve(CONTROL), "+" + name);
        } catch (IOException e) {
          // Such as cpu, where there are realtime processes. Whoever asks for its limits misses
          // them.
          LOG.log(System.Logger.Level.DEBUG, "no controller " + name + " below " + group, e);
        }
      }
    }
  }

  private static void limit(Path group, JsonNode resources) throws IOException {
    for (Setting one : settings(resources)) {
      // Where the controller is missing this fails, and a runtime is to say why.
      Files.writeString(group.resolve(one.file()), one.value(), StandardOpenOption.WRITE);
    }
  }

  record Setting(String file, String value) {}

  static List<Setting> settings(JsonNode resources) {
    List<Setting> all = new ArrayList<>();
    JsonNode memory = resources.path("memory");
    long limit = memory.path("limit").asLong();
    if (limit != 0) {
      all.add(new Setting("memory.max", orMax(limit)));
    }
    // Of both together in version 1, of swap alone here.
    long swap = memory.path("swap").asLong();
    if (swap < 0) {
      all.add(new Setting("memory.swap.max", "max"));
    } else if (swap > 0 && limit > 0) {
      all.add(new Setting("memory.swap.max", Long.toString(swap - limit)));
    }
    long reservation = memory.path("reservation").asLong();
    if (reservation != 0) {
      all.add(new Setting("memory.low", orMax(reservation)));
    }
    JsonNode cpu = resources.path("cpu");
    long shares = cpu.path("shares").asLong();
    if (shares > 0) {
      // 2 to 262144 becomes 1 to 10000.
      all.add(new Setting("cpu.weight", Long.toString(1 + (shares - 2) * 9999 / 262142)));
    }
    long quota = cpu.path("quota").asLong();
    long period = cpu.path("period").asLong();
    if (quota != 0 || period != 0) {
      String value = (quota > 0 ? Long.toString(quota) : "max") + " ";
      all.add(new Setting("cpu.max", value + (period == 0 ? 100_000 : period)));
    }
    for (String set : List.of("cpus", "mems")) {
      if (cpu.has(set)) {
        all.add(new Setting("cpuset." + set, cpu.path(set).asText()));
      }
    }
    long pids = resources.path("pids").path("limit").asLong();
    if (pids > 0) {
      all.add(new Setting("pids.max", Long.toString(pids)));
    }
    return all;
  }

  private static String orMax(long value) {
    return value < 0 ? "max" : Long.toString(value);
  }

  private static List<DeviceFilter.Rule> rules(JsonNode list) {
    List<DeviceFilter.Rule> rules = new ArrayList<>();
    for (JsonNode rule : list) {
      rules.add(
          new DeviceFilter.Rule(
              rule.path("allow").asBoolean(),
              rule.path("type").asText("a").charAt(0),
              rule.path("major").asInt(-1),
              rule.path("minor").asInt(-1),
              rule.path("access").asText("rwm")));
    }
    for (String text : V1Groups.ALWAYS) {
      String[] parts = text.split("[ :]");
      rules.add(
          new DeviceFilter.Rule(
              true, parts[0].charAt(0), number(parts[1]), number(parts[2]), parts[3]));
    }
    return rules;
  }

  private static int number(String text) {
    return text.equals("*") ? -1 : Integer.parseInt(text);
  }

  @Override
  List<Fd> tasks() {
    return List.of();
  }

  @Override
  OptionalInt unified() {
    return directory == null ? OptionalInt.empty() : OptionalInt.of(directory.number());
  }

  @Override
  void shut() {
    if (directory != null) {
      directory.close();
    }
  }
}

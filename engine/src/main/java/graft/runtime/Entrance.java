package graft.runtime;

import graft.error.GraftException;
import graft.linux.Descriptor;
import graft.linux.Fd;
import graft.linux.LinuxFiles;
import graft.linux.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// What of a container has to be open to enter it. The process ids are checked after everything is:
/// then they have not changed hands.
record Entrance(boolean usable, Descriptor pidfd, Fd root, List<Fd> tasks, @Nullable Fd unified)
    implements AutoCloseable {
  static Entrance open(Bundle container, RuncState state) throws IOException {
    int pid =
        container
            .init()
            .orElseThrow(
                () -> GraftException.conflict("container " + container.id() + " is not running"));
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    boolean done = false;
    try {
      Descriptor pidfd = Processes.open(pid);
      opened.push(pidfd);
      Fd root = LinuxFiles.open("/proc/" + pid + "/root", LinuxFiles.O_PATH);
      opened.push(root);
      List<Fd> tasks = new ArrayList<>();
      Fd unified = null;
      for (Path group : state.groups()) {
        if (Files.exists(group.resolve("cgroup.controllers"))) {
          unified = LinuxFiles.open(group.toString(), LinuxFiles.O_PATH | LinuxFiles.O_DIRECTORY);
          opened.push(unified);
        } else {
          Fd one = LinuxFiles.open(group.resolve("tasks").toString(), LinuxFiles.O_WRONLY);
          opened.push(one);
          tasks.add(one);
        }
      }
      boolean usable =
          !(tasks.isEmpty() && unified == null)
              && same(pid, "user")
              && same(pid, "time")
              && container.init().isPresent();
      done = true;
      return new Entrance(usable, pidfd, root, tasks, unified);
    } finally {
      if (!done) {
        close(opened);
      }
    }
  }

  /// Whether we are in the same namespace; also if the kernel has none of the kind.
  private static boolean same(int pid, String kind) throws IOException {
    Path ours = Path.of("/proc/self/ns", kind);
    return !Files.exists(ours)
        || Files.readSymbolicLink(ours)
            .equals(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + kind)));
  }

  /// In the order of the script.
  List<Integer> files() {
    List<Integer> files = new ArrayList<>(List.of(pidfd.number()));
    tasks.forEach(one -> files.add(one.number()));
    return files;
  }

  OptionalInt unifiedNumber() {
    return unified == null ? OptionalInt.empty() : OptionalInt.of(unified.number());
  }

  @Override
  public void close() {
    pidfd.close();
    root.close();
    tasks.forEach(Fd::close);
    if (unified != null) {
      unified.close();
    }
  }

  static void close(Deque<AutoCloseable> opened) {
    for (AutoCloseable one : opened) {
      try {
        one.close();
      } catch (Exception e) {
        throw new IllegalStateException(e); // neither kind of descriptor fails to close
      }
    }
  }
}

package graft.rootless;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Set;

/// The process that keeps the namespaces of a user's engines while no other process is in them: it
/// sleeps. Its record is a file of the run directory: the number of the process, and when it
/// started, by which a later process of that number is known for another.
///
/// @param pid as the machine numbers processes
/// @param start in ticks since boot
record Holder(int pid, long start) {
  private static final int START_TIME = 19; // field 22 of /proc/PID/stat, counted behind the name

  /// Bound to the network namespace.
  static Path network(Path run) {
    return run.resolve("net");
  }

  /// Written by the program that connects the network namespace.
  static Path connection(Path run) {
    return run.resolve("connection.pid");
  }

  private static Path record(Path run) {
    return run.resolve("holder");
  }

  static Holder of(int pid) throws IOException {
    return new Holder(pid, started(pid));
  }

  /// That of a run directory, if it lives.
  static Optional<Holder> find(Path run) throws IOException {
    try {
      String[] words = Files.readString(record(run)).strip().split(" ");
      if (words.length == 2 && words[0].matches("\\d{1,9}") && words[1].matches("\\d{1,18}")) {
        Holder holder = new Holder(Integer.parseInt(words[0]), Long.parseLong(words[1]));
        return Optional.of(holder).filter(Holder::alive);
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  /// When everything it holds is made.
  void remember(Path run) throws IOException {
    Path fresh = record(run).resolveSibling("holder.new");
    Files.writeString(fresh, pid + " " + start);
    Files.move(fresh, record(run), StandardCopyOption.ATOMIC_MOVE);
  }

  static void forget(Path run) throws IOException {
    Files.deleteIfExists(record(run));
    Files.deleteIfExists(connection(run));
  }

  boolean alive() {
    return started(pid) == start;
  }

  /// 0 if there is no such process.
  private static long started(int pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return fields[0].equals("Z") ? 0 : Long.parseLong(fields[START_TIME]);
    } catch (IOException e) {
      return 0;
    }
  }

  /// Whether a process is in the user namespace besides these.
  boolean others(Set<Integer> besides) throws IOException {
    Optional<Path> space = space(pid);
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path one : all) {
        int other = Integer.parseInt(one.getFileName().toString());
        if (!besides.contains(other) && space.isPresent() && space(other).equals(space)) {
          return true;
        }
      }
    }
    return false;
  }

  private static Optional<Path> space(int pid) {
    try {
      return Optional.of(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/user")));
    } catch (IOException e) {
      return Optional.empty(); // it ended, or is another user's
    }
  }

  /// The program that connects the network namespace, which is in the same user namespace; empty if
  /// it has ended.
  Optional<Integer> connector(Path run) throws IOException {
    Optional<Path> inside = space(pid);
    String text;
    try {
      text = Files.readString(connection(run)).strip();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (!text.matches("\\d{1,9}")) {
      return Optional.empty();
    }
    String name;
    try {
      name = Files.readString(Path.of("/proc/" + text + "/comm"));
    } catch (IOException e) {
      return Optional.empty();
    }
    int pid = Integer.parseInt(text);
    // pasta is another name of passt, whose flavours are called after the instructions they use.
    boolean ours =
        name.startsWith("pass") || name.startsWith("pasta") || name.startsWith("slirp4netns");
    return ours && inside.equals(space(pid)) ? Optional.of(pid) : Optional.empty();
  }
}

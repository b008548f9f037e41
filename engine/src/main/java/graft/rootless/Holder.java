package graft.rootless;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Set;

/// The processes that keep the namespaces of a user's engines while no other process is in them.
/// Their record is a file of the run directory.
///
/// @param sleeper is in all of them, and sleeps
/// @param connector connects the network namespace to the machine's
record Holder(Kept sleeper, Kept connector) {
  private static final int START_TIME = 19; // field 22 of /proc/PID/stat, counted behind the name

  /// A process, for ever: a later one of the same number started later.
  ///
  /// @param pid as the machine numbers processes
  /// @param start in ticks since boot; 0 for a process that has ended
  record Kept(int pid, long start) {
    static Kept of(int pid) {
      return new Kept(pid, started(pid));
    }

    boolean alive() {
      return start != 0 && started(pid) == start;
    }

    void kill() {
      if (alive()) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      }
    }

    private static long started(int pid) {
      try {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return fields[0].equals("Z") ? 0 : Long.parseLong(fields[START_TIME]);
      } catch (IOException e) {
        return 0;
      }
    }
  }

  /// Bound to the network namespace.
  static Path network(Path run) {
    return run.resolve("net");
  }

  private static Path record(Path run) {
    return run.resolve("holder");
  }

  /// That of a run directory, if it lives.
  static Optional<Holder> find(Path run) throws IOException {
    String text;
    try {
      text = Files.readString(record(run)).strip();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (!text.matches("\\d{1,9} \\d{1,18} \\d{1,9} \\d{1,18}")) {
      return Optional.empty();
    }
    String[] words = text.split(" ");
    Holder holder =
        new Holder(
            new Kept(Integer.parseInt(words[0]), Long.parseLong(words[1])),
            new Kept(Integer.parseInt(words[2]), Long.parseLong(words[3])));
    return Optional.of(holder).filter(h -> h.sleeper().alive());
  }

  /// When all is made.
  void remember(Path run) throws IOException {
    Path fresh = record(run).resolveSibling("holder.new");
    Files.writeString(
        fresh,
        sleeper.pid() + " " + sleeper.start() + " " + connector.pid() + " " + connector.start());
    Files.move(fresh, record(run), StandardCopyOption.ATOMIC_MOVE);
  }

  /// Ends both. The connector first: it would complain.
  void end(Path run) throws IOException {
    // pasta is the first process of a PID namespace, which nothing but SIGKILL ends.
    connector.kill();
    sleeper.kill();
    Files.deleteIfExists(record(run));
  }

  /// Whether a process is in the user namespace besides these. Of the connector that cannot be
  /// seen: what was started outside hides its namespaces from inside.
  boolean others(Set<Integer> besides) throws IOException {
    Optional<Path> space = space(sleeper.pid());
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
}

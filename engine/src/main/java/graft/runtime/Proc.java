package graft.runtime;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// What `/proc` says of a process.
final class Proc {
  private static final int START_TIME = 19; // field 22, counted behind the name

  private Proc() {}

  /// The processes of a container that has no control group to name them: those in the PID
  /// namespace of its first one, or, where it shares ours, that one and its descendants.
  static List<Integer> inNamespaceOf(int init) throws IOException {
    Optional<Path> space = space(init);
    boolean shared = space.equals(space((int) ProcessHandle.current().pid()));
    if (space.isEmpty() || shared) {
      Stream<Integer> below =
          ProcessHandle.of(init).stream()
              .flatMap(ProcessHandle::descendants)
              .map(p -> (int) p.pid());
      return Stream.concat(Stream.of(init), below).sorted().toList();
    }
    List<Integer> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path one : all) {
        int pid = Integer.parseInt(one.getFileName().toString());
        if (space(pid).equals(space)) {
          found.add(pid);
        }
      }
    }
    found.sort(null);
    return found;
  }

  /// Empty for a process that ended or is not ours to look at.
  private static Optional<Path> space(int pid) {
    try {
      return Optional.of(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/pid")));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// When it started, in ticks since boot: with the number it names a process for ever.
  static OptionalLong startTime(int pid) throws IOException {
    String stat = Bundle.read(Path.of("/proc/" + pid + "/stat"));
    if (stat == null || stat.isEmpty()) {
      return OptionalLong.empty();
    }
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    if (fields.length <= START_TIME || fields[0].equals("Z") || fields[0].equals("X")) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Long.parseLong(fields[START_TIME]));
  }
}

package graft.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/// What `/proc` says of a process.
final class Proc {
  private static final int START_TIME = 19; // field 22, counted behind the name

  private Proc() {}

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

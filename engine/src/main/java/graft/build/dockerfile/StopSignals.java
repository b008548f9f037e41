package graft.build.dockerfile;

import java.util.Locale;
import java.util.Set;

/// Which texts STOPSIGNAL takes: numbers, and names with or without `SIG`.
final class StopSignals {
  private static final Set<String> NAMES =
      Set.of(
          "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT",
          "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM",
          "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
          "RTMIN", "RTMAX");

  private StopSignals() {}

  /// @throws DockerfileException it is none; without location
  static void check(String signal) {
    String name = signal.toUpperCase(Locale.ROOT);
    name = name.startsWith("SIG") ? name.substring(3) : name;
    boolean number = signal.matches("[0-9]{1,9}") && Integer.parseInt(signal) != 0;
    boolean realTime = name.matches("RTMIN\\+([1-9]|1[0-5])|RTMAX-([1-9]|1[0-4])");
    if (!number && !realTime && !NAMES.contains(name)) {
      throw new DockerfileException("invalid signal: " + signal);
    }
  }
}

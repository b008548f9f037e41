package graft.container;

import graft.error.GraftException;
import java.util.Locale;
import java.util.Map;

/// Signals by name, as Linux numbers them on x86-64 and arm64.
public final class Signals {
  public static final int KILL = 9;
  public static final int TERM = 15;

  private static final Map<String, Integer> NUMBERS =
      Map.ofEntries(
          Map.entry("HUP", 1),
          Map.entry("INT", 2),
          Map.entry("QUIT", 3),
          Map.entry("ILL", 4),
          Map.entry("TRAP", 5),
          Map.entry("ABRT", 6),
          Map.entry("IOT", 6),
          Map.entry("BUS", 7),
          Map.entry("FPE", 8),
          Map.entry("KILL", 9),
          Map.entry("USR1", 10),
          Map.entry("SEGV", 11),
          Map.entry("USR2", 12),
          Map.entry("PIPE", 13),
          Map.entry("ALRM", 14),
          Map.entry("TERM", 15),
          Map.entry("STKFLT", 16),
          Map.entry("CHLD", 17),
          Map.entry("CONT", 18),
          Map.entry("STOP", 19),
          Map.entry("TSTP", 20),
          Map.entry("TTIN", 21),
          Map.entry("TTOU", 22),
          Map.entry("URG", 23),
          Map.entry("XCPU", 24),
          Map.entry("XFSZ", 25),
          Map.entry("VTALRM", 26),
          Map.entry("PROF", 27),
          Map.entry("WINCH", 28),
          Map.entry("IO", 29),
          Map.entry("POLL", 29),
          Map.entry("PWR", 30),
          Map.entry("SYS", 31),
          Map.entry("RTMIN", 34),
          Map.entry("RTMAX", 64));

  private Signals() {}

  /// `15`, `TERM` or `SIGTERM`; INVALID, in Docker's words, for anything else, and for 0.
  public static int number(String text) {
    String name = text.toUpperCase(Locale.ROOT);
    if (name.startsWith("SIG")) {
      name = name.substring(3);
    }
    Integer known = NUMBERS.get(name);
    if (known != null) {
      return known;
    }
    int number = relativeOrNumber(name);
    if (number >= 1 && number <= 64) {
      return number;
    }
    if (number == 0 || !name.matches("-?[0-9]+")) {
      throw GraftException.invalid("invalid signal: " + text);
    }
    throw GraftException.invalid("the linux daemon does not support signal " + text);
  }

  private static int relativeOrNumber(String name) {
    try {
      if (name.startsWith("RTMIN+")) {
        return 34 + Integer.parseInt(name.substring(6));
      }
      if (name.startsWith("RTMAX-")) {
        return 64 - Integer.parseInt(name.substring(6));
      }
      return Integer.parseInt(name);
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}

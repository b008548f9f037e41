package graft.runtime;

import graft.error.GraftException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What `ps` would say of some processes, read from `/proc`: the columns of `-ef`, of `aux`, or
/// those named by `-o`.
///
/// @param titles of the columns
public record ProcessTable(List<String> titles, List<List<String>> rows) {
  public ProcessTable {
    titles = List.copyOf(titles);
    rows = List.copyOf(rows);
  }

  private static final List<String> FULL =
      List.of("user", "pid", "ppid", "c", "stime", "tty", "time", "cmd");
  private static final List<String> USERS =
      List.of(
          "user", "pid", "pcpu", "pmem", "vsz", "rss", "tt", "stat", "start", "bsdtime", "args");
  private static final Map<String, String> TITLES =
      Map.ofEntries(
          Map.entry("user", "USER"),
          Map.entry("uid", "UID"),
          Map.entry("pid", "PID"),
          Map.entry("ppid", "PPID"),
          Map.entry("pgid", "PGID"),
          Map.entry("c", "C"),
          Map.entry("stime", "STIME"),
          Map.entry("start", "START"),
          Map.entry("tty", "TTY"),
          Map.entry("tt", "TTY"),
          Map.entry("tname", "TTY"),
          Map.entry("time", "TIME"),
          Map.entry("bsdtime", "TIME"),
          Map.entry("etime", "ELAPSED"),
          Map.entry("cmd", "CMD"),
          Map.entry("args", "COMMAND"),
          Map.entry("command", "COMMAND"),
          Map.entry("comm", "COMMAND"),
          Map.entry("ucmd", "CMD"),
          Map.entry("vsz", "VSZ"),
          Map.entry("rss", "RSS"),
          Map.entry("pcpu", "%CPU"),
          Map.entry("%cpu", "%CPU"),
          Map.entry("pmem", "%MEM"),
          Map.entry("%mem", "%MEM"),
          Map.entry("stat", "STAT"),
          Map.entry("s", "S"),
          Map.entry("ni", "NI"),
          Map.entry("nlwp", "NLWP"));

  private record Column(String name, String title) {}

  /// @param arguments as of `ps`; empty is `-ef`
  public static ProcessTable of(List<Integer> pids, String arguments) throws IOException {
    List<Column> columns = columns(arguments);
    Map<Long, String> names = names();
    List<List<String>> rows = new ArrayList<>();
    for (int pid : pids) {
      Optional<Facts> facts = Facts.of(pid, names);
      if (facts.isPresent()) {
        rows.add(columns.stream().map(column -> facts.get().value(column.name())).toList());
      }
    }
    return new ProcessTable(columns.stream().map(Column::title).toList(), rows);
  }

  private static List<Column> columns(String arguments) {
    List<Column> chosen = new ArrayList<>();
    String text = arguments.strip();
    String[] words = text.isEmpty() ? new String[] {"-ef"} : text.split("\\s+");
    boolean full = false;
    for (int i = 0; i < words.length; i++) {
      String word = words[i];
      boolean dash = word.startsWith("-");
      String letters = dash ? word.substring(1) : word;
      int o = letters.indexOf('o');
      if (o >= 0 && letters.substring(0, o).chars().allMatch(c -> "eAax".indexOf(c) >= 0)) {
        String list = letters.substring(o + 1);
        if (list.isEmpty() && i + 1 < words.length) {
          list = words[++i];
        }
        add(list, chosen);
      } else if (!dash && letters.contains("u")) {
        USERS.forEach(name -> chosen.add(new Column(name, title(name))));
      } else if (letters.contains("f") && dash) {
        full = true;
      } else if (!letters.chars().allMatch(c -> "eAaxwf".indexOf(c) >= 0)) {
        throw GraftException.invalid(
            "list processes: unknown option \"" + word + "\"; use -ef, aux or -eo NAME,NAME");
      }
    }
    if (!chosen.isEmpty()) {
      if (chosen.stream().noneMatch(column -> column.name().equals("pid"))) {
        throw GraftException.internal("Couldn't find PID field in ps output", null);
      }
      return chosen;
    }
    if (full) {
      FULL.forEach(name -> chosen.add(new Column(name, name.equals("user") ? "UID" : title(name))));
      return chosen;
    }
    for (String name : List.of("pid", "tty", "time", "ucmd")) {
      chosen.add(new Column(name, title(name)));
    }
    return chosen;
  }

  private static void add(String list, List<Column> chosen) {
    for (String one : list.split(",")) {
      int equals = one.indexOf('=');
      String name = (equals < 0 ? one : one.substring(0, equals)).toLowerCase(Locale.ROOT);
      String title = title(name);
      chosen.add(new Column(name, equals < 0 ? title : one.substring(equals + 1)));
    }
  }

  private static String title(String name) {
    String title = TITLES.get(name);
    if (title == null) {
      throw GraftException.internal(
          "list processes: unknown column \"" + name + "\"; known are " + TITLES.keySet(), null);
    }
    return title;
  }

  private static Map<Long, String> names() throws IOException {
    Map<Long, String> names = new HashMap<>();
    Path passwd = Path.of("/etc/passwd");
    if (Files.isReadable(passwd)) {
      for (String line : Files.readAllLines(passwd)) {
        String[] f = line.split(":");
        if (f.length > 2 && f[2].matches("[0-9]{1,10}")) {
          names.putIfAbsent(Long.valueOf(f[2]), f[0]);
        }
      }
    }
    return names;
  }

  /// One process at one moment.
  private record Facts(
      int pid, long uid, String user, List<String> stat, String name, String args) {
    private static final long HZ = 100;
    private static final int PAGE_KIB = 4;

    static Optional<Facts> of(int pid, Map<Long, String> names) throws IOException {
      Path directory = Path.of("/proc/" + pid);
      String stat = Bundle.read(directory.resolve("stat"));
      String command = Bundle.read(directory.resolve("cmdline"));
      if (stat == null || stat.isEmpty() || command == null) {
        return Optional.empty();
      }
      long uid;
      try {
        uid =
            ((Integer) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS))
                & 0xffffffffL;
      } catch (IOException e) {
        return Optional.empty(); // it ended
      }
      int open = stat.indexOf('(');
      int close = stat.lastIndexOf(')');
      String name = stat.substring(open + 1, close);
      String args = command.replace('\0', ' ').strip();
      return Optional.of(
          new Facts(
              pid,
              uid,
              names.getOrDefault(uid, Long.toString(uid)),
              List.of(stat.substring(close + 2).split(" ")),
              name,
              args.isEmpty() ? "[" + name + "]" : args));
    }

    /// By the number that proc(5) gives the field.
    private long field(int number) {
      return Long.parseLong(stat.get(number - 3));
    }

    private long cpuSeconds() {
      return (field(14) + field(15)) / HZ;
    }

    private Duration age() throws IOException {
      String up = Bundle.read(Path.of("/proc/uptime"));
      double seconds = up == null ? 0 : Double.parseDouble(up.substring(0, up.indexOf(' ')));
      return Duration.ofMillis((long) (seconds * 1000) - field(22) * 1000 / HZ);
    }

    String value(String column) {
      try {
        return switch (column) {
          case "user" -> user;
          case "uid" -> Long.toString(uid);
          case "pid" -> Integer.toString(pid);
          case "ppid" -> Long.toString(field(4));
          case "pgid" -> Long.toString(field(5));
          case "c" -> Long.toString((long) load());
          case "pcpu", "%cpu" -> String.format(Locale.ROOT, "%.1f", load());
          case "pmem", "%mem" -> String.format(Locale.ROOT, "%.1f", memoryShare());
          case "vsz" -> Long.toString(field(23) / 1024);
          case "rss" -> Long.toString(field(24) * PAGE_KIB);
          case "stat", "s" -> stat.getFirst();
          case "ni" -> Long.toString(field(19));
          case "nlwp" -> Long.toString(field(20));
          case "stime", "start" -> started();
          case "tty", "tt", "tname" -> terminal();
          case "time" -> clock(cpuSeconds());
          case "bsdtime" ->
              String.format(Locale.ROOT, "%d:%02d", cpuSeconds() / 60, cpuSeconds() % 60);
          case "etime" -> clock(age().toSeconds());
          case "comm", "ucmd" -> name;
          default -> args;
        };
      } catch (IOException e) {
        return "-";
      }
    }

    private double load() throws IOException {
      long age = Math.max(1, age().toSeconds());
      return 100.0 * cpuSeconds() / age;
    }

    private double memoryShare() throws IOException {
      String first = Files.readAllLines(Path.of("/proc/meminfo")).getFirst();
      long total = Long.parseLong(first.replaceAll("[^0-9]", ""));
      return 100.0 * field(24) * PAGE_KIB / total;
    }

    private String started() throws IOException {
      Instant at = Instant.now().minus(age());
      String pattern = age().toDays() < 1 ? "HH:mm" : "MMMdd";
      return DateTimeFormatter.ofPattern(pattern, Locale.ROOT)
          .withZone(ZoneId.systemDefault())
          .format(at);
    }

    private String terminal() {
      long device = field(7);
      if (device == 0) {
        return "?";
      }
      long major = HostDevices.major(device);
      long minor = HostDevices.minor(device);
      return major >= 136 && major <= 143 ? "pts/" + ((major - 136) * 256 + minor) : "tty" + minor;
    }

    private static String clock(long seconds) {
      return String.format(
          Locale.ROOT, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
  }
}

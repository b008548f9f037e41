package graft.image;

import graft.error.GraftException;
import graft.oci.ImageConfig.Settings;
import graft.oci.SettingsBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Applies [Change]s to settings, in order.
public final class Changes {
  private static final Pattern PORT =
      Pattern.compile("([0-9]{1,5})(?:-([0-9]{1,5}))?(?:/([A-Za-z]+))?");
  private static final Pattern SIGNAL = Pattern.compile("[A-Za-z0-9+-]+");

  private Changes() {}

  /// Reads instructions, one a line, as a Dockerfile has them. INVALID says what is wrong.
  public static List<Change> parse(List<String> instructions) {
    return ChangeParser.parse(String.join("\n", instructions));
  }

  /// The settings with the changes made. INVALID where a value makes no sense.
  public static Settings apply(List<Change> changes, Settings settings) {
    SettingsBuilder b = new SettingsBuilder(settings);
    boolean cmdSet = false;
    for (Change change : changes) {
      cmdSet |= change instanceof Change.Cmd;
      apply(change, b, cmdSet);
    }
    return b.build();
  }

  private static void apply(Change change, SettingsBuilder b, boolean cmdSet) {
    Function<String, String> variables = name -> variable(b.env, name);
    switch (change) {
      case Change.Cmd c -> b.cmd = Optional.of(arguments(c.command(), b));
      case Change.Entrypoint e -> {
        b.entrypoint = Optional.of(arguments(e.command(), b)).filter(all -> !all.isEmpty());
        if (!cmdSet) {
          // The command of the image was meant for the entrypoint of the image.
          b.cmd = Optional.empty();
        }
      }
      case Change.Env e -> {
        // All of one instruction see the variables from before it.
        List<String> values =
            e.variables().stream().map(v -> Words.expand(v.getValue(), variables)).toList();
        for (int i = 0; i < values.size(); i++) {
          b.setEnv(Words.expand(e.variables().get(i).getKey(), variables), values.get(i));
        }
      }
      case Change.Expose e -> {
        b.exposedPorts = new TreeSet<>(b.exposedPorts);
        for (String word : e.ports()) {
          b.exposedPorts.addAll(ports(Words.expand(word, variables)));
        }
      }
      case Change.Health h -> b.healthcheck = Optional.of(h.check());
      case Change.Label l -> {
        b.labels = new TreeMap<>(b.labels);
        for (Map.Entry<String, String> e : l.labels()) {
          b.labels.put(Words.expand(e.getKey(), variables), Words.expand(e.getValue(), variables));
        }
      }
      case Change.OnBuild o -> b.onBuild.add(o.trigger());
      case Change.StopSignal s -> {
        String signal = Words.expand(s.signal(), variables);
        if (!SIGNAL.matcher(signal).matches()) {
          throw GraftException.invalid("Invalid signal: " + signal);
        }
        b.stopSignal = Optional.of(signal);
      }
      case Change.User u -> b.user = Words.expand(u.user(), variables);
      case Change.Volume v -> {
        b.volumes = new TreeSet<>(b.volumes);
        for (String word : v.paths()) {
          String path = Words.expand(word, variables).strip();
          if (path.isEmpty()) {
            throw GraftException.invalid("VOLUME specified can not be an empty string");
          }
          b.volumes.add(path);
        }
      }
      case Change.Workdir w ->
          b.workingDir = directory(b.workingDir, Words.expand(w.path(), variables));
    }
  }

  private static List<String> arguments(Change.Command command, SettingsBuilder b) {
    return switch (command) {
      case Change.Command.Exec e -> e.arguments();
      case Change.Command.Shell s -> {
        List<String> all = new ArrayList<>(Change.shell(b.shell));
        all.add(s.line());
        yield all;
      }
    };
  }

  private static String variable(List<String> env, String name) {
    for (String entry : env) {
      if (entry.startsWith(name + "=")) {
        return entry.substring(name.length() + 1);
      }
    }
    return "";
  }

  /// `80`, `80/udp`, `80-82/tcp`.
  private static List<String> ports(String text) {
    Matcher m = PORT.matcher(text);
    if (!m.matches()) {
      throw GraftException.invalid("invalid containerPort: " + text);
    }
    int first = Integer.parseInt(m.group(1));
    int last = m.group(2) == null ? first : Integer.parseInt(m.group(2));
    String protocol = m.group(3) == null ? "tcp" : m.group(3).toLowerCase(Locale.ROOT);
    if (last > 65535 || last < first) {
      throw GraftException.invalid("invalid containerPort: " + text);
    }
    if (!List.of("tcp", "udp", "sctp").contains(protocol)) {
      throw GraftException.invalid("invalid proto: " + protocol);
    }
    List<String> all = new ArrayList<>();
    for (int port = first; port <= last; port++) {
      all.add(port + "/" + protocol);
    }
    return all;
  }

  private static String directory(String current, String path) {
    if (path.isEmpty()) {
      return current;
    }
    List<String> clean = new ArrayList<>();
    for (String part : (path.startsWith("/") ? path : current + "/" + path).split("/")) {
      if (part.equals("..")) {
        if (!clean.isEmpty()) {
          clean.removeLast();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        clean.add(part);
      }
    }
    return "/" + String.join("/", clean);
  }
}

package graft.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// Runs the commands of `session.txt` one after another against whatever listens at a docker host,
/// and writes down exit code and output with everything made the same that differs from run to run.
///
/// As a program it records: `Session DOCKER_HOST OUT-FILE [build.txt]`.
public final class Session {
  /// @param compared false where only the exit code counts
  record Step(String command, boolean compared) {}

  /// `out` is stdout, then the lines of stderr, each marked with `! `.
  record Answer(String command, int exit, String out) {
    String text() {
      return "$ " + command + "\n= " + exit + "\n" + out;
    }
  }

  private static final List<Map.Entry<Pattern, String>> SAME =
      List.of(
          Map.entry(Pattern.compile("sha256:[0-9a-f]{64}"), "sha256:<digest>"),
          Map.entry(Pattern.compile("\\b[0-9a-f]{64}\\b"), "<id>"),
          Map.entry(Pattern.compile("\\b(?=[0-9a-f]*[0-9])[0-9a-f]{12}\\b"), "<short>"),
          Map.entry(
              Pattern.compile(
                  "(Up|Exited \\(\\d+\\)) (Less than a second|\\d+ seconds?|About a minute|\\d+ minutes)( ago)?"),
              "$1 <time>"),
          Map.entry(Pattern.compile("\\d+(\\.\\d+)? ?[kMG]?B\\b"), "<size>"),
          Map.entry(
              Pattern.compile("\\b(172\\.\\d+|192\\.168|10\\.\\d+)\\.\\d+\\.\\d+\\b"), "<ip>"),
          Map.entry(Pattern.compile("\\r"), ""),
          Map.entry(
              Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z"), "<when>"));

  /// How many seconds a command may take before it is taken for hanging.
  private static final int PATIENCE = 300;

  /// What commands know as `$P`: one of this process, below those that the kernel gives out.
  private static final String PORT = Long.toString(20_000 + ProcessHandle.current().pid() % 10_000);

  private final String host;
  private final Path scratch;
  private final Map<String, String> environment;

  public Session(String host, Path scratch) {
    this(host, scratch, Map.of());
  }

  /// With more in the environment of the commands.
  Session(String host, Path scratch, Map<String, String> environment) {
    this.host = host;
    this.scratch = scratch;
    this.environment = environment;
  }

  static List<Step> steps() {
    return steps("session.txt");
  }

  static List<Step> steps(String file) {
    List<Step> all = new ArrayList<>();
    for (String line : resource(file).lines().toList()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      boolean compared = !line.endsWith("#~");
      all.add(new Step(compared ? line : line.substring(0, line.length() - 2).strip(), compared));
    }
    return all;
  }

  static String resource(String name) {
    try (InputStream in = Session.class.getResourceAsStream("/session/" + name)) {
      if (in == null) {
        throw new IllegalStateException("no resource session/" + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Answer run(Step step) throws IOException, InterruptedException {
    Path out = scratch.resolve("stdout");
    Path err = scratch.resolve("stderr");
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", step.command());
    builder.environment().put("DOCKER_HOST", host);
    builder.environment().put("S", scratch.toString());
    builder.environment().put("P", PORT);
    builder.environment().put("DOCKER_CONFIG", scratch.resolve("config").toString());
    builder.environment().put("LC_ALL", "C");
    builder.environment().putAll(environment);
    builder.redirectInput(Path.of("/dev/null").toFile());
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    Process process = builder.start();
    int exit;
    if (process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
      exit = process.exitValue();
    } else {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
      exit = -1;
    }
    if (!step.compared()) {
      return new Answer(step.command(), exit, "");
    }
    StringBuilder text =
        new StringBuilder(clean(Files.readString(out, StandardCharsets.ISO_8859_1)));
    clean(Files.readString(err, StandardCharsets.ISO_8859_1))
        .lines()
        .forEach(l -> text.append("! ").append(l).append('\n'));
    return new Answer(step.command(), exit, text.toString());
  }

  private String clean(String output) {
    String text = output.replace(scratch.toString(), "<scratch>").replace(":" + PORT, ":<port>");
    for (Map.Entry<Pattern, String> rule : SAME) {
      text = rule.getKey().matcher(text).replaceAll(rule.getValue());
    }
    if (!text.isEmpty() && !text.endsWith("\n")) {
      text += "\n";
    }
    return text;
  }

  /// The answers of a recording by number and command: a command may stand there twice.
  static Map<String, String> blocks(String text) {
    Map<String, String> all = new LinkedHashMap<>();
    StringBuilder block = new StringBuilder();
    String command = "";
    int number = 0;
    for (String line : text.lines().toList()) {
      if (line.startsWith("$ ")) {
        if (number > 0) {
          all.put(number + " " + command, block.toString());
        }
        number++;
        command = line;
        block.setLength(0);
      }
      block.append(line).append('\n');
    }
    all.put(number + " " + command, block.toString());
    return all;
  }

  public static boolean has(String command) throws IOException, InterruptedException {
    return new ProcessBuilder("bash", "-c", "command -v " + command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  /// A busybox root file system as a tar, and a directory to bind.
  public void furnish() throws IOException, InterruptedException {
    furnish(scratch);
  }

  /// The same in any directory.
  static void furnish(Path scratch) throws IOException, InterruptedException {
    Path root = scratch.resolve("root");
    BusyboxRoot.make(root);
    String script =
        """
        set -e
        chmod 1777 "$1/tmp"
        printf 'root:x:0:0:root:/root:/bin/sh\\nnobody:x:65534:65534:nobody:/home:/bin/false\\n' >"$1/etc/passwd"
        printf 'root:x:0:\\nusers:x:100:\\n' >"$1/etc/group"
        echo ID=busybox >"$1/etc/os-release"
        tar -C "$1" --numeric-owner -cf "$2/busybox.tar" .
        mkdir -p "$2/bind" "$2/config"; echo shared >"$2/bind/file"
        for d in "$HOME/.docker" /usr/local/lib/docker /usr/lib/docker /usr/libexec/docker; do
          [ ! -x "$d/cli-plugins/docker-buildx" ] || x="$d/cli-plugins/docker-buildx"
        done
        x="${x:-${XDG_CACHE_HOME:-$HOME/.cache}/graft-tests/docker-buildx}"
        if [ -x "$x" ]; then
          mkdir -p "$2/config/cli-plugins"; ln -sf "$x" "$2/config/cli-plugins/docker-buildx"
        fi
        """;
    Process p =
        new ProcessBuilder("bash", "-c", script, "furnish", root.toString(), scratch.toString())
            .inheritIO()
            .start();
    if (p.waitFor() != 0) {
      throw new IOException("cannot make the busybox root file system");
    }
  }

  /// Records what a docker host answers.
  public static void main(String[] args) throws IOException, InterruptedException {
    Path scratch = Files.createTempDirectory("graft-session");
    Session session = new Session(args[0], scratch);
    session.furnish();
    StringBuilder all = new StringBuilder();
    for (Step step : steps(args.length > 2 ? args[2] : "session.txt")) {
      all.append(session.run(step).text());
    }
    Files.writeString(Path.of(args[1]), all);
    new ProcessBuilder("rm", "-rf", scratch.toString()).inheritIO().start().waitFor();
  }
}

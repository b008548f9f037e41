package graft.session;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// A normal user, made for a test with a home, subordinate ids and a copy of the program that they
/// can read; with the user all of it goes, and every process of theirs.
final class OtherUser implements AutoCloseable {
  private static final Path TUN = Path.of("/dev/net/tun");
  private static final long FIRST_ID = 1_879_048_192L;

  private final String name;
  private final Path home;
  private final String classpath;
  private final String tunBefore;

  private OtherUser(String name, Path home, String classpath, String tunBefore) {
    this.name = name;
    this.home = home;
    this.classpath = classpath;
    this.tunBefore = tunBefore;
  }

  static OtherUser make(String name) throws IOException, InterruptedException {
    Path home = Files.createTempDirectory(Path.of("/tmp"), "graft-user-");
    run("useradd", "--no-create-home", "--home-dir", home.toString(), name);
    run("chown", name + ":", home.toString());
    for (String kind : List.of("uid", "gid")) {
      boolean has =
          Files.readAllLines(Path.of("/etc/sub" + kind)).stream()
              .anyMatch(line -> line.startsWith(name + ":"));
      if (!has) {
        String range = FIRST_ID + "-" + (FIRST_ID + 65_535);
        run("usermod", "--add-sub" + kind + "s", range, name);
      }
    }
    String before = run("stat", "-c", "%a", TUN.toString()).strip();
    run("chmod", "0666", TUN.toString());
    return new OtherUser(name, home, copyOfClasses(home), before);
  }

  /// What the tests run from may be in root's home.
  private static String copyOfClasses(Path home) throws IOException, InterruptedException {
    Path lib = Files.createDirectory(home.resolve("lib"));
    List<String> copies = new ArrayList<>();
    String jars = GraftProgram.jars();
    String all = jars == null ? System.getProperty("java.class.path") : jars;
    for (String entry : all.split(File.pathSeparator)) {
      if (Files.exists(Path.of(entry))) {
        Path copy = lib.resolve(Integer.toString(copies.size()));
        run("cp", "-rL", entry, copy.toString());
        copies.add(copy.toString());
      }
    }
    run("chmod", "-R", "a+rX", lib.toString());
    return String.join(File.pathSeparator, copies);
  }

  String name() {
    return name;
  }

  Path home() {
    return home;
  }

  /// The runtime directory that a login would give them.
  Path runtime() throws IOException, InterruptedException {
    Path directory = home.resolve("runtime");
    if (!Files.exists(directory)) {
      run("install", "-d", "-m", "0700", "-o", name, directory.toString());
    }
    return directory;
  }

  /// Starts the daemon as they would, with no options but these.
  Process daemon(Path log, String... options) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "setpriv",
                "--reuid",
                name,
                "--regid",
                name,
                "--init-groups",
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-cp",
                classpath,
                "graft.docker.Daemon"));
    command.addAll(List.of(options));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Map<String, String> clean =
        new TreeMap<>(
            Map.of(
                "HOME",
                home.toString(),
                "XDG_RUNTIME_DIR",
                runtime().toString(),
                "PATH",
                "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"));
    builder.environment().clear();
    builder.environment().putAll(clean);
    return builder.start();
  }

  /// The command lines of what runs as them, or as one of their containers' users.
  List<String> processes() throws IOException, InterruptedException {
    return sh("ps -o args= -u " + name).lines().toList();
  }

  static String sh(String script) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("bash", "-c", script)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + " failed: " + said);
    }
    return said;
  }

  @Override
  public void close() throws IOException {
    try {
      sh("pkill -KILL -u " + name);
      for (int i = 0; i < 1200 && !sh("pgrep -u " + name + " -r R,S,D").isBlank(); i++) {
        Thread.sleep(50);
      }
      sh("userdel --force " + name);
      run("rm", "-rf", home.toString());
      run("chmod", tunBefore, TUN.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

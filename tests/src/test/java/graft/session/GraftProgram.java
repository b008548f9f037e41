package graft.session;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Graft's programs in processes of their own, with a start-up cache (JEP 483) each, as an
/// installed Graft has them: the tests start hundreds, and most of the work of a short one was to
/// load classes.
///
/// The first test that needs a program makes its cache, in `target/start-up`. Where the modules are
/// directories and not jars, as in `mvn test`, there is none, since it would not be good for them.
public final class GraftProgram {
  /// The command.
  public static final GraftProgram CLIENT =
      new GraftProgram(
          "graft.cli.Main",
          GraftProgram::trainClient,
          "-Djdk.reflect.useNativeAccessorOnly=true",
          "-Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.EPollSelectorProvider");

  /// The engine.
  public static final GraftProgram DAEMON =
      new GraftProgram(
          "graft.docker.Daemon",
          GraftProgram::trainDaemon,
          "-Xmx512m",
          "--sun-misc-unsafe-memory-access=allow");

  private static final List<String> COMMON =
      List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private interface Training {
    /// Does much of what the program can do, and ends it: then it writes the cache.
    ///
    /// @param command with the option that makes it write one
    /// @param dir for everything that is made
    void run(List<String> command, Path dir) throws IOException, InterruptedException;
  }

  private final String main;
  private final Training training;
  private final List<String> flags;
  private @Nullable List<String> command;

  private GraftProgram(String main, Training training, String... flags) {
    this.main = main;
    this.training = training;
    this.flags = List.of(flags);
  }

  private static void trainClient(List<String> command, Path dir)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(command);
    words.add(words.size() - 1, "-Dgraft.training=true");
    end(launch(words, dir), dir);
  }

  private static void trainDaemon(List<String> command, Path dir)
      throws IOException, InterruptedException {
    // In a network of its own, for it makes a bridge.
    List<String> words = new ArrayList<>(List.of("unshare", "--net"));
    words.addAll(command);
    words.addAll(DaemonProcess.options(dir, "graft-aot"));
    Process daemon = launch(words, dir);
    DaemonProcess.awaitSocket(daemon, dir);
    Session.furnish(dir);
    for (List<String> client :
        List.of(
            List.of("import", dir.resolve("busybox.tar").toString(), "base:1"),
            List.of("run", "-d", "--name", "c", "--network", "none", "base:1", "sleep", "1000"),
            List.of("exec", "c", "true"),
            List.of("inspect", "c"),
            List.of("rm", "-f", "c"),
            List.of("run", "--rm", "--network", "none", "base:1", "true"))) {
      List<String> call = new ArrayList<>(CLIENT.command());
      call.addAll(List.of("-H", DaemonProcess.host(dir)));
      call.addAll(client);
      end(launch(call, dir), dir);
    }
    daemon.destroy();
    end(daemon, dir);
  }

  /// What stands before the program's own arguments.
  public synchronized List<String> command() throws IOException, InterruptedException {
    if (command == null) {
      String jars = jars();
      command =
          jars == null
              ? with(System.getProperty("java.class.path"))
              : quiet(jars, "-XX:AOTCache=" + cache(jars));
    }
    return command;
  }

  /// The same for a shell.
  String script() throws IOException, InterruptedException {
    return command().stream()
        .map(word -> "'" + word.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" "));
  }

  private List<String> with(String classpath, String... more) {
    List<String> words = new ArrayList<>();
    words.add(ProcessHandle.current().info().command().orElse("java"));
    words.addAll(COMMON);
    words.addAll(flags);
    words.addAll(List.of(more));
    words.addAll(List.of("-cp", classpath, main));
    return words;
  }

  /// Nothing that the JVM has to say of a cache is to be among what the program says.
  private List<String> quiet(String classpath, String option) {
    return with(
        classpath, option, "-Xlog:aot=off", "-Xlog:cds=off", "-Xlog:aot+codecache+stubs=off");
  }

  /// The class path of the installed program: the command's own jar, and those it asks for, which
  /// the build puts beside it. Null if the command is not in a jar.
  static @Nullable String jars() throws IOException {
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path jar = Path.of(entry);
      if (jar.getFileName().toString().matches("cli-[0-9.]+\\.jar")) {
        List<String> all = new ArrayList<>(List.of(entry));
        try (JarFile file = new JarFile(jar.toFile())) {
          Attributes said = file.getManifest().getMainAttributes();
          for (String name : said.getValue(Attributes.Name.CLASS_PATH).split(" ")) {
            all.add(jar.resolveSibling("dist/lib").resolve(name).toString());
          }
        }
        return String.join(File.pathSeparator, all);
      }
    }
    return null;
  }

  /// The cache of these jars; the tests of other processes wait for who makes it.
  private Path cache(String jars) throws IOException, InterruptedException {
    Path directory = Files.createDirectories(Path.of("target", "start-up").toAbsolutePath());
    StringBuilder key = new StringBuilder(with(jars).toString());
    for (String jar : jars.split(File.pathSeparator)) {
      key.append(Files.getLastModifiedTime(Path.of(jar))).append(Files.size(Path.of(jar)));
    }
    String name = "%s-%08x".formatted(main, key.toString().hashCode());
    Path cache = directory.resolve(name + ".aot");
    try (FileChannel file =
            FileChannel.open(
                directory.resolve(name + ".lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock _ = file.lock()) {
      if (!Files.exists(cache)) {
        Path made = directory.resolve(name + ".new");
        Path dir = Files.createTempDirectory("graft-train");
        training.run(quiet(jars, "-XX:AOTCacheOutput=" + made), dir);
        if (!Files.exists(made)) {
          throw new IOException(main + " made no start-up cache; its log: " + log(dir));
        }
        Files.move(made, cache, StandardCopyOption.ATOMIC_MOVE);
        new ProcessBuilder("rm", "-rf", dir.toString()).inheritIO().start().waitFor();
      }
    }
    return cache;
  }

  private static Process launch(List<String> words, Path dir) throws IOException {
    return new ProcessBuilder(words)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve("daemon.log").toFile()))
        .start();
  }

  private static void end(Process process, Path dir) throws IOException, InterruptedException {
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(
          "the training of a program did not end; its log is in " + dir + ": " + log(dir));
    }
  }

  private static String log(Path dir) throws IOException {
    return Files.readString(dir.resolve("daemon.log"));
  }
}

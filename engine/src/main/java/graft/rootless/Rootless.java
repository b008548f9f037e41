package graft.rootless;

import graft.linux.Processes;
import graft.rootless.Holder.Kept;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// An engine without root. Whoever starts one as a normal user gets namespaces in which they are
/// root, and the program goes on in there:
///
/// - a **user namespace** with the user as root and their subordinate ids as everybody else,
/// - a **mount namespace**, for overlays and volumes,
/// - a **network namespace** for bridges and firewall, beside the machine's own. The engine itself
///   stays in the machine's: it pulls, resolves names and listens on published ports as any program
///   of the user would. pasta (or slirp4netns) carries what containers send out.
///
/// A process that only sleeps ([Holder]) keeps them when the engine is killed: containers go on,
/// and the next engine finds them. The last one to leave takes it away ([#release]).
public final class Rootless {
  private static final int SECONDS = 20;
  private static final Duration LEAVING = Duration.ofSeconds(10);

  /// Waits until the ids are mapped: only the second shell, which is started after that, is root.
  /// What it binds to the run directory keeps the network namespace, and gives it a name that no
  /// other process can get. It stays only if the launcher lives to write it down.
  private static final String HOLD =
      """
      echo made
      read -r go || exit 1
      exec sh -c '
        : >"$1/net" &&
        mount --bind /proc/self/ns/net "$1/net" &&
        echo ready &&
        read -r stay &&
        exec sleep infinity </dev/null >/dev/null 2>&1' sh "$1"
      """;

  private Rootless() {}

  /// Whether this process has to enter namespaces before it can be an engine.
  public static boolean needed() {
    return Places.user() != 0 && !Places.rootless();
  }

  /// The namespace of the bridges of an engine that has entered.
  public static Optional<Path> network(Path run) {
    return Places.rootless() ? Optional.of(Holder.network(run)) : Optional.empty();
  }

  /// Starts this program again, with the same words, inside the namespaces of a run directory,
  /// which are made if they are not there. Does not return but by an exception: INVALID says what
  /// the machine lacks.
  ///
  /// @param data closed to other users, who could run set-user-id programs of images as this one
  public static void enter(Path run, Path data) throws IOException {
    long user = Places.user();
    Places.make(run);
    Places.make(data);
    int pid;
    // Two that start at once shall not make them twice. Our end lets it go.
    FileChannel lock =
        FileChannel.open(
            run.resolve("holder.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try (lock;
        FileLock _ = lock.lock()) {
      Optional<Holder> holder = Holder.find(run);
      Holder found = holder.isPresent() ? connected(holder.get(), run) : make(run, user);
      pid = found.sleeper().pid();
    }
    Map<String, String> environment = new TreeMap<>(System.getenv());
    environment.put(Places.STARTED_BY, Long.toString(user));
    environment.putIfAbsent("HOME", System.getProperty("user.home"));
    List<String> command =
        new ArrayList<>(
            List.of(
                program("nsenter").orElseThrow(),
                "--preserve-credentials",
                "--user",
                "--mount",
                "--target",
                Integer.toString(pid),
                // The working directory is lost on the way.
                "sh",
                "-c",
                "cd \"$0\" && exec \"$@\"",
                Path.of("").toAbsolutePath().toString()));
    command.addAll(self());
    throw Processes.become(command, environment);
  }

  private static List<String> self() throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                new String(
                        Files.readAllBytes(Path.of("/proc/self/cmdline")),
                        StandardCharsets.ISO_8859_1)
                    .split("\0", -1)));
    words.removeLast(); // behind the last word's end
    words.set(0, Files.readSymbolicLink(Path.of("/proc/self/exe")).toString());
    return words;
  }

  // ---- making them

  private static Prerequisites machine() {
    return new Prerequisites(
        name -> program(name).isPresent(),
        Rootless::setting,
        file -> Files.isReadable(file) && Files.isWritable(file));
  }

  /// With its way out, which may have been killed.
  private static Holder connected(Holder holder, Path run) throws IOException {
    if (holder.connector().alive()) {
      return holder;
    }
    Holder again =
        new Holder(holder.sleeper(), connect(machine().check(), run, holder.sleeper().pid()));
    again.remember(run);
    return again;
  }

  private static Holder make(Path run, long user) throws IOException {
    Prerequisites machine = machine();
    Prerequisites.Connection connection = machine.check();
    String name = System.getProperty("user.name");
    SubordinateIds users = ids("/etc/subuid", name, user);
    SubordinateIds groups = ids("/etc/subgid", name, user);
    long group = Places.effective("Gid:");
    Path errors = Files.createTempFile(run, "holder", ".err");
    Process process =
        new ProcessBuilder(
                "setsid",
                "unshare",
                "--user",
                "--mount",
                "--net",
                "--propagation",
                "slave",
                "sh",
                "-c",
                HOLD,
                "sh",
                run.toString())
            .directory(Path.of("/").toFile())
            .redirectError(errors.toFile())
            .start();
    Kept sleeper = Kept.of((int) process.pid());
    Kept connector = new Kept(0, 0);
    boolean made = false;
    try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
        OutputStream go = process.getOutputStream()) {
      if (!"made".equals(said.readLine())) {
        throw machine.refused(Files.readString(errors).strip());
      }
      map("newuidmap", sleeper.pid(), users.arguments(user));
      map("newgidmap", sleeper.pid(), groups.arguments(group));
      go.write('\n');
      go.flush();
      if (!"ready".equals(said.readLine())) {
        throw machine.refused(Files.readString(errors).strip());
      }
      connector = connect(connection, run, sleeper.pid());
      Holder holder = new Holder(sleeper, connector);
      holder.remember(run);
      go.write('\n');
      go.flush();
      made = true;
      return holder;
    } finally {
      Files.deleteIfExists(errors);
      if (!made) {
        new Holder(sleeper, connector).end(run);
      }
    }
  }

  private static SubordinateIds ids(String file, String name, long user) throws IOException {
    String text = "";
    try {
      text = Files.readString(Path.of(file));
    } catch (NoSuchFileException e) {
      // As if it were empty.
    }
    return SubordinateIds.parse(text, name, user).orRefuse(file, name);
  }

  private static void map(String program, int pid, List<String> ranges) throws IOException {
    List<String> command = new ArrayList<>(List.of(program, Integer.toString(pid)));
    command.addAll(ranges);
    run(command, program + " refused the ids of /etc/subuid and /etc/subgid");
  }

  /// Nothing of the machine's loopback device is let through, in neither direction: what listens
  /// there does not expect containers. Ports are the engine's business.
  private static Kept connect(Prerequisites.Connection connection, Path run, int pid)
      throws IOException {
    return switch (connection) {
      case PASTA -> {
        // Written by pasta itself.
        Path record = run.resolve("pasta.pid");
        number(record).filter(old -> isAbout(old, record)).ifPresent(old -> Kept.of(old).kill());
        Files.deleteIfExists(record);
        run(
            List.of(
                "setsid",
                "pasta",
                "--quiet",
                "--config-net",
                "--no-map-gw",
                "-t",
                "none",
                "-u",
                "none",
                "-T",
                "none",
                "-U",
                "none",
                "-P",
                record.toString(),
                Integer.toString(pid)),
            "pasta could not connect the containers' network");
        yield Kept.of(
            number(record)
                .orElseThrow(() -> Prerequisites.refusal("pasta did not write " + record)));
      }
      case SLIRP4NETNS -> {
        Process process =
            new ProcessBuilder(
                    "setsid",
                    "slirp4netns",
                    "--configure",
                    "--mtu=65520",
                    "--disable-host-loopback",
                    "--ready-fd=1",
                    Integer.toString(pid),
                    "tap0")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.getInputStream().read() < 0) {
          throw Prerequisites.refusal("slirp4netns could not connect the containers' network");
        }
        yield Kept.of((int) process.pid());
      }
    };
  }

  private static Optional<Integer> number(Path record) throws IOException {
    try {
      String text = Files.readString(record).strip();
      return Optional.of(text).filter(t -> t.matches("\\d{1,9}")).map(Integer::valueOf);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /// Whether a process was started with that file on its command line: the pasta of a launcher that
  /// was killed before it could write it down.
  private static boolean isAbout(int pid, Path record) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1)
          .contains(record.toString());
    } catch (IOException e) {
      return false; // it ended
    }
  }

  /// Runs a program to its end. What it says is in a file, since a part of it may go on in the
  /// background with the same output.
  private static void run(List<String> command, String failure) throws IOException {
    Path output = Files.createTempFile("graft", ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw Prerequisites.refusal(failure + ": it did not end within " + SECONDS + " seconds");
      }
      if (process.exitValue() != 0) {
        String said =
            String.join(
                "; ",
                Files.readString(output)
                    .lines()
                    // What pasta says where no syslog is.
                    .filter(line -> !line.isBlank() && !line.startsWith("Failed to send "))
                    .toList());
        throw Prerequisites.refusal(failure + ": " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + command.getFirst(), e);
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private static Optional<String> setting(String name) {
    try {
      return Optional.of(Files.readString(Path.of("/proc/sys", name)).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> program(String name) {
    String path = System.getenv().getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
    for (String directory : path.split(":")) {
      if (directory.startsWith("/") && Files.isExecutable(Path.of(directory, name))) {
        return Optional.of(directory + "/" + name);
      }
    }
    return Optional.empty();
  }

  // ---- the end

  /// At the end of an engine that has entered: if it was the last process in its namespaces but for
  /// what keeps them, these go. While containers run, all stays.
  ///
  /// @param idle whether no container runs: then what is still there, such as the monitor of one
  ///   that was removed a moment ago, is given some time to end
  public static void release(Path run, boolean idle) throws IOException {
    if (!Places.rootless()) {
      return;
    }
    try (FileChannel lock =
            FileChannel.open(
                run.resolve("holder.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock _ = lock.lock()) {
      Optional<Holder> holder = Holder.find(run);
      if (holder.isEmpty()) {
        return;
      }
      int self = (int) ProcessHandle.current().pid();
      Set<Integer> known =
          Set.of(self, holder.get().sleeper().pid(), holder.get().connector().pid());
      long end = System.nanoTime() + (idle ? LEAVING.toNanos() : 0);
      while (holder.get().others(known)) {
        if (System.nanoTime() >= end || !pause()) {
          return;
        }
      }
      holder.get().end(run);
    }
  }

  private static boolean pause() {
    try {
      Thread.sleep(20);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}

package graft.network;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A firewall program of the host, run with text on its standard input.
///
/// @param ground where it works
record Tool(Path program, Ground ground) {
  private static final List<String> PLACES =
      List.of("/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/bin", "/usr/local/bin");

  static Optional<Tool> find(String name, Ground ground) {
    return PLACES.stream()
        .map(place -> Path.of(place, name))
        .filter(Files::isExecutable)
        .findFirst()
        .map(program -> new Tool(program, ground));
  }

  /// Its output; a non-zero exit is an IOException with what it said.
  String run(String input, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(ground.entering());
    command.add(program.toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    if (ground.apart()) {
      // iptables would want the machine's lock file, which is root's.
      builder.environment().put("XTABLES_LOCKFILE", "/dev/null");
    }
    Process process = builder.start();
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // It ended before it read all: its exit code and output say why.
      }
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        throw new IOException(program + " did not end within 30 seconds");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            String.join(" ", command) + " failed (exit " + process.exitValue() + "): " + output);
      }
      return output;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(program + " was interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }
}

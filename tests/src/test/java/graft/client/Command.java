package graft.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A program and the surroundings it runs in.
///
/// @param variables added to the environment; DOCKER_* and GRAFT_* of ours are taken from it
record Command(Path directory, Map<String, String> variables, List<String> words) {
  /// How many seconds a client may take before it is taken for hanging.
  static final int PATIENCE = 300;

  record Result(int exit, String out, String err) {
    /// What it printed, if it succeeded.
    String output() {
      if (exit != 0) {
        throw new AssertionError("exit " + exit + "\n" + err + out);
      }
      return out;
    }
  }

  /// A client that has not ended yet; what it writes to stdout and stderr is in one file.
  record Running(Process process, Path file) implements AutoCloseable {
    String output() throws IOException {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    void signal(String name) throws IOException, InterruptedException {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
          .inheritIO()
          .start()
          .waitFor();
    }

    int exit() throws IOException, InterruptedException {
      if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
        close();
        throw new AssertionError("it did not end; it wrote:\n" + output());
      }
      return process.exitValue();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  /// Ends by an interrupt even where the tests run in the background of a shell, which makes all
  /// that it starts deaf to it.
  Command heeding() {
    List<String> all = new ArrayList<>(List.of("env", "--default-signal=INT"));
    all.addAll(words);
    return new Command(directory, variables, List.copyOf(all));
  }

  Command with(String... more) {
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of(more));
    return new Command(directory, variables, List.copyOf(all));
  }

  Command with(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(variables);
    all.putAll(more);
    return new Command(directory, Map.copyOf(all), words);
  }

  Command without(String variable) {
    Map<String, String> all = new HashMap<>(variables);
    all.remove(variable);
    return new Command(directory, Map.copyOf(all), words);
  }

  Result run() throws IOException, InterruptedException {
    return run(null);
  }

  /// @param in its stdin, or null for none
  Result run(@Nullable String in) throws IOException, InterruptedException {
    Path input = Path.of("/dev/null");
    Path out = Files.createTempFile(directory, "out", "");
    Path err = Files.createTempFile(directory, "err", "");
    if (in != null) {
      input = Files.writeString(Files.createTempFile(directory, "in", ""), in);
    }
    Process process =
        builder()
            .redirectInput(input.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
      throw new AssertionError(
          words + " did not end; it wrote:\n" + Files.readString(out) + Files.readString(err));
    }
    return new Result(
        process.exitValue(),
        Files.readString(out, StandardCharsets.ISO_8859_1),
        Files.readString(err, StandardCharsets.ISO_8859_1));
  }

  Running start() throws IOException {
    Path out = Files.createTempFile(directory, "out", "");
    return new Running(
        builder()
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .redirectErrorStream(true)
            .start(),
        out);
  }

  private ProcessBuilder builder() {
    ProcessBuilder builder = new ProcessBuilder(words).directory(directory.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("DOCKER_") || name.startsWith("GRAFT_"));
    builder.environment().putAll(variables);
    return builder;
  }
}

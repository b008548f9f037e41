package graft.runtime;

import graft.linux.Descriptor;
import graft.linux.Spawn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The runtime and the monitor as programs that are installed: which versions, and the runtime's
/// commands.
final class RuntimePrograms {
  private static final int LIMIT = 64 * 1024;

  private final Path runtime;
  private final Path state;
  private final Path monitor;
  private final Map<Build, String> asked = new ConcurrentHashMap<>();

  /// @param state the runtime's `--root`
  RuntimePrograms(Path runtime, Path state, Path monitor) {
    this.runtime = runtime;
    this.state = state;
    this.monitor = monitor;
  }

  /// By the names of the programs.
  Map<String, String> versions() {
    Map<String, String> versions = new LinkedHashMap<>();
    for (Path program : List.of(runtime, monitor)) {
      versions.put(program.getFileName().toString(), version(program));
    }
    return versions;
  }

  /// Asked once for each program that is installed: `docker version` wants to know it every time.
  private String version(Path program) {
    try {
      Build build = new Build(program, Files.getLastModifiedTime(program));
      String known = asked.get(build);
      if (known != null) {
        return known;
      }
      String first =
          spawn(List.of(program.toString(), "--version")).text().lines().findFirst().orElse("");
      String version = first.substring(first.lastIndexOf(' ') + 1);
      asked.put(build, version);
      return version;
    } catch (IOException e) {
      return "unknown";
    }
  }

  private record Build(Path program, FileTime at) {}

  /// What a program said on both its outputs.
  record Output(int code, String text) {}

  /// Runs a command of the runtime to its end.
  Output run(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(runtime.toString(), "--root=" + state));
    command.addAll(List.of(arguments));
    return spawn(command);
  }

  private static Output spawn(List<String> command) throws IOException {
    return Waiting.on(() -> {
      Descriptor.Pipe pipe = Descriptor.pipe(true);
      try (Descriptor reader = pipe.reader()) {
        Spawn.Child child;
        try (Descriptor writer = pipe.writer()) {
          child =
              Spawn.start(
                  command,
                  Monitor.environment(Map.of()),
                  Path.of("/"),
                  Map.of(1, writer, 2, writer));
        }
        byte[] said = reader.readAll(LIMIT);
        return new Output(child.await(), new String(said, StandardCharsets.UTF_8));
      }
    });
  }
}

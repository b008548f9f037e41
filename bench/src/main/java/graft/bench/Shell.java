package graft.bench;

import java.io.IOException;
import java.nio.file.Path;

/// Runs a line of bash against a docker host.
final class Shell {
  private Shell() {}

  /// The exit code. `{R}` stands for the registry that the environment names.
  static int run(String script, String host) throws IOException, InterruptedException {
    String registry = System.getenv().getOrDefault("REGISTRY", "127.0.0.1:5000");
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", script.replace("{R}", registry));
    builder.environment().put("DOCKER_HOST", host);
    builder.redirectInput(Path.of("/dev/null").toFile());
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return builder.start().waitFor();
  }
}

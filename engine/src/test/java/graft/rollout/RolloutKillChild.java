package graft.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import graft.engine.Engine;
import graft.engine.EngineConfig;
import graft.oci.Digest;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Carries a plan out in a process that may be killed, having said that it begins: with containers,
/// if these are made anew.
final class RolloutKillChild {
  private RolloutKillChild() {}

  /// @param ended whether it had come to its end
  /// @param millis from its beginning to that, or to its death
  record Outcome(boolean ended, long millis) {}

  /// @param afterMillis when it is killed; `Long.MAX_VALUE` for never
  static Outcome run(Path dir, Digest plan, boolean recreate, long afterMillis) throws Exception {
    Process child =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                RolloutKillChild.class.getName(),
                dir.toString(),
                plan.toString(),
                Boolean.toString(recreate))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = child.inputReader()) {
      assertThat(out.readLine()).isEqualTo("begin");
      long begun = System.nanoTime();
      if (afterMillis != Long.MAX_VALUE) {
        Thread.sleep(afterMillis);
        // Destroying it would close what it said.
        new ProcessBuilder("kill", "-KILL", Long.toString(child.pid())).start().waitFor();
      }
      boolean ended = "end".equals(out.readLine());
      long millis = (System.nanoTime() - begun) / 1_000_000;
      // What it wrote to is closed before its locks are let go.
      int code = child.waitFor();
      if (afterMillis == Long.MAX_VALUE) {
        assertThat(ended).isTrue();
        assertThat(code).isZero();
      }
      return new Outcome(ended, millis);
    }
  }

  /// @param arguments the directory of the engine, the digest of the plan, and whether containers
  ///   are made anew
  static void main(String[] arguments) throws Exception {
    Path dir = Path.of(arguments[0]);
    Optional<Duration> recreate =
        Boolean.parseBoolean(arguments[2]) ? Optional.of(Duration.ofMillis(200)) : Optional.empty();
    try (Engine engine = Engine.open(EngineConfig.at(dir.resolve("data"), dir.resolve("run")))) {
      if (recreate.isEmpty()) {
        say("begin");
      }
      var _ =
          engine
              .rollouts()
              .apply(
                  Digest.parse(arguments[1]),
                  new Rollouts.Apply(Optional.empty(), Rollouts.OnFailure.STOP, recreate, false),
                  p -> {
                    if (recreate.isPresent() && p instanceof Progress.Switched) {
                      say("begin");
                    }
                  });
      say("end");
    }
  }

  private static void say(String word) {
    System.out.println(word);
    System.out.flush();
  }
}

package graft.rollout;

import graft.engine.Engine;
import graft.engine.EngineConfig;
import graft.oci.Digest;
import java.nio.file.Path;

/// Carries a plan out, having said that it begins.
final class RolloutKillChild {
  private RolloutKillChild() {}

  /// @param arguments the directory of the engine, and the digest of the plan
  static void main(String[] arguments) throws Exception {
    Path dir = Path.of(arguments[0]);
    try (Engine engine = Engine.open(EngineConfig.at(dir.resolve("data"), dir.resolve("run")))) {
      System.out.println("begin");
      System.out.flush();
      var _ =
          engine
              .rollouts()
              .apply(
                  Digest.parse(arguments[1]),
                  Rollouts.Apply.PLAIN,
                  p -> {
                    // Nobody listens.
                  });
      System.out.println("end");
      System.out.flush();
    }
  }
}

package graft.container;

import graft.oci.ImageConfig.Healthcheck;
import graft.oci.Platform;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a client asks for with `create`.
///
/// @param image as typed: name, name:tag, name@digest, id or its prefix
/// @param asked what is merged with the image's config; see [Overrides]
/// @param rest everything the image has no say in; its `run.process` args, env, user, cwd, and its
///   `entrypoint`, `cmd`, `env`, `labels`, `volumes`, `exposedPorts` and `stopSignal` are
///   overwritten by the merge
public record Request(
    String image,
    Optional<String> name,
    Optional<Platform> platform,
    Overrides asked,
    ContainerSpec rest) {

  /// Fields that the image's config has too. An empty optional is "as the image says"; a present
  /// but empty (or `[""]`) entrypoint is "none".
  ///
  /// @param health merged with the image's field by field
  /// @param env `KEY=value`; `KEY` alone removes what the image sets
  public record Overrides(
      Optional<List<String>> entrypoint,
      Optional<List<String>> cmd,
      List<String> env,
      String user,
      String workingDir,
      Map<String, String> labels,
      Set<String> volumes,
      Set<String> exposedPorts,
      String stopSignal,
      Optional<Healthcheck> health,
      List<String> shell) {
    public static final Overrides NONE =
        new Overrides(
            Optional.empty(),
            Optional.empty(),
            List.of(),
            "",
            "",
            Map.of(),
            Set.of(),
            Set.of(),
            "",
            Optional.empty(),
            List.of());

    /// The same with this command.
    public Overrides withCmd(List<String> command) {
      return new Overrides(
          entrypoint,
          Optional.of(command),
          env,
          user,
          workingDir,
          labels,
          volumes,
          exposedPorts,
          stopSignal,
          health,
          shell);
    }

    /// The same with these labels and no others.
    Overrides withLabels(Map<String, String> others) {
      return new Overrides(
          entrypoint,
          cmd,
          env,
          user,
          workingDir,
          others,
          volumes,
          exposedPorts,
          stopSignal,
          health,
          shell);
    }
  }

  /// The simplest request: this command in this image, everything else as Docker has it.
  public static Request of(String image, String... command) {
    Overrides asked =
        command.length == 0 ? Overrides.NONE : Overrides.NONE.withCmd(List.of(command));
    return new Request(image, Optional.empty(), Optional.empty(), asked, ContainerSpec.DEFAULT);
  }

  public Request named(String newName) {
    return new Request(image, Optional.of(newName), platform, asked, rest);
  }

  public Request with(ContainerSpec newRest) {
    return new Request(image, name, platform, asked, newRest);
  }
}

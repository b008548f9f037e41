package graft.build.dockerfile;

import graft.oci.Platform;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What has to be known of a base image to understand what is built on it.
///
/// @param platform the image's own
/// @param environment in order
/// @param shell of its config; mostly none
/// @param triggers its ONBUILD instructions
public record Base(
    Platform platform,
    Map<String, String> environment,
    List<String> shell,
    String workingDirectory,
    List<String> triggers) {
  public Base {
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    shell = List.copyOf(shell);
    triggers = List.copyOf(triggers);
  }

  public static Base scratch(Platform platform) {
    return new Base(platform, Map.of(), List.of(), "", List.of());
  }

  /// Who knows base images.
  @FunctionalInterface
  public interface Bases {
    /// @param image as the Dockerfile names it, variables replaced
    /// @throws DockerfileException there is none; what it says is completed by a suggestion
    Base find(String image, Platform platform);
  }
}

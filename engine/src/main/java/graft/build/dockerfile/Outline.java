package graft.build.dockerfile;

import java.util.List;

/// What can be given to a build of a target: `docker build --call=outline`.
///
/// @param name of the target; empty if it has none
public record Outline(
    String name, String description, List<Arg> args, List<Use> secrets, List<Use> ssh) {
  public Outline {
    args = List.copyOf(args);
    secrets = List.copyOf(secrets);
    ssh = List.copyOf(ssh);
  }

  /// @param value what it is in this build
  public record Arg(String name, String value, String description, Lines lines) {}

  /// A secret or an agent that is used.
  public record Use(String name, boolean required, Lines lines) {}
}

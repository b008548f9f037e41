package graft.build.dockerfile;

import java.util.Optional;
import java.util.Set;

/// What the first comments of a Dockerfile tell its reader.
///
/// @param escape `\` or a backtick
/// @param syntax the frontend image it asks for: `docker/dockerfile:1`
public record Directives(char escape, Optional<Syntax> syntax, Check check) {
  public static final Directives NONE = new Directives('\\', Optional.empty(), Check.DEFAULT);

  /// @param image as written: the first word; what follows it are arguments of the frontend
  public record Syntax(String image, String arguments, Lines lines) {}

  /// `# check=skip=A,B;error=true;experimental=C`.
  ///
  /// @param skip ids of rules in lower case
  /// @param skipAll `skip=all`
  /// @param error a finding fails the build
  /// @param experimental ids of experimental rules in lower case
  public record Check(
      Set<String> skip,
      boolean skipAll,
      boolean error,
      Set<String> experimental,
      boolean experimentalAll) {
    public static final Check DEFAULT = new Check(Set.of(), false, false, Set.of(), false);

    public Check {
      skip = Set.copyOf(skip);
      experimental = Set.copyOf(experimental);
    }
  }
}

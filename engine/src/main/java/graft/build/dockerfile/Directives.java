package graft.build.dockerfile;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// What the first comments of a Dockerfile tell its reader.
///
/// @param escape `\` or a backtick
/// @param syntax the frontend image it asks for: `docker/dockerfile:1`
public record Directives(char escape, Optional<Syntax> syntax, Check check) {
  /// @param image as written: the first word; what follows it are arguments of the frontend
  public record Syntax(String image, String arguments, Lines lines) {}

  /// `# check=skip=A,B;error=true;experimental=C`.
  ///
  /// @param skip ids of rules
  /// @param skipAll `skip=all`
  /// @param error a finding fails the build
  /// @param experimental ids of experimental rules
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

    /// The options of a directive or of the argument `BUILDKIT_DOCKERFILE_CHECK`.
    ///
    /// @throws DockerfileException an option is not known; without location
    public static Check parse(String options) {
      return DirectiveReader.check(options);
    }

    /// With what the comments right above an instruction say.
    public Check with(Check other) {
      return new Check(
          union(skip, other.skip),
          skipAll || other.skipAll,
          error,
          union(experimental, other.experimental),
          experimentalAll || other.experimentalAll);
    }

    private static Set<String> union(Set<String> a, Set<String> b) {
      Set<String> all = new HashSet<>(a);
      all.addAll(b);
      return all;
    }
  }
}

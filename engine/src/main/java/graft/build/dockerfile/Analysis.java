package graft.build.dockerfile;

import graft.build.dockerfile.Directives.Check;
import graft.oci.Platform;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What can be said of a Dockerfile without building it: what lint finds, whether a build would
/// fail before its first step, and what a build of the target can be given.
///
/// @param warnings in the order in which they were found
/// @param error why it cannot be built
/// @param forbidden the error is that there are warnings: `# check=error=true`
/// @param outline of the target; empty if there is an error
public record Analysis(
    List<Warning> warnings,
    Optional<DockerfileException> error,
    boolean forbidden,
    Optional<Outline> outline) {
  public Analysis {
    warnings = List.copyOf(warnings);
  }

  /// What is asked, and what is known.
  ///
  /// @param target empty for the last stage
  /// @param allStages looks also at stages that the target does not need
  /// @param buildArguments of the client, with a value
  /// @param check in place of what the Dockerfile says: the argument `BUILDKIT_DOCKERFILE_CHECK`
  /// @param contexts names that stand for no stage and no image, because the client has contexts of
  ///   these names
  /// @param ignore of the main context
  public record Question(
      String target,
      boolean allStages,
      Map<String, String> buildArguments,
      Platform buildPlatform,
      Platform targetPlatform,
      Optional<Check> check,
      Set<String> contexts,
      Ignore ignore,
      Base.Bases bases) {
    public Question {
      buildArguments = Map.copyOf(buildArguments);
      contexts = Set.copyOf(contexts);
    }
  }

  /// @param file what the file is called, for messages
  public static Analysis of(String file, byte[] data, Question question) {
    Findings findings = new Findings(Check.DEFAULT);
    try {
      Check check = question.check().orElseGet(() -> DirectiveReader.read(file, data).check());
      findings = new Findings(check);
      Lexer.Lexed lexed = Lexer.lex(file, data);
      for (Lines lines : lexed.emptyContinuations()) {
        findings.add(Rule.NO_EMPTY_CONTINUATION, lines, "Empty continuation line");
      }
      Findings found = findings;
      Dockerfile dockerfile =
          Dockerfile.parse(file, data, lexed, each -> SyntaxRules.instruction(each, found));
      SyntaxRules.stages(dockerfile, findings);
      Walk walk = new Walk(dockerfile, question, findings);
      Outline outline = walk.run();
      Optional<DockerfileException> violation = findings.violation();
      return new Analysis(
          findings.warnings(),
          violation.map(v -> v.at(new Location(file, data, List.of()))),
          violation.isPresent(),
          violation.isPresent() ? Optional.empty() : Optional.of(outline));
    } catch (DockerfileException e) {
      DockerfileException error = e.at(new Location(file, data, List.of()));
      return new Analysis(findings.warnings(), Optional.of(error), false, Optional.empty());
    }
  }

  /// The arguments that a builder sets: `TARGETPLATFORM` and the like.
  ///
  /// @param stage that is built; empty if it has no name
  public static Map<String, String> predefined(Platform build, Platform target, String stage) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("BUILDPLATFORM", build.toString());
    all.put("BUILDOS", build.os());
    all.put("BUILDOSVERSION", "");
    all.put("BUILDARCH", build.architecture());
    all.put("BUILDVARIANT", build.variant());
    all.put("TARGETPLATFORM", target.toString());
    all.put("TARGETOS", target.os());
    all.put("TARGETOSVERSION", "");
    all.put("TARGETARCH", target.architecture());
    all.put("TARGETVARIANT", target.variant());
    all.put("TARGETSTAGE", stage.isEmpty() ? "default" : stage);
    return all;
  }
}

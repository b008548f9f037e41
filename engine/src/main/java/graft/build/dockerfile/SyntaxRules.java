package graft.build.dockerfile;

import graft.build.dockerfile.Instruction.From;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// Rules that need no more than the text.
final class SyntaxRules {
  private static final Set<String> RESERVED = Set.of("context", "scratch");

  private SyntaxRules() {}

  static void instruction(Instruction instruction, Findings findings) {
    Origin origin = instruction.origin();
    switch (instruction) {
      case Instruction.Maintainer _ ->
          findings.add(
              Rule.MAINTAINER_DEPRECATED,
              origin,
              "Maintainer instruction is deprecated in favor of using label");
      case From from -> from(from, findings);
      case Instruction.Arg arg ->
          description(
              "ARG",
              arg.arguments().stream().map(Instruction.Argument::key).toList(),
              origin,
              findings);
      default -> {}
    }
  }

  private static void from(From from, Findings findings) {
    if (!from.nameAsWritten().equals(from.name())) {
      findings.add(
          Rule.STAGE_NAME_CASING,
          from.origin(),
          "Stage name '" + from.nameAsWritten() + "' should be lowercase");
    }
    String keyword = from.origin().keyword();
    boolean asMatches =
        isLower(keyword) ? isLower(from.as()) : !isUpper(keyword) || isUpper(from.as());
    if (!asMatches) {
      findings.add(
          Rule.FROM_AS_CASING,
          from.origin(),
          "'" + from.as() + "' and '" + keyword + "' keywords' casing do not match");
    }
    if (!from.name().isEmpty()) {
      description("FROM", List.of(from.name()), from.origin(), findings);
    }
  }

  private static void description(
      String keyword, List<String> names, Origin origin, Findings findings) {
    if (origin.comments().isEmpty()
        || names.contains(origin.comments().getLast().split(" ", 2)[0])) {
      return;
    }
    String name = names.size() == 1 ? names.getFirst() : "<arg_key>";
    findings.add(
        Rule.INVALID_DEFINITION_DESCRIPTION,
        origin,
        "Comment for " + keyword + " should follow the format: `# " + name + " <description>`");
  }

  static void stages(Dockerfile dockerfile, Findings findings) {
    Set<String> names = new HashSet<>();
    for (Stage stage : dockerfile.stages()) {
      String name = stage.name();
      Origin origin = stage.from().origin();
      if (RESERVED.contains(name)) {
        findings.add(
            Rule.RESERVED_STAGE_NAME,
            origin,
            "Stage name should not use the same name as reserved stage " + GoText.quote(name));
      }
      if (!name.isEmpty() && !names.add(name)) {
        findings.add(
            Rule.DUPLICATE_STAGE_NAME,
            origin,
            "Duplicate stage name " + GoText.quote(name) + ", stage names should be unique");
      }
    }
    casing(dockerfile, findings);
  }

  private static void casing(Dockerfile dockerfile, Findings findings) {
    List<Origin> all =
        dockerfile.stages().stream()
            .flatMap(s ->
                Stream.concat(
                    Stream.of(s.from().origin()),
                    s.instructions().stream().map(Instruction::origin)))
            .toList();
    long lower = all.stream().filter(o -> isLower(o.keyword())).count();
    long upper = all.stream().filter(o -> !isLower(o.keyword()) && isUpper(o.keyword())).count();
    boolean wantLower = lower > upper;
    for (Origin origin : all) {
      if (wantLower ? !isLower(origin.keyword()) : !isUpper(origin.keyword())) {
        findings.add(
            Rule.CONSISTENT_INSTRUCTION_CASING,
            origin,
            "Command '"
                + origin.keyword()
                + "' should match the case of the command majority ("
                + (wantLower ? "lowercase" : "uppercase")
                + ")");
      }
    }
  }

  private static boolean isLower(String s) {
    return s.equals(s.toLowerCase(Locale.ROOT));
  }

  private static boolean isUpper(String s) {
    return s.equals(s.toUpperCase(Locale.ROOT));
  }
}

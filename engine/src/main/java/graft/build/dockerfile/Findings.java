package graft.build.dockerfile;

import graft.build.dockerfile.Directives.Check;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What lint has found so far, without what is to be skipped.
final class Findings {
  private final Check check;
  private final List<Warning> warnings = new ArrayList<>();
  private final Set<String> rules = new LinkedHashSet<>();

  Findings(Check check) {
    this.check = check;
  }

  void add(Rule rule, Lines lines, String detail) {
    add(rule, lines, List.of(), detail);
  }

  void add(Rule rule, Origin origin, String detail) {
    add(rule, origin.lines(), origin.comments(), detail);
  }

  /// @param comments above the instruction: one may be `# check=skip=…`
  private void add(Rule rule, Lines lines, List<String> comments, String detail) {
    Check here = check;
    for (String comment : comments) {
      if (comment.startsWith("check=")) {
        try {
          here = here.with(Check.parse(comment.substring(6).split(" ", 2)[0]));
        } catch (DockerfileException e) {
          // A remark that happens to begin so.
          break;
        }
      }
    }
    boolean wanted =
        rule.experimental()
            ? here.experimentalAll() || here.experimental().contains(rule.id())
            : !here.skipAll() && !here.skip().contains(rule.id());
    if (wanted) {
      rules.add(rule.id());
      warnings.add(rule.warning(detail, lines));
    }
  }

  List<Warning> warnings() {
    return List.copyOf(warnings);
  }

  /// Something was found, and the Dockerfile wants that to be an error.
  Optional<DockerfileException> violation() {
    return check.error() && !rules.isEmpty()
        ? Optional.of(
            new DockerfileException("lint violation found for rules: " + String.join(", ", rules)))
        : Optional.empty();
  }
}

package graft.build.dockerfile;

import java.util.List;

/// What lint has found.
///
/// @param rule the id of Docker's rule: `FromAsCasing`
/// @param detail one sentence about this place
/// @param description what the rule is about
/// @param url of the rule's page; empty if there is none
public record Warning(
    String rule, String detail, String description, String url, List<Lines> lines) {
  public Warning {
    lines = List.copyOf(lines);
  }
}

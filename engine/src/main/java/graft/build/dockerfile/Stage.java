package graft.build.dockerfile;

import java.util.List;

/// A FROM and what follows it up to the next.
///
/// @param description what the comment above the FROM says, if it begins with the stage's name
/// @param instructions those after the FROM
public record Stage(Instruction.From from, String description, List<Instruction> instructions) {
  public Stage {
    instructions = List.copyOf(instructions);
  }

  /// In lower case; empty if it has none.
  public String name() {
    return from.name();
  }
}

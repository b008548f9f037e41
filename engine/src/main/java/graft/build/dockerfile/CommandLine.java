package graft.build.dockerfile;

import java.util.List;

/// What follows RUN, CMD and ENTRYPOINT.
public sealed interface CommandLine {
  /// For the shell of the image: `RUN make`.
  record Shell(String text) implements CommandLine {}

  /// A program and its arguments: `RUN ["make"]`.
  record Exec(List<String> arguments) implements CommandLine {
    public Exec {
      arguments = List.copyOf(arguments);
    }
  }
}

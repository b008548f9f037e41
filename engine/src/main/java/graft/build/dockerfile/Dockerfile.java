package graft.build.dockerfile;

import java.util.List;

/// A Dockerfile as it was written: nothing is replaced in it yet.
///
/// @param file what it is called; only for messages
/// @param data the bytes it was read from
/// @param globals the ARGs before the first FROM
/// @param stages at least one, in order
/// @param emptyContinuations where an empty line stands inside an instruction
public record Dockerfile(
    String file,
    byte[] data,
    Directives directives,
    List<Instruction.Arg> globals,
    List<Stage> stages,
    List<Lines> emptyContinuations) {
  public Dockerfile {
    globals = List.copyOf(globals);
    stages = List.copyOf(stages);
    emptyContinuations = List.copyOf(emptyContinuations);
  }

  public Location at(List<Lines> lines) {
    return new Location(file, data, lines);
  }

  public Location at(Origin origin) {
    return at(List.of(origin.lines()));
  }

  /// @param file what the file is called, for messages
  /// @throws DockerfileException what is wrong with it
  public static Dockerfile parse(String file, byte[] data) {
    throw new DockerfileException("not read yet", new Location(file, data, List.of()));
  }
}

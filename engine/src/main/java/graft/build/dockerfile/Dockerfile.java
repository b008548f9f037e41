package graft.build.dockerfile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

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
  /// Bytes.
  private static final int LARGEST = 16 << 20;

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

  /// Does something with an instruction; what is wrong with it is told with its place.
  public <T> T located(Origin origin, Supplier<T> action) {
    try {
      return action.get();
    } catch (DockerfileException e) {
      throw e.at(at(origin));
    }
  }

  /// Reads the bytes of a Dockerfile, and stops where they cannot be one: at a line that is too
  /// long, or after 16 MB.
  ///
  /// @throws DockerfileException that is so
  public static byte[] read(String file, InputStream in) throws IOException {
    byte[] data = new byte[64 << 10];
    int length = 0;
    int line = 1;
    int lineStart = 0;
    while (true) {
      if (length == data.length) {
        data = Arrays.copyOf(data, data.length * 2);
      }
      int n = in.read(data, length, data.length - length);
      if (n < 0) {
        return Arrays.copyOf(data, length);
      }
      for (int i = length; i < length + n; i++) {
        if (data[i] == '\n') {
          line++;
          lineStart = i + 1;
        }
      }
      length += n;
      Location place = new Location(file, new byte[0], List.of(new Lines(line, line)));
      if (length - lineStart > Lexer.LONGEST_LINE) {
        throw new DockerfileException(Lexer.LINE_TOO_LONG, place);
      }
      if (length > LARGEST) {
        throw new DockerfileException("dockerfile larger than " + LARGEST + " bytes", place);
      }
    }
  }

  /// @param file what the file is called, for messages
  /// @throws DockerfileException what is wrong with it
  public static Dockerfile parse(String file, byte[] data) {
    return parse(file, data, Lexer.lex(file, data), _ -> {});
  }

  /// @param each hears of each instruction, also if a later one is wrong
  static Dockerfile parse(String file, byte[] data, Lexer.Lexed lexed, Consumer<Instruction> each) {
    Directives directives = DirectiveReader.read(file, data);
    List<Instruction.Arg> globals = new ArrayList<>();
    List<Stage> stages = new ArrayList<>();
    Instruction.From from = null;
    List<Instruction> instructions = new ArrayList<>();
    for (Statement statement : lexed.statements()) {
      Location place = new Location(file, data, List.of(statement.lines()));
      Instruction instruction = parse(statement, place);
      each.accept(instruction);
      if (instruction instanceof Instruction.From next) {
        if (from != null) {
          stages.add(stage(from, instructions));
        }
        from = next;
        instructions = new ArrayList<>();
      } else if (from != null) {
        instructions.add(instruction);
      } else if (instruction instanceof Instruction.Arg arg) {
        globals.add(arg);
      } else {
        throw new DockerfileException("no build stage in current context", place);
      }
    }
    if (from == null) {
      throw new DockerfileException(
          "dockerfile contains no stages to build", new Location(file, data, List.of()));
    }
    stages.add(stage(from, instructions));
    return new Dockerfile(
        file,
        data,
        new Directives(lexed.escape(), directives.syntax(), directives.check()),
        globals,
        stages,
        lexed.emptyContinuations());
  }

  private static Instruction parse(Statement statement, Location place) {
    try {
      return Parser.parse(statement);
    } catch (DockerfileException e) {
      throw new DockerfileException(
          "dockerfile parse error on line " + statement.lines().first() + ": " + e.getMessage(),
          place);
    }
  }

  private static Stage stage(Instruction.From from, List<Instruction> instructions) {
    return new Stage(from, Parser.description(from.origin().comments(), from.name()), instructions);
  }

  /// That there is no such target, and which one may be meant.
  ///
  /// @param names of the stages
  public static String missingTarget(String target, Collection<String> names) {
    return Suggestion.append(
        "target stage " + GoText.quote(target) + " could not be found", target, names);
  }

  /// The instruction of a trigger, as an image's config has it.
  ///
  /// @param from the FROM that sets it off; there is where it stands
  public static Instruction trigger(String expression, Instruction.From from) {
    byte[] data = expression.getBytes(StandardCharsets.UTF_8);
    List<Statement> statements = Lexer.lex("ONBUILD", data).statements();
    if (statements.size() != 1) {
      throw new DockerfileException("onbuild trigger should be a single expression");
    }
    Statement statement =
        statements.getFirst().with(from.origin().lines(), statements.getFirst().heredocs());
    Instruction instruction = Parser.parse(statement);
    if (instruction instanceof Instruction.From) {
      throw new DockerfileException("FROM isn't allowed as an ONBUILD trigger");
    }
    return instruction;
  }
}

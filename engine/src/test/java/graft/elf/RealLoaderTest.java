package graft.elf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What the check says of a program and a library that gcc has made, beside what the machine's own
/// loader says of them.
class RealLoaderTest {
  private static final String PROGRAM =
      """
      int one(int); int two(int); extern int table[];
      int main(void) { return one(1) + two(2) + table[3] == 3 + 4 ? 0 : 7; }
      """;
  private static final String OLD =
      "int table[4] = {1,2,3,4}; int one(int a) { return a; } int two(int a) { return a; }";

  @TempDir static Path directory;

  @BeforeAll
  static void compile() throws Exception {
    Assumptions.assumeTrue(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(d -> Files.isExecutable(Path.of(d, "gcc"))),
        "gcc is not here");
    Files.createDirectories(directory.resolve("old"));
    Files.writeString(directory.resolve("program.c"), PROGRAM);
    library("old", OLD);
    for (String kind : List.of("-no-pie", "-pie")) {
      gcc(kind, "-o", "program" + kind, "program.c", "-Lold", "-lt", "-Wl,-z,now");
    }
  }

  private static void library(String name, String source) throws Exception {
    Files.createDirectories(directory.resolve(name));
    Files.writeString(directory.resolve(name + ".c"), source);
    gcc("-shared", "-fPIC", "-Wl,-soname,libt.so", "-o", name + "/libt.so", name + ".c");
  }

  private static void gcc(String... arguments) throws Exception {
    assertThat(run(Map.of(), Stream.concat(Stream.of("gcc"), Stream.of(arguments)).toList()))
        .isZero();
  }

  private static int run(Map<String, String> environment, List<String> command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  static Stream<Arguments> libraries() {
    return Stream.of(
        Arguments.of("same", OLD, true, true),
        Arguments.of(
            "gone", "int table[4] = {1,2,3,4}; int one(int a) { return a; }", false, false),
        // Refused although it runs: another function of the library might write past the copy.
        Arguments.of("grown", OLD.replace("[4]", "[8]"), false, true),
        Arguments.of(
            "function",
            "int table(void) { return 0; } int one(int a) { return a; } int two(int a) {return a;}",
            false,
            false),
        // The class that no such check sees: the same name, another meaning.
        Arguments.of(
            "meaning",
            "struct s { int a; }; int table[4] = {1,2,3,4}; int one(struct s *p) { return p->a; }"
                + " int two(int a) { return a; }",
            true,
            false));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("libraries")
  void saysWhatTheLoaderSays(String name, String source, boolean accepted, boolean runs)
      throws Exception {
    library(name, source);
    for (String kind : List.of("-no-pie", "-pie")) {
      FakeRoot before = root("old", kind);
      FakeRoot after = root(name, kind);
      assertThat(Linkage.of(after.get("app"), after).lost(Linkage.of(before.get("app"), before)))
          .as(name + kind)
          .satisfies(lost -> assertThat(lost.isEmpty()).isEqualTo(accepted));
      assertThat(run(Map.of("LD_LIBRARY_PATH", name), List.of("./program" + kind)) == 0)
          .as("the loader's word: " + name + kind)
          .isEqualTo(runs);
    }
  }

  @Test
  void whatIsKeptForDebuggersIsNoProgram() throws Exception {
    assertThat(
            run(Map.of(), List.of("objcopy", "--only-keep-debug", "program-pie", "program.debug")))
        .isZero();
    ElfFacts.Known facts = read(directory.resolve("program.debug"));
    assertThat(facts.interpreter()).isEmpty();
    assertThat(facts.needed()).isEmpty();
  }

  private static FakeRoot root(String library, String kind) throws IOException {
    return new FakeRoot()
        .put("app", read(directory.resolve("program" + kind)))
        .put("lib/libt.so", read(directory.resolve(library).resolve("libt.so")));
  }

  private static ElfFacts.Known read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      return (ElfFacts.Known) ElfReader.read(channel).orElseThrow();
    }
  }
}

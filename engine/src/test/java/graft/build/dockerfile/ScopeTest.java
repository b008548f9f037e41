package graft.build.dockerfile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.build.dockerfile.Instruction.Arg;
import graft.build.dockerfile.Instruction.Env;
import graft.oci.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScopeTest {
  private static final Map<String, String> PREDEFINED =
      Analysis.predefined(new Platform("linux", "amd64"), new Platform("linux", "arm", "v7"), "");

  private static Dockerfile parse(String text) {
    return Dockerfile.parse("Dockerfile", text.getBytes(UTF_8));
  }

  /// The scope at the end of the first stage.
  private static Scope end(String text, Map<String, String> buildArguments) {
    Dockerfile d = parse(text);
    Scope scope =
        Scope.global(d, PREDEFINED, buildArguments).stage(Map.of("PATH", "/bin", "BASE", "b"));
    run(d.stages().getFirst(), scope);
    return scope;
  }

  private static void run(Stage stage, Scope scope) {
    for (Instruction i : stage.instructions()) {
      switch (i.expand(scope.expander())) {
        case Arg arg -> arg.arguments().forEach(a -> scope.declare(a, _ -> {}));
        case Env env -> scope.set(env);
        default -> {}
      }
    }
  }

  @Test
  void globalArgumentsAreForFromOnlyUntilTheyAreDeclared() {
    Dockerfile d = parse("ARG A=1\nARG B=${A}2\nARG C\nFROM x\nARG B\nARG C");
    Scope global = Scope.global(d, PREDEFINED, Map.of("C", "c"));
    assertThat(global.get("B")).contains("12");
    Scope stage = global.stage(Map.of());
    assertThat(stage.variables()).isEmpty();
    run(d.stages().getFirst(), stage);
    assertThat(stage.variables()).isEqualTo(Map.of("B", "12", "C", "c"));
  }

  @Test
  void theClientsValueIsStrongerThanTheDefault() {
    assertThat(end("FROM x\nARG A=1", Map.of("A", "2")).get("A")).contains("2");
    assertThat(end("ARG A=1\nFROM x\nARG A", Map.of("A", "2")).get("A")).contains("2");
    assertThat(end("ARG A=1\nFROM x\nARG A=3", Map.of()).get("A")).contains("3");
    assertThat(end("FROM x", Map.of("A", "2")).get("A")).isEmpty();
  }

  @Test
  void theLaterOfArgAndEnvCounts() {
    assertThat(end("FROM x\nARG A=1\nENV A=2", Map.of()).get("A")).contains("2");
    assertThat(end("FROM x\nENV A=2\nARG A=1", Map.of()).get("A")).contains("1");
    assertThat(end("FROM x\nARG BASE=c", Map.of()).get("BASE")).contains("c");
  }

  @Test
  void allOfAnInstructionSeesWhatWasBeforeIt() {
    Scope scope = end("FROM x\nENV A=1\nENV A=2 B=$A\nARG C=3 D=$C", Map.of());
    assertThat(scope.get("B")).contains("1");
    // An ARG is several instructions in one.
    assertThat(scope.get("D")).contains("3");
  }

  @Test
  void platformsAreArguments() {
    Scope scope =
        end("FROM x\nARG TARGETPLATFORM\nARG TARGETVARIANT BUILDARCH=mine TARGETSTAGE", Map.of());
    assertThat(scope.get("TARGETPLATFORM")).contains("linux/arm/v7");
    assertThat(scope.get("TARGETVARIANT")).contains("v7");
    assertThat(scope.get("BUILDARCH")).contains("mine");
    assertThat(scope.get("TARGETSTAGE")).contains("default");
    assertThat(scope.get("TARGETOS")).isEmpty();
  }

  @Test
  void aStageHasTheVariablesOfTheStageBelow() {
    Dockerfile d = parse("FROM x AS a\nARG A=1\nENV B=2\nFROM a\nENV C=$A$B B=3");
    Scope below = Scope.global(d, PREDEFINED, Map.of()).stage(Map.of());
    run(d.stages().getFirst(), below);
    Scope above = below.above();
    run(d.stages().getLast(), above);
    assertThat(above.variables()).isEqualTo(Map.of("A", "1", "B", "3", "C", "12"));
    assertThat(below.variables()).isEqualTo(Map.of("A", "1", "B", "2"));
    assertThat(above.arguments()).isEqualTo(Map.of("A", Optional.of("1")));
  }

  @Test
  void undeclaredNamesAreTold() {
    Dockerfile d = parse("FROM x\nARG DECLARED\nLABEL a=$DECLARED b=$NOWHERE");
    Scope scope = Scope.global(d, PREDEFINED, Map.of()).stage(Map.of());
    run(d.stages().getFirst(), scope);
    List<String> told = new ArrayList<>();
    d.stages().getFirst().instructions().getLast().expand(scope.expander(told::add));
    assertThat(told).containsExactly("NOWHERE");
  }

  @Test
  void doublingEndsSomewhere() {
    StringBuilder text = new StringBuilder("FROM x\nENV A=0123456789\n");
    text.append("ENV A=$A$A\n".repeat(40));
    assertThatThrownBy(() -> end(text.toString(), Map.of()))
        .isInstanceOf(DockerfileException.class)
        .hasMessageContaining("variables");
    StringBuilder many = new StringBuilder("FROM x\nENV A=" + "x".repeat(60_000) + "\n");
    for (int i = 0; i < 1000; i++) {
      many.append("ENV B").append(i).append("=$A\n");
    }
    assertThatThrownBy(() -> end(many.toString(), Map.of()))
        .isInstanceOf(DockerfileException.class)
        .hasMessageContaining("together");
  }
}

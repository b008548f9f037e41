package graft.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.cli.json.Json;
import graft.session.Session;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What `graft build` shows of builds, of those that fail above all, and how it ends.
@Tag("root")
class GraftBuildShownTest extends GraftBuildCase {
  @Test
  void aFailureShowsItsPlace() throws Exception {
    Command.Result failed = graft("bad");
    assertThat(failed.exit()).isEqualTo(1);
    assertThat(failed.err())
        .contains(
            "bad/Dockerfile:2\n", "   2 | >>> RUN echo said && exit 7", "exit code: 7", " said\n");
    Command.Result typo = graft("typo");
    assertThat(typo.err()).contains("   2 | >>> RUNN true", "(did you mean RUN?)");
  }

  @Test
  void whatAFailedStepLeftCanBeLookedAt() throws Exception {
    builds.file(
        "left/Dockerfile", "FROM busybox\nENV E=env\nWORKDIR /w\nRUN echo left >f && exit 9\n");
    Matcher kept = Pattern.compile("failed:[0-9a-f]{12}").matcher(graft("left").err());
    assertThat(kept.find()).isTrue();
    for (Command run : List.of(engine.graft(project), engine.command(project, "docker"))) {
      assertThat(
              run.with("run", "--rm", kept.group(), "sh", "-c", "echo $E; pwd; cat f")
                  .run()
                  .output())
          .isEqualTo("env\n/w\nleft\n");
    }
    if (buildx) {
      assertThat(docker("left").run().err())
          .containsPattern("to look: docker run --rm -it failed:[0-9a-f]{12}");
    }
    assertThat(graft("--on-fail=shell", "left").err()).contains("needs a terminal");
    assumeTrue(Session.has("script"), "script is not installed");
    Command build = engine.graft(project).with("build", "--on-fail=shell", "left");
    String line =
        "echo 'cat f; echo at $PWD; exit' | script -qec '"
            + String.join(" ", build.words())
            + "' /dev/null";
    Command.Result shell = new Command(project, build.variables(), List.of("sh", "-c", line)).run();
    assertThat(shell.out()).contains("A shell in failed:", "left", "at /w");
  }

  @Test
  void theSameIsMadeTwice() throws Exception {
    assertThat(graft("--verify", "--build-arg", "SOURCE_DATE_EPOCH=1000", "c").err())
        .contains("Both builds made the same");
    builds.file("other/Dockerfile", "FROM busybox\nRUN cat /proc/sys/kernel/random/uuid >/u\n");
    Command.Result differs = graft("--verify", "--build-arg", "SOURCE_DATE_EPOCH=1000", "other");
    assertThat(differs.exit()).isEqualTo(1);
    assertThat(differs.err()).containsPattern("RUN /bin/sh -c cat /proc[^\n]*\n  /u  content: ");
  }

  @Test
  void warningsShowTheirPlace() throws Exception {
    Command.Result built = graft("lint");
    assertThat(built.exit()).isZero();
    assertThat(built.err())
        .contains(
            " 1 warning found:\n",
            "WARNING: FromAsCasing - https://docs.docker.com/go/dockerfile/rule/from-as-casing/\n",
            "   1 | >>> FROM busybox as x");
    assertThat(graft("-q", "lint").err()).isEmpty();
  }

  @Test
  void warningsOfABuildOfDockersHaveTheirPlaceToo() throws Exception {
    assumeTrue(buildx, "there is no docker-buildx");
    assertThat(docker("lint").run().err())
        .contains("1 warning found", "FromAsCasing: 'as' and 'FROM' keywords' casing do not match");
    assertThat(engine.command(project, "docker", "--debug", "build", "lint").run().err())
        .contains("More info: https://docs.docker.com", "   1 | >>> FROM busybox as x");
  }

  @Test
  void warningsFailABuildThatWantsThem() throws Exception {
    List<Command.Result> results = new ArrayList<>(List.of(graft("--progress=plain", "strict")));
    results.add(
        graft("--progress=plain", "--build-arg=BUILDKIT_DOCKERFILE_CHECK=error=true", "lint"));
    if (buildx) {
      results.add(docker("--progress=plain", "strict").run());
    }
    for (Command.Result result : results) {
      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.err())
          .contains("lint violation found for rules: FromAsCasing")
          .doesNotContain("RUN touch /never\n#");
    }
  }

  @Test
  void rawProgressIsLinesOfJson() throws Exception {
    List<String> lines = graft("--progress=rawjson", "--no-cache", "lint").err().lines().toList();
    assertThat(lines).isNotEmpty();
    for (String line : lines) {
      assertThat(Json.parse(line).fields().keySet())
          .isSubsetOf("vertexes", "statuses", "logs", "warnings");
    }
  }

  /// `script` gives it a terminal.
  @Test
  void aTerminalIsLeftAsItWas() throws Exception {
    assumeTrue(Session.has("script"), "script is not installed");
    Command graft = engine.graft(project);
    String line = String.join(" ", graft.words()) + " build --no-cache --target one c";
    Command.Result result =
        new Command(project, graft.variables(), List.of("script", "-qec", line, "/dev/null")).run();
    String out =
        new String(result.out().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    assertThat(out).contains("\u001b[?25l").containsPattern("✔[^\n]* \\[one 3/3] RUN echo");
    assertThat(out.lastIndexOf("\u001b[?25h")).isGreaterThan(out.lastIndexOf("\u001b[?25l"));
  }

  /// Nothing of a build outlives the client that wanted it.
  @Test
  void anInterruptEndsTheStep() throws Exception {
    builds.file("long/Dockerfile", "FROM busybox\nRUN echo begun && sleep 1000000\n");
    try (Command.Running build = engine.graft(project).with("build", "long").heeding().start()) {
      Await.until("the step runs", () -> build.output().contains(" begun"));
      build.signal("INT");
      assertThat(build.exit()).isEqualTo(130);
    }
    Matcher none = Pattern.compile("sleep 1000000").matcher("");
    Await.until(
        "the step is gone",
        () -> !none.reset(sh("ps ax -o args").output().replace("ps ax", "")).find());
  }

  /// What the protocol is about, for who writes another client.
  @Test
  void questionsOfNoBuildAreRefused() throws Exception {
    Command.Result answer =
        engine
            .command(project, "curl", "-s", "--unix-socket", engine.socket().toString())
            .with("-d", "{}", "http://d/graft/v1/build/none/answers/1")
            .run();
    assumeTrue(answer.exit() == 0, "curl is not installed");
    assertThat(answer.out()).contains("no build none is under way");
  }
}

package graft.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `graft` typed in place of `docker`: a script of that name, which runs graft, is first on the
/// path.
@Tag("root")
class GraftSessionTest {
  @TempDir Path dir;

  /// The environment in which docker is graft.
  private Map<String, String> graft(DaemonProcess daemon) throws IOException, InterruptedException {
    Path bin = Files.createDirectories(dir.resolve("bin"));
    Path script = bin.resolve("docker");
    Files.writeString(script, "#!/bin/sh\nexec " + GraftProgram.CLIENT.script() + " \"$@\"\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return Map.of("PATH", bin + ":" + System.getenv("PATH"), "GRAFT_HOST", daemon.host());
  }

  /// What a dockerd with its own command answered, but for what `graft.differences` explains.
  @Test
  void answersTheSessionAsDockerDid() throws Exception {
    assumeTrue(Session.has("busybox"), "busybox-static is not installed");
    String differences = Session.resource("graft.differences");
    List<String> explained = differences.lines().filter(l -> l.startsWith("$ ")).toList();
    Map<String, String> expected = Session.blocks(Session.resource("session.expected"));
    List<String> different = new ArrayList<>();
    Path scratch = Files.createDirectory(dir.resolve("scratch"));
    try (DaemonProcess daemon = DaemonProcess.start(dir, "graft-s1", DaemonProcess.OWN_POOL)) {
      Session session = new Session(daemon.host(), scratch, graft(daemon));
      session.furnish();
      int number = 0;
      for (Session.Step step : Session.steps()) {
        number++;
        Session.Answer answer = session.run(step);
        String want =
            inGraftsWords(expected.getOrDefault(number + " $ " + step.command(), ""), differences);
        if (!answer.text().equals(want) && !explained.contains("$ " + step.command())) {
          different.add("expected:\n" + want + "got:\n" + answer.text());
        }
      }
      tidy(session, "graft-s1");
    }
    assertThat(different).isEmpty();
  }

  private static String inGraftsWords(String answer, String differences) {
    StringBuilder text = new StringBuilder();
    for (String line : answer.lines().toList()) {
      String said = line;
      for (String rule : differences.lines().filter(l -> l.startsWith("~ ")).toList()) {
        String[] parts = rule.substring(2).split(" ~ ?", 2);
        said = Pattern.compile(parts[0]).matcher(said).replaceFirst(parts[1]);
      }
      text.append(said.isEmpty() && !line.isEmpty() ? "" : said + "\n");
    }
    return text.toString();
  }

  /// Output and exit code byte for byte as those of docker's own command, asked the same things of
  /// the same engine.
  @Test
  void printsWhatTheDockerCommandPrints() throws Exception {
    assumeTrue(Session.has("docker"), "there is no docker command");
    assumeTrue(Session.has("busybox"), "busybox-static is not installed");
    List<String> different = new ArrayList<>();
    int compared = 0;
    Path scratch = Files.createDirectory(dir.resolve("scratch"));
    try (DaemonProcess daemon = DaemonProcess.start(dir, "graft-s2", DaemonProcess.OWN_POOL)) {
      Session docker = new Session(daemon.host(), scratch);
      Session graft = new Session(daemon.host(), scratch, graft(daemon));
      docker.furnish();
      for (Session.Step step : Session.steps("same.txt")) {
        String command = step.command();
        if (command.startsWith("+ ")) {
          docker.run(new Session.Step(command.substring(2), true));
          continue;
        }
        String wanted = output(docker, command);
        String got = output(graft, command);
        compared++;
        if (!wanted.equals(got)) {
          different.add("docker:\n" + wanted + "graft:\n" + got);
        }
      }
      tidy(docker, "graft-s2");
    }
    assertThat(compared).isGreaterThan(90);
    assertThat(different).isEmpty();
  }

  /// Without stderr, whose words differ, and without the seconds that pass in between.
  private static String output(Session session, String command)
      throws IOException, InterruptedException {
    String text = session.run(new Session.Step(command, true)).text();
    return text.lines()
        .filter(line -> !line.startsWith("! "))
        .map(line ->
            line.replaceAll(
                    "(\\d+ (seconds|minutes)|Less than a second|About a minute|1 second)( ago)?",
                    "<time>")
                .replaceAll(" {2,}", "  ")
                .stripTrailing())
        .reduce("", (a, b) -> a + b + "\n");
  }

  private static void tidy(Session session, String bridge)
      throws IOException, InterruptedException {
    session.run(new Session.Step("docker rm -f $(docker ps -aq)", false));
    session.run(new Session.Step("ip link del " + bridge, false));
  }
}

package graft.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The session of `session.txt` with the real docker command against Graft: exit codes and output
/// have to be those that dockerd 28.5 gave, but for the commands that `session.differences`
/// explains.
@Tag("root")
class SessionTest {
  @TempDir Path dir;

  private static boolean has(String command) throws Exception {
    return new ProcessBuilder("bash", "-c", "command -v " + command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  @Test
  void answersAsDockerdDoes() throws Exception {
    assumeTrue(has("docker"), "there is no docker command");
    assumeTrue(has("busybox"), "busybox-static is not installed");
    Map<String, String> expected = blocks(Session.resource("session.expected"));
    List<String> explained =
        Session.resource("session.differences").lines().filter(l -> l.startsWith("$ ")).toList();
    Path scratch = Files.createDirectory(dir.resolve("scratch"));
    List<String> different = new ArrayList<>();
    int compared = 0;
    try (DaemonProcess daemon = DaemonProcess.start(dir, "graft-s0")) {
      Session session = new Session(daemon.host(), scratch);
      session.furnish();
      int number = 0;
      for (Session.Step step : Session.steps()) {
        number++;
        Session.Answer answer = session.run(step);
        String want = expected.getOrDefault(number + " $ " + step.command(), "");
        compared++;
        if (!answer.text().equals(want) && !explained.contains("$ " + step.command())) {
          different.add("expected:\n" + want + "got:\n" + answer.text());
        }
      }
      session.run(new Session.Step("docker rm -f $(docker ps -aq)", false));
      session.run(new Session.Step("ip link del graft-s0", false));
    }
    assertThat(compared).isGreaterThan(120);
    assertThat(different).isEmpty();
  }

  /// The answers by number and command: a command may stand there twice.
  private static Map<String, String> blocks(String text) {
    Map<String, String> all = new LinkedHashMap<>();
    StringBuilder block = new StringBuilder();
    String command = "";
    int number = 0;
    for (String line : text.lines().toList()) {
      if (line.startsWith("$ ")) {
        if (number > 0) {
          all.put(number + " " + command, block.toString());
        }
        number++;
        command = line;
        block.setLength(0);
      }
      block.append(line).append('\n');
    }
    all.put(number + " " + command, block.toString());
    return all;
  }
}

package graft.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  @Test
  void answersAsDockerdDoes() throws Exception {
    compare("session", 120);
  }

  @Test
  void buildsAsDockerdDoes() throws Exception {
    compare("build", 35);
  }

  /// @param name of the session's files
  /// @param least how many commands there are at least
  private void compare(String name, int least) throws Exception {
    assumeTrue(Session.has("docker"), "there is no docker command");
    assumeTrue(Session.has("busybox"), "busybox-static is not installed");
    Map<String, String> expected = Session.blocks(Session.resource(name + ".expected"));
    List<String> explained =
        Session.resource(name + ".differences").lines().filter(l -> l.startsWith("$ ")).toList();
    Path scratch = Files.createDirectory(dir.resolve("scratch"));
    List<String> different = new ArrayList<>();
    int compared = 0;
    try (DaemonProcess daemon = DaemonProcess.start(dir, "graft-s0", DaemonProcess.OWN_POOL)) {
      Session session = new Session(daemon.host(), scratch);
      session.furnish();
      if (name.equals("build")) {
        assumeTrue(
            Files.exists(scratch.resolve("config/cli-plugins")), "there is no docker-buildx");
      }
      int number = 0;
      for (Session.Step step : Session.steps(name + ".txt")) {
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
    assertThat(compared).isGreaterThan(least);
    assertThat(different).isEmpty();
  }
}

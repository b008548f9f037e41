package graft.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.session.DaemonProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every row of `contract.txt` against Graft: status, headers and the shape of the JSON have to be
/// those that dockerd 28.5 gave (`contract.expected`), but for what `contract.differences`
/// explains. The same of `values.txt`, where values count too: what lists leave of things that
/// differ, what events tell of a life. And of `builds.txt`: dockerd's classic builder.
@Tag("root")
class ContractTest {
  @TempDir Path dir;

  private static int run(String script) throws Exception {
    return new ProcessBuilder("bash", "-c", script)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  @ParameterizedTest
  @CsvSource({"contract, 400", "values, 250", "builds, 40"})
  void answersAsDockerdDoes(String name, int atLeast) throws Exception {
    assumeTrue(run("command -v busybox") == 0, "busybox-static is not installed");
    Path files = Files.createDirectory(dir.resolve("files"));
    Contract.furnish(files);
    Differences differences = new Differences(Contract.resource(name + ".differences"));
    List<Row> rows = Contract.rows(name);
    List<List<String>> expected = Contract.expected(name);
    assertThat(expected.stream().map(List::getFirst))
        .isEqualTo(rows.stream().map(r -> "> " + r.text()).toList());
    List<String> broken = new ArrayList<>();
    try (DaemonProcess daemon = DaemonProcess.start(dir, "graft-k0")) {
      Contract contract = new Contract(daemon.socket(), files);
      for (int i = 0; i < rows.size(); i++) {
        List<String> want = expected.get(i).subList(1, expected.get(i).size());
        List<String> odd = differences.unexplained(rows.get(i), want, contract.play(rows.get(i)));
        if (!odd.isEmpty()) {
          broken.add("> " + rows.get(i).text() + "\n" + String.join("\n", odd));
        }
      }
    } finally {
      run("ip link del graft-k0");
    }
    assertThat(rows.size()).isGreaterThan(atLeast);
    assertThat(String.join("\n", broken)).isEmpty();
    assertThat(differences.idle()).isEmpty();
  }
}

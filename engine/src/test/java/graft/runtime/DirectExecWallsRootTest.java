package graft.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Execs that the engine starts itself let nobody out, and are confined as the container is.
@Tag("root")
@Timeout(600)
class DirectExecWallsRootTest extends DirectExecCase {
  static List<Spec.Security> confinements() {
    Spec.Security plain = Spec.Security.DEFAULT;
    return List.of(
        new Spec.Security(
            List.of(),
            List.of(),
            true,
            plain.seccomp(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            List.of()),
        new Spec.Security(
            List.of(),
            List.of(),
            false,
            Optional.of("unconfined"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            List.of()),
        new Spec.Security(
            List.of("NET_ADMIN"),
            List.of("ALL"),
            false,
            plain.seccomp(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            List.of()),
        new Spec.Security(
            List.of(),
            List.of("CHOWN", "SETPCAP", "KILL"),
            true,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            List.of()));
  }

  @ParameterizedTest
  @MethodSource("confinements")
  void confinedAsTheContainerIs(Spec.Security security) throws Exception {
    Runtime.Task task =
        running(RuntimeLab.secured(RuntimeLab.process(false, "sleep", "1000"), security));
    for (String user : List.of("", "ann")) {
      for (boolean privileged : List.of(false, true)) {
        Spec.Process process = sh(LOOKS.get(0), user, false, privileged);
        assertThat(said(direct(task, process, false)))
            .isEqualTo(said(runc.exec(task, "runc-" + number++, process, false)));
      }
    }
  }

  /// CVE-2024-21626: no descriptor of ours may be a way out.
  @Test
  void aDescriptorIsNoDirectoryToWorkIn() throws Exception {
    Runtime.Task task = running();
    said(direct(task, RuntimeLab.process(false, "true"), true));
    long before = descriptors();
    for (int fd = 0; fd < 40; fd++) {
      String cwd = "/proc/self/fd/" + fd;
      Spec.Process process =
          new Spec.Process(
              List.of("ls", "../../../.."),
              List.of("PATH=/bin"),
              cwd,
              "",
              List.of(),
              false,
              false,
              List.of(),
              0,
              0);
      String id = "cwd-" + fd;
      assertThatThrownBy(() -> lab.runtime.exec(task, id, process, true))
          .hasMessageStartingWith(
              "OCI runtime exec failed: exec failed: unable to start container process: chdir to"
                  + " cwd (\""
                  + cwd
                  + "\") set in config.json failed: ");
    }
    settle(before);
  }

  /// CVE-2019-5736: what is executed on the way in is no file of the host.
  @ParameterizedTest
  @ValueSource(strings = {"#!/proc/self/exe\n", "#!/proc/self/exe -c\n"})
  void theWayInCannotBeExecutedAgain(String text) throws Exception {
    Runtime.Task task = running();
    Path script = lab.root.resolve("bin/again");
    Files.writeString(script, text);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Object before = Files.getAttribute(java, "unix:ctime");
    assertThat(said(direct(task, RuntimeLab.process(false, "/bin/again"), false)))
        .containsExactly("", "", "127");
    assertThat(Files.getAttribute(java, "unix:ctime")).isEqualTo(before);
  }

  /// CVE-2016-9962: a process of the container looks for whoever comes in, all the time.
  @Test
  void whoComesInCannotBeLookedInto() throws Exception {
    String spy =
        "while :; do for p in /proc/[0-9]*; do case $p in /proc/1|/proc/$$) ;; *)"
            + " x=$(readlink $p/exe) && case $x in *java*|*graft-init*) echo $p $x;; esac;"
            + " ls $p/fd 2>/dev/null | grep -q '^[3-9]' && readlink $p/fd/4 | grep cgroup;"
            + " esac; done; done > /tmp/spied 2>/dev/null";
    Runtime.Task task = running(RuntimeLab.sh(spy));
    for (int i = 0; i < 100; i++) {
      said(direct(task, RuntimeLab.process(false, "true"), false));
    }
    assertThat(lab.root.resolve("tmp/spied")).isEmptyFile();
  }

  /// An image may have a link where the way in could look for its own files.
  @Test
  void linksOfTheImageAreNotFollowed() throws Exception {
    Files.createSymbolicLink(lab.root.resolve("tmp/proc"), Path.of("/proc/self"));
    Files.createSymbolicLink(lab.root.resolve("tmp/out"), Path.of("../../../../../../etc"));
    Runtime.Task task = running();
    Spec.Process process =
        new Spec.Process(
            List.of("ls"),
            List.of("PATH=/bin"),
            "/tmp/out",
            "",
            List.of(),
            false,
            false,
            List.of(),
            0,
            0);
    assertThat(said(direct(task, process, false))[0]).isEqualTo("group\npasswd\n");
  }
}

package graft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a process in a container with nothing but defaults can see and do.
@Tag("root")
class RuncSecurityRootTest {
  @TempDir Path directory;
  private RuntimeLab lab;

  @BeforeEach
  void open() throws IOException {
    lab = new RuntimeLab(directory);
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "grep CapEff /proc/self/status § CapEff:\t00000000a80425fb",
        "grep CapBnd /proc/self/status § CapBnd:\t00000000a80425fb",
        "grep CapInh /proc/self/status § CapInh:\t0000000000000000",
        "grep -w Seccomp /proc/self/status § Seccomp:\t2",
        "grep NoNewPrivs /proc/self/status § NoNewPrivs:\t0",
        "head -c 1 /proc/kcore; wc -c < /proc/keys § 0",
        "ls /sys/firmware /proc/scsi /proc/acpi 2>/dev/null; echo end § ~end",
        "echo 1 > /proc/sys/kernel/hostname || echo no § ~no",
        "echo b > /proc/sysrq-trigger || echo no § ~no",
        "touch /sys/x || echo no § ~no",
        "mknod /tmp/mem c 1 1 && head -c 1 /tmp/mem || echo no § ~no",
        "mknod /tmp/null c 1 3 && echo x > /tmp/null && echo yes § yes",
        "ls /dev § fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero",
        "id § uid=0(root) gid=0(root) groups=0(root),10(wheel)",
        "busybox mount -t tmpfs x /tmp || echo no § ~no",
        "busybox unshare -U true || echo no § ~no",
        "cat /proc/sys/net/ipv4/ip_unprivileged_port_start § 0",
      },
      delimiter = '§',
      ignoreLeadingAndTrailingWhitespace = true)
  void inside(String script, String expected) throws Exception {
    String[] said = lab.run(RuntimeLab.sh(script));
    String out = said[0].replace('\n', ' ').strip();
    if (expected.startsWith("~")) {
      assertThat(out).endsWith(expected.substring(1));
    } else {
      assertThat(out).isEqualTo(expected);
    }
  }
}

package graft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatsTest {
  @TempDir Path root;

  private void put(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void versionTwo() throws IOException {
    put("cgroup.controllers", "cpu memory");
    put(
        "g/c/cpu.stat",
        """
        usage_usec 7
        user_usec 4
        system_usec 3
        nr_periods 2
        nr_throttled 1
        throttled_usec 9
        """);
    put("g/c/memory.current", "4096\n");
    put("g/c/memory.max", "max\n");
    put("g/c/memory.stat", "anon 10\ninactive_file 20\n");
    put("g/c/memory.events", "low 0\nmax 3\noom 1\noom_kill 2\n");
    put("g/c/pids.current", "5\n");
    put("g/c/pids.max", "50\n");
    put("g/c/io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n8:16\n");
    put("g/c/cgroup.freeze", "1\n");
    put("g/c/cgroup.procs", "12\n11\n");
    put("g/c/sub/cgroup.procs", "13\n");
    Cgroup group = Cgroup.parse("0::/g/c\n", root);
    assertThat(group.frozen()).isTrue();
    assertThat(group.pids()).containsExactly(11, 12, 13);
    Stats stats = Stats.of(group);
    assertThat(stats.cpu()).isEqualTo(new Stats.Cpu(7000, 4000, 3000, List.of(), 2, 1, 9000));
    assertThat(stats.memory()).isEqualTo(new Stats.Memory(4096, 0, 3, Long.MAX_VALUE, 2));
    assertThat(stats.detail()).isEqualTo(Map.of("anon", 10L, "inactive_file", 20L));
    assertThat(stats.pidsLimit()).isEqualTo(50);
    assertThat(stats.bytes())
        .containsExactlyInAnyOrder(new Stats.Io(8, 0, "read", 1), new Stats.Io(8, 0, "write", 2));
    assertThat(stats.operations())
        .containsExactlyInAnyOrder(new Stats.Io(8, 0, "read", 3), new Stats.Io(8, 0, "write", 4));
  }

  @Test
  void versionOne() throws IOException {
    put("cpu,cpuacct/g/c/cpuacct.usage", "123\n");
    put("cpu,cpuacct/g/c/cpuacct.usage_percpu", "100 23 \n");
    put("cpu,cpuacct/g/c/cpuacct.stat", "user 2\nsystem 1\n");
    put("memory/g/c/memory.usage_in_bytes", "10\n");
    put("memory/g/c/memory.limit_in_bytes", "9223372036854771712\n");
    put("memory/g/c/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n");
    put("pids/g/c/pids.current", "1\n");
    put("pids/g/c/cgroup.procs", "12\n");
    put("freezer/g/c/freezer.state", "FROZEN\n");
    put(
        "blkio/g/c/blkio.throttle.io_service_bytes_recursive",
        "8:0 Read 5\n8:0 Write 6\nTotal 11\n");
    Cgroup group =
        Cgroup.parse(
            """
            9:cpu,cpuacct:/g/c
            8:memory:/g/c
            7:pids:/g/c
            6:freezer:/g/c
            5:blkio:/g/c
            1:name=systemd:/g/c
            0::/
            nonsense
            """,
            root);
    assertThat(group.frozen()).isTrue();
    assertThat(group.pids()).containsExactly(12);
    Stats stats = Stats.of(group);
    assertThat(stats.cpu().total()).isEqualTo(123);
    assertThat(stats.cpu().user()).isEqualTo(20_000_000);
    assertThat(stats.cpu().perCpu()).containsExactly(100L, 23L);
    assertThat(stats.memory()).isEqualTo(new Stats.Memory(10, 0, 0, Long.MAX_VALUE, 4));
    assertThat(stats.bytes())
        .containsExactly(new Stats.Io(8, 0, "Read", 5), new Stats.Io(8, 0, "Write", 6));
  }
}

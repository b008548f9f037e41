package graft.docker.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.oci.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every field of a create request, one at a time: it changes what is run, or a warning or an error
/// says that it does not. None is passed over.
class FieldsTest {
  /// One that can do all that version 1 of the control groups can.
  static final Machine ABLE = new Machine(2, false, EnumSet.allOf(Machine.Control.class), false);

  private static final String HOST =
      """
      Annotations         | {"a":"b"}
      AutoRemove          | true
      Binds               | ["/a:/b"]
      BlkioDeviceReadBps  | [{"Path":"/dev/x","Rate":5}]
      BlkioDeviceReadIOps | [{"Path":"/dev/x","Rate":5}]
      BlkioDeviceWriteBps | [{"Path":"/dev/x","Rate":5}]
      BlkioDeviceWriteIOps | [{"Path":"/dev/x","Rate":5}]
      BlkioWeight         | 300
      BlkioWeightDevice   | [{"Path":"/dev/x","Weight":50}]
      CapAdd              | ["NET_ADMIN"]
      CapDrop             | ["CHOWN"]
      Cgroup              | "container:x"
      CgroupParent        | "/x"
      CgroupnsMode        | "private"
      ConsoleSize         | [25,80]
      CpuCount            | 1
      CpuPercent          | 5
      CpuPeriod           | 50000
      CpuQuota            | 50000
      CpuRealtimePeriod   | 1000000
      CpuRealtimeRuntime  | 5000
      CpuShares           | 512
      CpusetCpus          | "0"
      CpusetMems          | "0"
      DeviceCgroupRules   | ["c 1:1 r"]
      DeviceRequests      | [{"Count":-1,"Capabilities":[["gpu"]]}]
      Devices             | [{"PathOnHost":"/dev/null"}]
      Dns                 | ["9.9.9.9"]
      DnsOptions          | ["ndots:2"]
      DnsSearch           | ["x"]
      ExtraHosts          | ["a:1.2.3.4"]
      GroupAdd            | ["5"]
      IOMaximumBandwidth  | 5
      IOMaximumIOps       | 5
      Init                | true
      IpcMode             | "host"
      Isolation           | "process"
      KernelMemory        | 50000000
      KernelMemoryTCP     | 50000000
      Links               | ["a:b"]
      LogConfig           | {"Type":"local"}
      MaskedPaths         | []
      Memory              | 50000000
      MemoryReservation   | 50000000
      MemorySwap          | -1
      MemorySwappiness    | 5
      Mounts              | [{"Type":"tmpfs","Target":"/t"}]
      NanoCpus            | 500000000
      NetworkMode         | "none"
      OomKillDisable      | true
      OomScoreAdj         | 5
      PidMode             | "host"
      PidsLimit           | 5
      PortBindings        | {"80/tcp":[{"HostPort":"80"}]}
      Privileged          | true
      PublishAllPorts     | true
      ReadonlyPaths       | []
      ReadonlyRootfs      | true
      RestartPolicy       | {"Name":"always"}
      Runtime             | "foo"
      SecurityOpt         | ["no-new-privileges"]
      ShmSize             | 5000
      StorageOpt          | {"size":"5g"}
      Sysctls             | {"a":"b"}
      Tmpfs               | {"/t":""}
      UTSMode             | "host"
      Ulimits             | [{"Name":"nofile","Soft":5,"Hard":5}]
      UsernsMode          | "host"
      VolumeDriver        | "foo"
      VolumesFrom         | ["x"]
      """;

  private static final String CONFIG =
      """
      Cmd                 | ["x"]
      Domainname          | "d"
      Entrypoint          | ["x"]
      Env                 | ["a=b"]
      ExposedPorts        | {"80/tcp":{}}
      Healthcheck         | {"Test":["CMD","x"]}
      Hostname            | "h"
      Image               | "other"
      Labels              | {"a":"b"}
      MacAddress          | "02:42:ac:11:00:09"
      NetworkDisabled     | true
      OpenStdin           | true
      Shell               | ["x"]
      StdinOnce           | true
      StopSignal          | "INT"
      StopTimeout         | 5
      Tty                 | true
      User                | "u"
      Volumes             | {"/v":{}}
      WorkingDir          | "/w"
      """;

  /// Fields that ask nothing of an engine: the client's own notes, which inspect shows, and those
  /// of Windows.
  private static final Set<String> NOTES =
      Set.of(
          "ArgsEscaped",
          "AttachStderr",
          "AttachStdin",
          "AttachStdout",
          "ContainerIDFile",
          "OnBuild");

  private static String outcome(ObjectNode body) {
    if (!body.has("Image")) {
      body.put("Image", "busybox");
    }
    try {
      CreateBody.Parsed parsed =
          new CreateBody(
                  ABLE,
                  name -> {
                    throw GraftException.notFound("No such container: " + name);
                  })
              .read(body, Optional.empty(), Optional.empty());
      String document = parsed.request().rest().document();
      return parsed.request().toString().replace(document, "") + parsed.warnings();
    } catch (GraftException e) {
      return e.text();
    }
  }

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) Json.MAPPER.readTree(text);
    } catch (IOException e) {
      throw new AssertionError(text, e);
    }
  }

  @Test
  void noFieldIsPassedOver() {
    String nothing = outcome(json("{}"));
    Set<String> ignored = new TreeSet<>();
    for (String line : (HOST + CONFIG).lines().toList()) {
      String name = line.substring(0, line.indexOf('|')).strip();
      String field = "{\"" + name + "\":" + line.substring(line.indexOf('|') + 1) + "}";
      boolean host = HOST.contains(line);
      String result = outcome(json(host ? "{\"HostConfig\":" + field + "}" : field));
      if (result.equals(nothing)) {
        ignored.add(name);
      }
    }
    assertThat(ignored).isEmpty();
  }

  /// The table is complete: whatever inspect shows of a request is in it.
  @Test
  void everyFieldThatInspectShowsIsTried() {
    Set<String> tried = new TreeSet<>(NOTES);
    (HOST + CONFIG).lines().forEach(l -> tried.add(l.substring(0, l.indexOf('|')).strip()));
    Set<String> shown = new TreeSet<>();
    InspectBodyTest.shown()
        .forEach(name -> {
          if (name.matches("(Host)?Config\\.[^.]+")) {
            shown.add(name.substring(name.indexOf('.') + 1));
          }
        });
    assertThat(shown).hasSizeGreaterThan(70);
    shown.removeAll(tried);
    assertThat(shown).isEmpty();
  }

  /// What a kernel without any controller makes of each limit, and one with control groups of
  /// version 2.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          none | "Memory":50000000 | Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.
          none | "MemoryReservation":50000000 | Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.
          none | "MemorySwappiness":5 | Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.
          none | "OomKillDisable":true | Your kernel does not support OomKillDisable. OomKillDisable discarded.
          none | "KernelMemoryTCP":5 | Your kernel does not support kernel memory TCP limit capabilities or the cgroup is not mounted. Limitation discarded.
          none | "PidsLimit":5 | Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.
          none | "CpuShares":5 | Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.
          none | "CpuQuota":5000 | Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.
          none | "NanoCpus":500000000 | NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted
          none | "CpusetCpus":"0" | Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.
          none | "BlkioWeight":50 | Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.
          none | "BlkioWeightDevice":[{"Path":"/dev/x","Weight":50}] | Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.
          none | "BlkioDeviceReadBps":[{"Path":"/dev/x","Rate":5}] | Your kernel does not support BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded.
          none | "BlkioDeviceWriteBps":[{"Path":"/dev/x","Rate":5}] | Your kernel does not support BPS Block I/O write limit or the cgroup is not mounted. Block I/O BPS write limit discarded.
          none | "BlkioDeviceReadIOps":[{"Path":"/dev/x","Rate":5}] | Your kernel does not support IOPS Block read limit or the cgroup is not mounted. Block I/O IOPS read limit discarded.
          none | "BlkioDeviceWriteIOps":[{"Path":"/dev/x","Rate":5}] | Your kernel does not support IOPS Block write limit or the cgroup is not mounted. Block I/O IOPS write limit discarded.
          v2 | "MemorySwappiness":5 | Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.
          v2 | "OomKillDisable":true | Your kernel does not support OomKillDisable. OomKillDisable discarded.
          v2 | "CpuRealtimeRuntime":5 | Your kernel does not support CPU real-time scheduler (control groups of version 2 have none); leave CpuRealtimePeriod and CpuRealtimeRuntime out
          v2 | "Memory":50000000,"PidsLimit":5,"CpuShares":5,"NanoCpus":500000000,"CpusetCpus":"0","BlkioWeight":50 | -
          v1 | "Memory":50000000,"MemorySwappiness":5,"PidsLimit":5,"CpuRealtimeRuntime":5,"KernelMemoryTCP":5 | -
          v1 | "BlkioWeight":50 | Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.
          v1 | "KernelMemory":50000000 | Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded.
          v1 | "CpuPercent":5 | linux does not support CPU percent. Percent discarded.
          v1 | "IOMaximumIOps":5 | invalid option: QoS maximum IOPs configuration is not supported on linux
          v1 | "Isolation":"hyperv" | invalid isolation (hyperv): linux only supports 'default'
          v1 | "StorageOpt":{"size":"5g"} | --storage-opt is supported only for overlay over xfs with 'pquota' mount option
          v1 | "StorageOpt":{"foo":"5g"} | Unknown option foo
          v1 | "SecurityOpt":["label=foo"] | invalid --security-opt 2: "label=foo"
          v1 | "SecurityOpt":["label=level:s0:c1","label=disable","seccomp=unconfined","apparmor=x","writable-cgroups"] | -
          v1 | "SecurityOpt":["systempaths=unconfined"] | invalid --security-opt 2: "systempaths=unconfined"
          v1 | "Ulimits":[{"Name":"nofile","Soft":20,"Hard":10}] | ulimit nofile: soft limit must be less than or equal to hard limit: 20 > 10
          v1 | "IpcMode":"container:nope" | No such container: nope
          v1 | "PidMode":"container:nope" | No such container: nope
          """)
  void whatAKernelCannotDoIsSaid(String kernel, String fields, String said, @TempDir Path directory)
      throws IOException {
    for (String file : kernel.equals("v1") ? V1.split("\\s+") : new String[0]) {
      Files.createDirectories(directory.resolve(file).getParent());
      Files.createFile(directory.resolve(file));
    }
    if (kernel.equals("v2")) {
      Files.writeString(
          directory.resolve("cgroup.controllers"), "cpuset cpu io memory hugetlb pids\n");
    }
    Machine machine = Machine.of(directory, 2, false);
    String heard;
    try {
      CreateBody.Parsed parsed =
          new CreateBody(
                  machine,
                  name -> {
                    throw GraftException.notFound("No such container: " + name);
                  })
              .read(
                  json("{\"Image\":\"x\",\"HostConfig\":{" + fields + "}}"),
                  Optional.empty(),
                  Optional.empty());
      heard = parsed.warnings().isEmpty() ? "-" : String.join("\n", parsed.warnings());
    } catch (GraftException e) {
      heard = e.text();
    }
    assertThat(heard).isEqualTo(said);
  }

  /// As they lie on a kernel with control groups of version 1 and no scheduler that can weigh.
  private static final String V1 =
      """
      memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes memory/memory.swappiness
      memory/memory.soft_limit_in_bytes memory/memory.oom_control
      memory/memory.kmem.tcp.limit_in_bytes pids/x cpu/cpu.shares cpu/cpu.cfs_quota_us
      cpu/cpu.rt_runtime_us cpuset/x blkio/blkio.throttle.read_bps_device\
      """;
}

package graft.docker.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.container.ContainerSpec;
import graft.container.Containers;
import graft.container.State;
import graft.mount.Mount;
import graft.network.Endpoint;
import graft.network.PublishedPort;
import graft.network.Sandbox;
import graft.oci.Digest;
import graft.oci.Json;
import graft.runtime.Runtime.Exit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InspectBodyTest {
  private static final String ID = "8c48931d44c4".repeat(5) + "abcd";
  private static final Instant START = Instant.parse("2026-01-02T03:04:05.600Z");

  /// Every field that dockerd 28.5 shows of a plain running container.
  private static final String FIELDS =
      """
          AppArmorProfile
          Args
          Config
          Config.AttachStderr
          Config.AttachStdin
          Config.AttachStdout
          Config.Cmd
          Config.Domainname
          Config.Entrypoint
          Config.Env
          Config.Hostname
          Config.Image
          Config.Labels
          Config.OnBuild
          Config.OpenStdin
          Config.StdinOnce
          Config.Tty
          Config.User
          Config.Volumes
          Config.WorkingDir
          Created
          Driver
          ExecIDs
          GraphDriver
          GraphDriver.Data
          GraphDriver.Data.ID
          GraphDriver.Data.LowerDir
          GraphDriver.Data.MergedDir
          GraphDriver.Data.UpperDir
          GraphDriver.Data.WorkDir
          GraphDriver.Name
          HostConfig
          HostConfig.AutoRemove
          HostConfig.Binds
          HostConfig.BlkioDeviceReadBps
          HostConfig.BlkioDeviceReadIOps
          HostConfig.BlkioDeviceWriteBps
          HostConfig.BlkioDeviceWriteIOps
          HostConfig.BlkioWeight
          HostConfig.BlkioWeightDevice
          HostConfig.CapAdd
          HostConfig.CapDrop
          HostConfig.Cgroup
          HostConfig.CgroupParent
          HostConfig.CgroupnsMode
          HostConfig.ConsoleSize
          HostConfig.ContainerIDFile
          HostConfig.CpuCount
          HostConfig.CpuPercent
          HostConfig.CpuPeriod
          HostConfig.CpuQuota
          HostConfig.CpuRealtimePeriod
          HostConfig.CpuRealtimeRuntime
          HostConfig.CpuShares
          HostConfig.CpusetCpus
          HostConfig.CpusetMems
          HostConfig.DeviceCgroupRules
          HostConfig.DeviceRequests
          HostConfig.Devices
          HostConfig.Dns
          HostConfig.DnsOptions
          HostConfig.DnsSearch
          HostConfig.ExtraHosts
          HostConfig.GroupAdd
          HostConfig.IOMaximumBandwidth
          HostConfig.IOMaximumIOps
          HostConfig.IpcMode
          HostConfig.Isolation
          HostConfig.Links
          HostConfig.LogConfig
          HostConfig.LogConfig.Config
          HostConfig.LogConfig.Type
          HostConfig.MaskedPaths
          HostConfig.Memory
          HostConfig.MemoryReservation
          HostConfig.MemorySwap
          HostConfig.MemorySwappiness
          HostConfig.NanoCpus
          HostConfig.NetworkMode
          HostConfig.OomKillDisable
          HostConfig.OomScoreAdj
          HostConfig.PidMode
          HostConfig.PidsLimit
          HostConfig.PortBindings
          HostConfig.Privileged
          HostConfig.PublishAllPorts
          HostConfig.ReadonlyPaths
          HostConfig.ReadonlyRootfs
          HostConfig.RestartPolicy
          HostConfig.RestartPolicy.MaximumRetryCount
          HostConfig.RestartPolicy.Name
          HostConfig.Runtime
          HostConfig.SecurityOpt
          HostConfig.ShmSize
          HostConfig.UTSMode
          HostConfig.Ulimits
          HostConfig.UsernsMode
          HostConfig.VolumeDriver
          HostConfig.VolumesFrom
          HostnamePath
          HostsPath
          Id
          Image
          LogPath
          MountLabel
          Mounts
          Name
          NetworkSettings
          NetworkSettings.Bridge
          NetworkSettings.EndpointID
          NetworkSettings.Gateway
          NetworkSettings.GlobalIPv6Address
          NetworkSettings.GlobalIPv6PrefixLen
          NetworkSettings.HairpinMode
          NetworkSettings.IPAddress
          NetworkSettings.IPPrefixLen
          NetworkSettings.IPv6Gateway
          NetworkSettings.LinkLocalIPv6Address
          NetworkSettings.LinkLocalIPv6PrefixLen
          NetworkSettings.MacAddress
          NetworkSettings.Networks
          NetworkSettings.Networks.bridge
          NetworkSettings.Networks.bridge.Aliases
          NetworkSettings.Networks.bridge.DNSNames
          NetworkSettings.Networks.bridge.DriverOpts
          NetworkSettings.Networks.bridge.EndpointID
          NetworkSettings.Networks.bridge.Gateway
          NetworkSettings.Networks.bridge.GlobalIPv6Address
          NetworkSettings.Networks.bridge.GlobalIPv6PrefixLen
          NetworkSettings.Networks.bridge.GwPriority
          NetworkSettings.Networks.bridge.IPAMConfig
          NetworkSettings.Networks.bridge.IPAddress
          NetworkSettings.Networks.bridge.IPPrefixLen
          NetworkSettings.Networks.bridge.IPv6Gateway
          NetworkSettings.Networks.bridge.Links
          NetworkSettings.Networks.bridge.MacAddress
          NetworkSettings.Networks.bridge.NetworkID
          NetworkSettings.Ports
          NetworkSettings.SandboxID
          NetworkSettings.SandboxKey
          NetworkSettings.SecondaryIPAddresses
          NetworkSettings.SecondaryIPv6Addresses
          Path
          Platform
          ProcessLabel
          ResolvConfPath
          RestartCount
          State
          State.Dead
          State.Error
          State.ExitCode
          State.FinishedAt
          State.OOMKilled
          State.Paused
          State.Pid
          State.Restarting
          State.Running
          State.StartedAt
          State.Status
      """;

  private static Container container(String body, State state) {
    try {
      ObjectNode json = (ObjectNode) Json.MAPPER.readTree(body.replace('\'', '"'));
      json.put("Image", "busybox");
      ContainerSpec spec =
          new CreateBody(
                  FieldsTest.ABLE,
                  _ -> {
                    throw new AssertionError("no other container is needed");
                  })
              .read(json, Optional.empty(), Optional.empty())
              .request()
              .rest();
      return new Container(
          ID,
          "silly_knuth",
          START,
          Digest.of(new byte[] {1}),
          "busybox",
          List.of(),
          spec,
          List.of(),
          state,
          0,
          false,
          List.of(),
          Optional.empty(),
          Optional.empty());
    } catch (IOException e) {
      throw new AssertionError(body, e);
    }
  }

  private static ObjectNode inspect(Container c) {
    Sandbox sandbox =
        new Sandbox(
            ID,
            c.name(),
            Sandbox.Space.AT,
            "/run/netns/x",
            List.of(
                new Endpoint(
                    "e1",
                    "n1",
                    "bridge",
                    "bridge",
                    "eth0",
                    "aa:bb",
                    "172.17.0.2",
                    16,
                    "172.17.0.1",
                    "",
                    0,
                    "",
                    List.of(),
                    Map.of(),
                    0)),
            List.of(new PublishedPort(80, "tcp", "0.0.0.0", 8080)),
            List.of(),
            List.of());
    return InspectBody.of(
        c,
        new InspectBody.Facts(
            new Containers.Paths("/r", "/n", "/h", "/l"),
            Optional.of(sandbox),
            _ -> "n1",
            List.of(),
            Optional.of(
                new Mount(
                    "overlay", "overlay", List.of("lowerdir=/a:/b", "upperdir=/u", "workdir=/w"))),
            Path.of("/m"),
            Optional.empty(),
            Optional.empty(),
            false));
  }

  /// Names of all fields of a plain container.
  static Set<String> shown() {
    Set<String> names = new TreeSet<>();
    collect(inspect(container("{}", running())), "", names);
    return names;
  }

  private static void collect(JsonNode node, String prefix, Set<String> names) {
    node.properties()
        .forEach(e -> {
          names.add(prefix + e.getKey());
          collect(e.getValue(), prefix + e.getKey() + ".", names);
        });
  }

  private static State running() {
    return new State.Running(77, START, Optional.empty());
  }

  @Test
  void hasTheFieldsOfDockersOwn() {
    TreeSet<String> names = new TreeSet<>();
    ObjectNode json = inspect(container("{'Tty':false}", running()));
    ((ObjectNode) json.path("NetworkSettings").path("Ports")).removeAll();
    collect(json, "", names);
    assertThat(names)
        .containsExactlyElementsOf(
            new TreeSet<>(FIELDS.strip().lines().map(String::strip).toList()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'HostConfig':{'Dns':[]}} | /HostConfig/Dns | []
          {'Tty':true} | /HostConfig/Dns | null
          {'HostConfig':{'CapAdd':['net_admin']}} | /HostConfig/CapAdd | ["CAP_NET_ADMIN"]
          {'HostConfig':{'NanoCpus':500000000}} | /HostConfig/NanoCpus | 500000000
          {'HostConfig':{'NanoCpus':500000000}} | /HostConfig/CpuQuota | 0
          {'HostConfig':{'CpuQuota':5000}} | /HostConfig/CpuQuota | 5000
          {'HostConfig':{'Privileged':true}} | /HostConfig/SecurityOpt | ["label=disable"]
          {'HostConfig':{'Privileged':true}} | /HostConfig/MaskedPaths | null
          {'HostConfig':{'MaskedPaths':[]}} | /HostConfig/MaskedPaths | []
          {'HostConfig':{'RestartPolicy':{'Name':'unless-stopped'}}} | /HostConfig/RestartPolicy/Name | "unless-stopped"
          {'HostConfig':{'NetworkMode':'default'}} | /HostConfig/NetworkMode | "bridge"
          {'HostConfig':{'Init':true}} | /HostConfig/Init | true
          {'HostConfig':{'Memory':67108864}} | /HostConfig/MemorySwap | 134217728
          {'Tty':true} | /NetworkSettings/IPAddress | "172.17.0.2"
          {'Tty':true} | /NetworkSettings/Ports/80~1tcp/0/HostPort | "8080"
          {'Tty':true} | /GraphDriver/Data/LowerDir | "/a:/b"
          {'Tty':true} | /State/StartedAt | "2026-01-02T03:04:05.6Z"
          {'Tty':true} | /State/Pid | 77
          """)
  void shows(String body, String pointer, String value) {
    assertThat(inspect(container(body, running())).at(pointer)).hasToString(value);
  }

  @Test
  void anEndedContainerHasNoNetwork() {
    State ended = new State.Exited(START, new Exit(137, START.plusSeconds(2), true), "");
    ObjectNode json = inspect(container("{'Tty':true}", ended));
    assertThat(json.at("/State/ExitCode").asInt()).isEqualTo(137);
    assertThat(json.at("/State/OOMKilled").asBoolean()).isTrue();
    assertThat(json.at("/State/Running").asBoolean()).isFalse();
    assertThat(json.at("/NetworkSettings/IPAddress").asText()).isEmpty();
    assertThat(json.at("/NetworkSettings/Ports")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0,Less than a second",
    "1,1 second",
    "59,59 seconds",
    "60,About a minute",
    "150,2 minutes",
    "3600,About an hour",
    "86400,24 hours",
    "259200,3 days",
    "2592000,4 weeks"
  })
  void statusSaysHowLong(long seconds, String text) {
    State state = new State.Running(1, START, Optional.empty());
    assertThat(ListBody.status(state, Optional.empty(), START.plusSeconds(seconds)))
        .isEqualTo("Up " + text);
    State paused = new State.Paused(new State.Running(1, START, Optional.empty()));
    assertThat(ListBody.status(paused, Optional.empty(), START.plusSeconds(seconds)))
        .isEqualTo("Up " + text + " (Paused)");
  }
}

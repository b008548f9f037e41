package graft.docker.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.ContainerSpec.MountKind;
import graft.container.ContainerSpec.MountRequest;
import graft.error.GraftException;
import graft.network.PortBinding;
import graft.oci.Json;
import graft.runtime.Spec;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CreateBodyTest {
  private static final Machine TWO_CPUS =
      new Machine(2, false, EnumSet.complementOf(EnumSet.of(Machine.Control.BLOCK_WEIGHT)), false);

  private static CreateBody.Parsed read(String json) {
    try {
      ObjectNode body = (ObjectNode) Json.MAPPER.readTree(json.replace('\'', '"'));
      if (!body.isEmpty() && !body.has("Image")) {
        body.put("Image", "busybox");
      }
      return new CreateBody(
              TWO_CPUS,
              name -> {
                throw GraftException.notFound("No such container: " + name);
              })
          .read(body, Optional.empty(), Optional.empty());
    } catch (IOException e) {
      throw new AssertionError(json, e);
    }
  }

  private static CreateBody.Parsed host(String fields) {
    return read("{'HostConfig':{" + fields + "}}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'Memory':1024 | Minimum memory limit allowed is 6MB
          'MemorySwap':9000000 | You should always set the Memory limit when using Memoryswap limit, see usage
          'Memory':9000000,'MemorySwap':8000000 | Minimum memoryswap limit should be larger than memory limit, see usage
          'NanoCpus':1000000000000 | range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available
          'NanoCpus':500000000,'CpuQuota':5000 | Conflicting options: Nano CPUs and CPU Quota cannot both be set
          'CpusetCpus':'9' | Requested CPUs are not available - requested 9, available: 0-1
          'CpusetCpus':'x' | Invalid value x for cpuset cpus
          'BlkioWeight':5 | Range of blkio weight is from 10 to 1000
          'OomScoreAdj':2000 | Invalid value 2000, range for oom score adj is [-1000, 1000]
          'AutoRemove':true,'RestartPolicy':{'Name':'always'} | can't create 'AutoRemove' container with restart policy
          'RestartPolicy':{'Name':'foo'} | invalid restart policy: unknown policy 'foo'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'
          'RestartPolicy':{'Name':'always','MaximumRetryCount':2} | invalid restart policy: maximum retry count can only be used with 'on-failure'
          'CapAdd':['FOO'] | invalid CapAdd: unknown capability: "CAP_FOO"
          'PortBindings':{'x/tcp':[{'HostPort':'1'}]} | invalid port specification: "x"
          'Binds':['./a:/b'] | create ./a: "./a" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path
          'Binds':['/a:/b:xx'] | invalid mode: xx
          'Binds':['/a:/b:c:d'] | invalid volume specification: '/a:/b:c:d'
          'Mounts':[{'Type':'volume','Target':'/'}] | invalid mount config for type "volume": invalid specification: destination can't be '/'
          'Mounts':[{'Type':'bind','Source':'x','Target':'/x'}] | invalid mount config for type "bind": invalid mount path: 'x' mount path must be absolute
          'Tmpfs':{'/t':'foo'} | invalid tmpfs option "foo"
          'SecurityOpt':['foo'] | invalid --security-opt 1: "foo"
          'Runtime':'foo' | unknown or invalid runtime name: foo
          'LogConfig':{'Type':'foo'} | error looking up logging plugin foo: plugin "foo" not found
          'LogConfig':{'Type':'json-file','Config':{'x':'y'}} | unknown log opt 'x' for json-file log driver
          'LogConfig':{'Type':'local','Config':{'labels':'y'}} | unknown log opt 'labels' for log driver local
          'LogConfig':{'Type':'syslog','Config':{'max-size':'1m'}} | unknown log opt 'max-size' for syslog log driver
          'LogConfig':{'Type':'syslog','Config':{'syslog-address':'foo'}} | unsupported scheme: ''
          'LogConfig':{'Type':'syslog','Config':{'syslog-address':'unix:///nope'}} | stat /nope: no such file or directory
          'LogConfig':{'Type':'syslog','Config':{'syslog-facility':'foo'}} | invalid syslog facility
          'LogConfig':{'Type':'syslog','Config':{'syslog-format':'foo'}} | Invalid syslog format
          'LogConfig':{'Type':'journald','Config':{'x':'1m'}} | unknown log opt 'x' for journald log driver
          'LogConfig':{'Config':{'mode':'foo'}} | logger: logging mode not supported: foo
          'LogConfig':{'Config':{'max-buffer-size':'4m'}} | logger: max-buffer-size option is only supported with 'mode=non-blocking'
          'LogConfig':{'Config':{'max-file':'0'}} | failed to initialize logging driver: max-file cannot be less than 1
          'LogConfig':{'Config':{'max-size':'x'}} | failed to initialize logging driver: invalid size: 'x'
          'LogConfig':{'Config':{'compress':'x'}} | failed to initialize logging driver: strconv.ParseBool: parsing "x": invalid syntax
          'LogConfig':{'Config':{'tag':'{{.Foo}}'}} | failed to initialize logging driver: template: log-tag:1:2: executing "log-tag" at <.Foo>: can't evaluate field Foo in type *logger.Info; known are ID, FullID, Name, ImageID, ImageFullID, ImageName, Command, Hostname, DaemonName
          'ExtraHosts':['foo'] | bad format for add-host: "foo"
          'IpcMode':'foo' | invalid IPC mode: foo
          'PidMode':'foo' | invalid PID mode: foo
          'Memory':'x' | invalid JSON: json: cannot unmarshal string into Go struct field .HostConfig.Memory of type int64
          """)
  void hostConfigIsRefusedInDockersWords(String fields, String message) {
    assertThatThrownBy(() -> host(fields))
        .isInstanceOfSatisfying(
            GraftException.class, e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.INVALID))
        .hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {} | config cannot be empty in order to create a container
          {'Healthcheck':{'Interval':1}} | Interval in Healthcheck cannot be less than 1ms
          {'StopSignal':'FOO'} | invalid signal: FOO
          {'ExposedPorts':{'x/tcp':{}}} | invalid port specification: "x"
          {'Hostname':'h','HostConfig':{'NetworkMode':'container:x'}} | conflicting options: hostname and the network mode
          """)
  void configIsRefusedInDockersWords(String body, String message) {
    assertThatThrownBy(() -> read(body)).hasMessage(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'MacAddress':'02:42:ac:11:00:09'} | The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.
          {'HostConfig':{'BlkioWeight':300}} | Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.
          """)
  void warns(String body, String warning) {
    assertThat(read(body).warnings()).containsExactly(warning);
  }

  @Test
  void keysAreReadInAnyCaseAndUnknownOnesLeft() {
    CreateBody.Parsed parsed = read("{'CMD':'ls','hostconfig':{'memory':9000000},'x':1}");
    assertThat(parsed.request().image()).isEqualTo("busybox");
    assertThat(parsed.request().asked().cmd()).contains(List.of("ls"));
    Spec.Resources limits = parsed.request().rest().run().resources();
    assertThat(limits.memory()).isEqualTo(OptionalLong.of(9000000));
    assertThat(limits.memorySwap()).isEqualTo(OptionalLong.of(18000000));
  }

  @Test
  void portsAndMountsAreTranslated() {
    CreateBody.Parsed parsed =
        read(
            "{'ExposedPorts':{'80':{}},'HostConfig':{'PortBindings':{'80/tcp':[{'HostPort':'8080'}],"
                + "'81/udp':[]},'Binds':['v:/d:ro','/a:/b:rshared'],'Tmpfs':{'/t':'exec,size=1m'}}}");
    assertThat(parsed.request().asked().exposedPorts()).containsExactly("80/tcp");
    assertThat(parsed.request().rest().net().ports())
        .containsExactly(java.util.Map.entry("80/tcp", List.of(new PortBinding("", "8080"))));
    List<MountRequest> mounts = parsed.request().rest().mounts();
    assertThat(mounts)
        .extracting(MountRequest::kind)
        .containsExactly(MountKind.VOLUME, MountKind.BIND);
    assertThat(mounts.getFirst().readOnly()).isTrue();
    assertThat(mounts.getLast().propagation()).isEqualTo("rshared");
    assertThat(parsed.request().rest().run().mounts())
        .containsExactly(
            new Spec.Mount(
                "/t", "tmpfs", "tmpfs", List.of("nosuid", "nodev", "rprivate", "exec", "size=1m")));
  }

  @Test
  void nanoCpusStayWhatTheyAre() {
    Spec.Resources limits = host("'NanoCpus':500000000").request().rest().run().resources();
    assertThat(limits.nanoCpus()).isEqualTo(OptionalLong.of(500_000_000));
    assertThat(limits.cpuQuota()).isEmpty();
  }
}

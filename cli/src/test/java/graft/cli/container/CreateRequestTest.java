package graft.cli.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Parser;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a line becomes in the body of POST /containers/create.
class CreateRequestTest {
  private static Json request(String options) throws Exception {
    List<String> words = new ArrayList<>();
    if (!options.isEmpty()) {
      words.addAll(List.of(options.split(" ")));
    }
    words.addAll(List.of("busybox", "sh", "-c", "true"));
    Line line = Parser.parse(CreateOptions.of("run"), words);
    return CreateRequest.of(line, line.flag("--detach"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      emptyValue = "",
      value = {
        "-i ~ Cmd ~ [\"sh\",\"-c\",\"true\"]",
        "-i ~ StdinOnce ~ true",
        "-d -i ~ AttachStdin ~ false",
        "-d -i ~ OpenStdin ~ true",
        "-a stderr ~ AttachStdout ~ false",
        "-a stderr ~ AttachStderr ~ true",
        "--entrypoint= ~ Entrypoint ~ [\"\"]",
        "-e A=1 -e B=x=y ~ Env ~ [\"A=1\",\"B=x=y\"]",
        "-l a -l b=c ~ Labels ~ {\"a\":\"\",\"b\":\"c\"}",
        "--stop-timeout 5 ~ StopTimeout ~ 5",
        "--expose 80-81 --expose 53/udp ~ ExposedPorts ~ {\"80/tcp\":{},\"81/tcp\":{},\"53/udp\":{}}",
        "-v /data ~ Volumes ~ {\"/data\":{}}",
        "--health-cmd x --health-interval 1m30s ~ Healthcheck"
            + " ~ {\"Test\":[\"CMD-SHELL\",\"x\"],\"Interval\":90000000000}",
        "--no-healthcheck ~ Healthcheck ~ {\"Test\":[\"NONE\"]}",
        "-p 8080:80 ~ HostConfig.PortBindings"
            + " ~ {\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"}]}",
        "-p [::1]:1-2:3-4/udp ~ HostConfig.PortBindings.4/udp"
            + " ~ [{\"HostIp\":\"::1\",\"HostPort\":\"2\"}]",
        "-v vol:/v:ro ~ HostConfig.Binds ~ [\"vol:/v:ro\"]",
        "--tmpfs /t:size=1m ~ HostConfig.Tmpfs ~ {\"/t\":\"size=1m\"}",
        "--mount type=bind,src=/a,dst=/b,ro,bind-propagation=rslave ~ HostConfig.Mounts"
            + " ~ [{\"Type\":\"bind\",\"Source\":\"/a\",\"Target\":\"/b\",\"ReadOnly\":true,"
            + "\"BindOptions\":{\"Propagation\":\"rslave\"}}]",
        "--mount type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1777 ~ HostConfig.Mounts"
            + " ~ [{\"Type\":\"tmpfs\",\"Target\":\"/t\","
            + "\"TmpfsOptions\":{\"SizeBytes\":1048576,\"Mode\":1023}}]",
        "--mount src=v,dst=/v,volume-opt=type=nfs,\"volume-opt=o=addr=1.1.1.1,rw\""
            + " ~ HostConfig.Mounts ~ [{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/v\","
            + "\"VolumeOptions\":{\"DriverConfig\":{\"Name\":\"local\","
            + "\"Options\":{\"type\":\"nfs\",\"o\":\"addr=1.1.1.1,rw\"}}}}]",
        "--mount type=image,src=i:1,dst=/v,image-subpath=bin ~ HostConfig.Mounts"
            + " ~ [{\"Type\":\"image\",\"Source\":\"i:1\",\"Target\":\"/v\","
            + "\"ImageOptions\":{\"Subpath\":\"bin\"}}]",
        "--mount src=v,dst=/v,volume-nocopy,volume-subpath=a ~ HostConfig.Mounts"
            + " ~ [{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/v\","
            + "\"VolumeOptions\":{\"NoCopy\":true,\"Subpath\":\"a\"}}]",
        "-m 64m --memory-swap=-1 ~ HostConfig.MemorySwap ~ -1",
        "-m 1.5g ~ HostConfig.Memory ~ 1610612736",
        "--cpus 0.5 ~ HostConfig.NanoCpus ~ 500000000",
        "--pids-limit -1 ~ HostConfig.PidsLimit ~ -1",
        "--restart on-failure:3 ~ HostConfig.RestartPolicy"
            + " ~ {\"Name\":\"on-failure\",\"MaximumRetryCount\":3}",
        "--ulimit nofile=1:2 --ulimit nproc=3 ~ HostConfig.Ulimits"
            + " ~ [{\"Name\":\"nofile\",\"Soft\":1,\"Hard\":2},"
            + "{\"Name\":\"nproc\",\"Soft\":3,\"Hard\":3}]",
        "--device /dev/a:/dev/b:r --device /dev/c:rw ~ HostConfig.Devices"
            + " ~ [{\"PathOnHost\":\"/dev/a\",\"PathInContainer\":\"/dev/b\","
            + "\"CgroupPermissions\":\"r\"},{\"PathOnHost\":\"/dev/c\","
            + "\"PathInContainer\":\"/dev/c\",\"CgroupPermissions\":\"rw\"}]",
        "--device-read-bps /dev/a:1m ~ HostConfig.BlkioDeviceReadBps"
            + " ~ [{\"Path\":\"/dev/a\",\"Rate\":1048576}]",
        "--init=false ~ HostConfig.Init ~ false",
        "--rm ~ HostConfig.AutoRemove ~ true",
        "--network n --network-alias a --ip 1.2.3.4 ~ NetworkingConfig.EndpointsConfig.n"
            + " ~ {\"Aliases\":[\"a\"],\"IPAMConfig\":{\"IPv4Address\":\"1.2.3.4\"}}",
        "--security-opt seccomp=unconfined ~ HostConfig.SecurityOpt ~ [\"seccomp=unconfined\"]",
        "--gpus all ~ HostConfig.DeviceRequests ~ [{\"Count\":-1,\"Capabilities\":[[\"gpu\"]]}]"
      })
  void saysWhatTheLineSays(String options, String path, String expected) throws Exception {
    Json found = request(options);
    for (String name : path.split("\\.", 3)) {
      found = found.at(name);
    }
    // Members in any order.
    assertThat(sorted(found)).isEqualTo(sorted(Json.parse(expected)));
  }

  private static Object sorted(Json json) {
    if (json.isObject()) {
      java.util.Map<String, Object> all = new java.util.TreeMap<>();
      json.fields().forEach((key, value) -> all.put(key, sorted(value)));
      return all;
    }
    return json.isList()
        ? json.items().stream().map(CreateRequestTest::sorted).toList()
        : json.write();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "-p x ~ --publish x is not [[IP:]PORT:]PORT[/PROTOCOL], as 8080:80",
        "-p 1-2:3-5 ~ --publish 1-2:3-5 is not [[IP:]PORT:]PORT[/PROTOCOL], as 8080:80",
        "-m lots ~ the option --memory: 'lots' is no size such as 64m or 2g",
        "--cpus many ~ the option --cpus wants a number such as 0.5, not 'many'",
        "--ulimit nofile ~ --ulimit nofile is not NAME=SOFT[:HARD], as nofile=1024:2048",
        "--mount type=bind,source=/a ~ --mount type=bind,source=/a has no target=",
        "--mount target=/a,colour=red ~ --mount knows no key 'colour' in target=/a,colour=red",
        "--health-cmd x --health-interval soon"
            + " ~ the option --health-interval: 'soon' is no duration such as 30s or 1m30s",
        "--env-file /nowhere/env ~ there is no file /nowhere/env, which --env-file names",
        "--restart on-failure:x ~ --restart on-failure:x has no number behind the colon"
      })
  void refusesInOneLine(String options, String expected) {
    assertThatThrownBy(() -> request(options)).hasMessage(expected);
  }

  @ParameterizedTest
  @CsvSource({"0,0", "1,1", "64m,67108864", "1.5g,1610612736", "100kb,102400", "2GiB,2147483648"})
  void readsSizes(String text, long expected) {
    assertThat(Words.bytes(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "[{'PrivatePort':80,'Type':'tcp'}] ~ 80/tcp",
        "[{'IP':'1.1.1.1','PrivatePort':80,'PublicPort':8080,'Type':'tcp'}] ~ 1.1.1.1:8080->80/tcp",
        "[{'IP':'::','PrivatePort':80,'PublicPort':80,'Type':'tcp'}] ~ [::]:80->80/tcp",
        "[{'PrivatePort':81,'Type':'tcp'},{'PrivatePort':80,'Type':'tcp'}] ~ 80-81/tcp",
        "[{'IP':'1.1.1.1','PrivatePort':80,'PublicPort':80,'Type':'tcp'},"
            + "{'IP':'1.1.1.1','PrivatePort':81,'PublicPort':81,'Type':'tcp'}]"
            + " ~ 1.1.1.1:80-81->80-81/tcp"
      })
  void showsPorts(String ports, String expected) throws Exception {
    assertThat(Ports.shown(Json.parse(ports.replace('\'', '"')))).isEqualTo(expected);
  }
}

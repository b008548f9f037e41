package graft.docker.policy;

import static org.assertj.core.api.Assertions.assertThat;

import graft.docker.json.Fields;
import graft.oci.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `HostConfig` as clients write it, and what in it is too much.
class PrivilegeTest {
  private static Fields body(String hostConfig) throws Exception {
    return Fields.of(Json.MAPPER.readTree("{\"Image\":\"x\",\"HostConfig\":" + hostConfig + "}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"Privileged\":true} | HostConfig.Privileged",
        "{\"privileged\":true} | HostConfig.Privileged",
        "{\"CapAdd\":[\"SYS_ADMIN\"]} | HostConfig.CapAdd SYS_ADMIN",
        "{\"CapAdd\":[\"chown\",\"cap_net_admin\"]} | HostConfig.CapAdd cap_net_admin",
        "{\"CapAdd\":[\"ALL\"]} | HostConfig.CapAdd ALL",
        "{\"CapAdd\":\"ALL\"} | HostConfig.CapAdd ALL",
        "{\"SecurityOpt\":[\"seccomp=unconfined\"]} | HostConfig.SecurityOpt seccomp=unconfined",
        "{\"SecurityOpt\":[\"apparmor:unconfined\"]} | HostConfig.SecurityOpt apparmor:unconfined",
        "{\"SecurityOpt\":[\"label=disable\"]} | HostConfig.SecurityOpt label=disable",
        "{\"SecurityOpt\":[\"no-new-privileges=false\"]} | HostConfig.SecurityOpt"
            + " no-new-privileges=false",
        "{\"MaskedPaths\":[]} | HostConfig.MaskedPaths",
        "{\"ReadonlyPaths\":[]} | HostConfig.ReadonlyPaths",
        "{\"Devices\":[{\"PathOnHost\":\"/dev/vda\"}]} | HostConfig.Devices",
        "{\"DeviceCgroupRules\":[\"a *:* rwm\"]} | HostConfig.DeviceCgroupRules",
        "{\"DeviceRequests\":[{\"Driver\":\"cdi\"}]} | HostConfig.DeviceRequests",
        "{\"PidMode\":\"host\"} | HostConfig.PidMode host",
        "{\"IpcMode\":\"host\"} | HostConfig.IpcMode host",
        "{\"UTSMode\":\"host\"} | HostConfig.UTSMode host",
        "{\"UsernsMode\":\"host\"} | HostConfig.UsernsMode host",
        "{\"CgroupnsMode\":\"host\"} | HostConfig.CgroupnsMode host",
        "{\"NetworkMode\":\"host\"} | HostConfig.NetworkMode host",
        "{\"CgroupParent\":\"/\"} | HostConfig.CgroupParent",
        "{\"Binds\":[\"/:/host\"]} | HostConfig.Binds of a host's path: /:/host",
        "{\"Binds\":[\"v:/v\",\"./x:/host\"]} | HostConfig.Binds of a host's path: ./x:/host",
        "{\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/\",\"Target\":\"/x\"}]} | a mount of type bind",
        "{\"Mounts\":[{\"Type\":\"volume\",\"VolumeOptions\":{\"DriverConfig\":{\"Options\":{\"o\":"
            + "\"bind\"}}}}]} | a volume with driver options",
      })
  void isFound(String hostConfig, String what) throws Exception {
    assertThat(Privilege.in(body(hostConfig))).contains(what);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"CapAdd\":[\"CAP_CHOWN\",\"kill\"],\"CapDrop\":[\"ALL\"]}",
        "{\"SecurityOpt\":[\"no-new-privileges\",\"seccomp=builtin\"]}",
        "{\"Binds\":[\"data:/data:ro\"],\"Tmpfs\":{\"/t\":\"\"},\"PidMode\":\"container:x\"}",
        "{\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/v\"},{\"Type\":\"tmpfs\"}]}",
        "{\"Memory\":10000000,\"NetworkMode\":\"none\",\"IpcMode\":\"private\",\"MaskedPaths\":null}",
        "{\"Devices\":[],\"Binds\":null,\"CapAdd\":null,\"Privileged\":false}"
      })
  void isNotFoundInWhatStaysInside(String hostConfig) throws Exception {
    assertThat(Privilege.in(body(hostConfig))).isEmpty();
  }
}

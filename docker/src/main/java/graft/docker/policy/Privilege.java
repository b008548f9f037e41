package graft.docker.policy;

import com.fasterxml.jackson.databind.JsonNode;
import graft.docker.json.Fields;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What in a request to create a container leads, or may lead, out of its confinement: a pure
/// function over Docker's create body.
final class Privilege {
  /// What a container has without asking.
  private static final Set<String> USUAL_CAPABILITIES =
      Set.of(
          "CHOWN",
          "DAC_OVERRIDE",
          "FSETID",
          "FOWNER",
          "MKNOD",
          "NET_RAW",
          "SETGID",
          "SETUID",
          "SETFCAP",
          "SETPCAP",
          "NET_BIND_SERVICE",
          "SYS_CHROOT",
          "KILL",
          "AUDIT_WRITE");

  /// Lists that have to be empty.
  private static final List<String> EMPTY =
      List.of(
          "Devices",
          "DeviceCgroupRules",
          "DeviceRequests",
          "BlkioWeightDevice",
          "BlkioDeviceReadBps",
          "BlkioDeviceWriteBps",
          "BlkioDeviceReadIOps",
          "BlkioDeviceWriteIOps");

  private static final List<String> MODES =
      List.of("PidMode", "IpcMode", "UTSMode", "UsernsMode", "CgroupnsMode", "NetworkMode");

  private Privilege() {}

  /// The first such thing, in the words of the API; empty if there is none.
  static Optional<String> in(Fields body) {
    Fields host = body.object("HostConfig");
    if (host.flag("Privileged")) {
      return Optional.of("HostConfig.Privileged");
    }
    for (String capability : host.optionalTexts("CapAdd").orElse(List.of())) {
      String name = capability.toUpperCase(Locale.ROOT).replaceFirst("^CAP_", "");
      if (!USUAL_CAPABILITIES.contains(name)) {
        return Optional.of("HostConfig.CapAdd " + capability);
      }
    }
    for (String option : host.texts("SecurityOpt")) {
      if (!option.matches("no-new-privileges([:=](true|1))?|seccomp[:=]builtin")) {
        return Optional.of("HostConfig.SecurityOpt " + option);
      }
    }
    for (String name : EMPTY) {
      if (!host.isEmpty(name)) {
        return Optional.of("HostConfig." + name);
      }
    }
    // Given at all: they replace what is masked by default.
    for (String name : List.of("MaskedPaths", "ReadonlyPaths")) {
      if (host.has(name)) {
        return Optional.of("HostConfig." + name);
      }
    }
    for (String name : MODES) {
      if (host.text(name).equals("host")) {
        return Optional.of("HostConfig." + name + " host");
      }
    }
    if (!host.text("CgroupParent").isEmpty()) {
      return Optional.of("HostConfig.CgroupParent");
    }
    if (host.number("OomScoreAdj") < 0 || host.flag("OomKillDisable")) {
      return Optional.of("HostConfig.OomScoreAdj below 0 and OomKillDisable");
    }
    for (Map.Entry<String, JsonNode> e :
        body.object("NetworkingConfig").members("EndpointsConfig").entrySet()) {
      if (e.getKey().equals("host")) {
        return Optional.of("the network host");
      }
    }
    return mounts(host);
  }

  private static Optional<String> mounts(Fields host) {
    for (String bind : host.texts("Binds")) {
      if (bind.startsWith("/") || bind.startsWith(".") || bind.startsWith("~")) {
        return Optional.of("HostConfig.Binds of a host's path: " + bind);
      }
    }
    for (Fields mount : host.objects("Mounts")) {
      String type = mount.text("Type");
      if (!Set.of("volume", "tmpfs", "image").contains(type)) {
        return Optional.of("a mount of type " + type);
      }
      if (!mount.object("VolumeOptions").object("DriverConfig").isEmpty("Options")) {
        return Optional.of("a volume with driver options");
      }
    }
    return Optional.empty();
  }
}

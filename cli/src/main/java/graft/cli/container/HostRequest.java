package graft.cli.container;

import graft.cli.json.Json;
import graft.cli.verb.Line;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The HostConfig that a line asks for: mounts, devices, namespaces, limits.
final class HostRequest {
  private final Line line;
  private final Map<String, Object> host = new LinkedHashMap<>();
  private final Map<String, Object> volumes = new LinkedHashMap<>();

  private HostRequest(Line line) {
    this.line = line;
  }

  static HostRequest of(Line line) throws IOException {
    HostRequest request = new HostRequest(line);
    request.host.putAll(ResourceLimits.of(line));
    request.mounts();
    request.network();
    request.confinement();
    request.devices();
    request.rest();
    return request;
  }

  Map<String, Object> values() {
    return host;
  }

  Map<String, Object> anonymousVolumes() {
    return volumes;
  }

  private void mounts() {
    List<String> binds = new ArrayList<>();
    for (String volume : line.list("--volume")) {
      int colon = volume.indexOf(':');
      if (colon < 0) {
        volumes.put(volume, Map.of());
      } else if (volume.startsWith(".")) {
        binds.add(Mounts.absolute(volume.substring(0, colon)) + volume.substring(colon));
      } else {
        binds.add(volume);
      }
    }
    host.put("Binds", binds);
    Map<String, Object> tmpfs = new LinkedHashMap<>();
    for (String entry : line.list("--tmpfs")) {
      String[] parts = entry.split(":", 2);
      tmpfs.put(parts[0], parts.length > 1 ? parts[1] : "");
    }
    host.put("Tmpfs", tmpfs);
    List<Object> mounts = new ArrayList<>();
    line.list("--mount").forEach(mount -> mounts.add(Mounts.parse(mount)));
    host.put("Mounts", mounts);
    ResourceLimits.list(line, host, "VolumesFrom", "--volumes-from");
    ResourceLimits.text(line, host, "VolumeDriver", "--volume-driver");
  }

  private void network() {
    host.put("PortBindings", Ports.bindings(line.list("--publish")));
    host.put("PublishAllPorts", line.flag("--publish-all"));
    host.put("NetworkMode", line.text("--network", "default"));
    ResourceLimits.list(line, host, "Links", "--link");
    ResourceLimits.list(line, host, "ExtraHosts", "--add-host");
    ResourceLimits.list(line, host, "Dns", "--dns");
    ResourceLimits.list(line, host, "DnsSearch", "--dns-search");
    ResourceLimits.list(line, host, "DnsOptions", "--dns-option");
  }

  /// What the container is on its network, if the line says anything about it.
  Map<String, Object> endpoints() {
    Map<String, Object> endpoint = new LinkedHashMap<>();
    ResourceLimits.list(line, endpoint, "Aliases", "--network-alias");
    ResourceLimits.text(line, endpoint, "MacAddress", "--mac-address");
    Map<String, Object> addresses = new LinkedHashMap<>();
    ResourceLimits.text(line, addresses, "IPv4Address", "--ip");
    ResourceLimits.text(line, addresses, "IPv6Address", "--ip6");
    ResourceLimits.list(line, addresses, "LinkLocalIPs", "--link-local-ip");
    if (!addresses.isEmpty()) {
      endpoint.put("IPAMConfig", addresses);
    }
    return endpoint.isEmpty() ? Map.of() : Map.of(line.text("--network", "default"), endpoint);
  }

  private void confinement() throws IOException {
    host.put("Privileged", line.flag("--privileged"));
    host.put("ReadonlyRootfs", line.flag("--read-only"));
    ResourceLimits.list(line, host, "CapAdd", "--cap-add");
    ResourceLimits.list(line, host, "CapDrop", "--cap-drop");
    ResourceLimits.list(line, host, "GroupAdd", "--group-add");
    ResourceLimits.text(line, host, "IpcMode", "--ipc");
    ResourceLimits.text(line, host, "PidMode", "--pid");
    ResourceLimits.text(line, host, "UTSMode", "--uts");
    ResourceLimits.text(line, host, "UsernsMode", "--userns");
    ResourceLimits.text(line, host, "CgroupnsMode", "--cgroupns");
    ResourceLimits.text(line, host, "CgroupParent", "--cgroup-parent");
    host.put("Sysctls", Words.pairs(line.list("--sysctl")));
    List<String> security = new ArrayList<>();
    for (String option : line.list("--security-opt")) {
      security.add(withProfile(option));
    }
    if (!security.isEmpty()) {
      host.put("SecurityOpt", security);
    }
  }

  /// A seccomp profile is a file of this side; the engine wants what is in it.
  private static String withProfile(String option) throws IOException {
    String name = option.replaceFirst("^seccomp[=:]", "");
    if (name.equals(option) || name.equals("unconfined") || name.equals("builtin")) {
      return option;
    }
    if (!Files.isReadable(Path.of(name))) {
      throw new IOException("cannot read the seccomp profile " + name + ": there is no such file");
    }
    return "seccomp=" + Json.parse(Files.readString(Path.of(name))).write();
  }

  private void devices() {
    List<Object> devices = new ArrayList<>();
    for (String device : line.list("--device")) {
      String[] parts = device.split(":");
      boolean modeOnly = parts.length == 2 && !parts[1].startsWith("/");
      devices.add(
          Map.of(
              "PathOnHost",
              parts[0],
              "PathInContainer",
              parts.length > 1 && !modeOnly ? parts[1] : parts[0],
              "CgroupPermissions",
              modeOnly ? parts[1] : parts.length > 2 ? parts[2] : "rwm"));
    }
    host.put("Devices", devices);
    ResourceLimits.list(line, host, "DeviceCgroupRules", "--device-cgroup-rule");
    rates("BlkioDeviceReadBps", "--device-read-bps", "Rate");
    rates("BlkioDeviceReadIOps", "--device-read-iops", "Rate");
    rates("BlkioDeviceWriteBps", "--device-write-bps", "Rate");
    rates("BlkioDeviceWriteIOps", "--device-write-iops", "Rate");
    rates("BlkioWeightDevice", "--blkio-weight-device", "Weight");
    if (line.given("--gpus")) {
      String wanted = line.text("--gpus");
      long count = wanted.equals("all") ? -1 : Words.bytes(wanted);
      host.put(
          "DeviceRequests",
          List.of(Map.of("Count", count, "Capabilities", List.of(List.of("gpu")))));
    }
  }

  private void rates(String key, String option, String unit) {
    List<Object> all = new ArrayList<>();
    for (String entry : line.list(option)) {
      int colon = entry.lastIndexOf(':');
      if (colon <= 0) {
        throw line.refuse(option + " " + entry + " is not DEVICE:RATE, as /dev/sda:1mb");
      }
      all.add(
          Map.of("Path", entry.substring(0, colon), unit, Words.bytes(entry.substring(colon + 1))));
    }
    if (!all.isEmpty()) {
      host.put(key, all);
    }
  }

  private void rest() {
    host.put("AutoRemove", line.flag("--rm"));
    if (line.given("--init")) {
      host.put("Init", line.flag("--init"));
    }
    host.put("Annotations", Words.pairs(line.list("--annotation")));
    host.put(
        "LogConfig",
        Map.of("Type", line.text("--log-driver"), "Config", Words.pairs(line.list("--log-opt"))));
    ResourceLimits.size(line, host, "ShmSize", "--shm-size");
    ResourceLimits.number(line, host, "MemorySwappiness", "--memory-swappiness");
    ResourceLimits.number(line, host, "OomScoreAdj", "--oom-score-adj");
    if (line.flag("--oom-kill-disable")) {
      host.put("OomKillDisable", true);
    }
    ResourceLimits.text(line, host, "Runtime", "--runtime");
    if (line.given("--storage-opt")) {
      host.put("StorageOpt", Words.pairs(line.list("--storage-opt")));
    }
    List<Object> limits = new ArrayList<>();
    line.list("--ulimit").forEach(limit -> limits.add(ulimit(limit)));
    host.put("Ulimits", limits);
  }

  private Map<String, Object> ulimit(String limit) {
    int equals = limit.indexOf('=');
    String[] values = limit.substring(equals + 1).split(":");
    try {
      if (equals > 0) {
        return Map.of(
            "Name", limit.substring(0, equals),
            "Soft", Long.parseLong(values[0]),
            "Hard", Long.parseLong(values[values.length - 1]));
      }
    } catch (NumberFormatException notNumbers) {
      // Told below, as is the missing name.
      equals = -1;
    }
    throw line.refuse("--ulimit " + limit + " is not NAME=SOFT[:HARD], as nofile=1024:2048");
  }
}

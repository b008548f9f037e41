package graft.docker.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.ContainerSpec;
import graft.docker.json.Fields;
import graft.docker.json.Nodes;
import graft.runtime.Capabilities;
import graft.runtime.Spec;
import graft.runtime.SpecWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/// `HostConfig` of inspect: what the client asked for, in its own words, with every default filled
/// in; limits and the restart policy as they stand after updates.
final class HostConfigView {
  private final ContainerSpec spec;
  private final Fields asked;
  private final boolean unified;
  private final ObjectNode json = Nodes.object();

  HostConfigView(ContainerSpec spec, boolean unified) {
    this.spec = spec;
    this.asked = Fields.of(spec.document()).object("HostConfig");
    this.unified = unified;
  }

  ObjectNode json() {
    list("Binds");
    text("ContainerIDFile");
    ObjectNode log = json.putObject("LogConfig");
    log.put("Type", spec.log().driver());
    log.set("Config", Nodes.map(spec.log().options()));
    json.put("NetworkMode", spec.net().mode());
    portBindings();
    ObjectNode restart = json.putObject("RestartPolicy");
    restart.put("Name", spec.restart().name().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    restart.put("MaximumRetryCount", spec.restart().maximumRetries());
    json.put("AutoRemove", spec.autoRemove());
    text("VolumeDriver");
    list("VolumesFrom");
    echo("ConsoleSize", Nodes.array().add(0).add(0));
    present("Annotations");
    capabilities("CapAdd");
    capabilities("CapDrop");
    boolean privileged = spec.run().process().privileged();
    json.put("CgroupnsMode", cgroupMode(privileged));
    list("Dns");
    list("DnsOptions");
    list("DnsSearch");
    list("ExtraHosts");
    list("GroupAdd");
    json.put("IpcMode", spec.modes().ipc());
    text("Cgroup");
    list("Links");
    json.put("OomScoreAdj", spec.run().oomScoreAdj());
    json.put("PidMode", spec.modes().pid());
    json.put("Privileged", privileged);
    json.put("PublishAllPorts", spec.net().publishAll());
    json.put("ReadonlyRootfs", spec.run().readonlyRoot());
    securityOptions(privileged);
    present("StorageOpt");
    present("Tmpfs");
    json.put("UTSMode", spec.modes().uts());
    json.put("UsernsMode", spec.modes().userns());
    json.put("ShmSize", spec.run().shmSize());
    present("Sysctls");
    json.put("Runtime", "runc");
    text("Isolation");
    limits();
    present("Mounts");
    paths("MaskedPaths", privileged ? null : SpecWriter.masked());
    paths("ReadonlyPaths", privileged ? null : SpecWriter.READONLY);
    present("Init");
    return json;
  }

  private void limits() {
    Spec.Resources r = spec.run().resources();
    json.put("CpuShares", r.cpuShares().orElse(0));
    json.put("Memory", r.memory().orElse(0));
    json.put("NanoCpus", r.nanoCpus().orElse(0));
    text("CgroupParent");
    json.put("BlkioWeight", r.blkioWeight().orElse(0));
    list("BlkioWeightDevice");
    list("BlkioDeviceReadBps");
    list("BlkioDeviceWriteBps");
    list("BlkioDeviceReadIOps");
    list("BlkioDeviceWriteIOps");
    json.put("CpuPeriod", r.cpuPeriod().orElse(0));
    json.put("CpuQuota", r.cpuQuota().orElse(0));
    json.put("CpuRealtimePeriod", r.realtimePeriod().orElse(0));
    json.put("CpuRealtimeRuntime", r.realtimeRuntime().orElse(0));
    json.put("CpusetCpus", r.cpusetCpus());
    json.put("CpusetMems", r.cpusetMems());
    list("Devices");
    list("DeviceCgroupRules");
    list("DeviceRequests");
    json.put("MemoryReservation", r.memoryReservation().orElse(0));
    json.put("MemorySwap", r.memorySwap().orElse(0));
    orNull("MemorySwappiness", r.memorySwappiness());
    if (unified) {
      json.putNull("OomKillDisable");
    } else {
      json.put("OomKillDisable", r.oomKillDisable());
    }
    orNull("PidsLimit", r.pids());
    list("Ulimits");
    for (String name : List.of("CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth")) {
      json.put(name, 0);
    }
  }

  /// With both members in each, as the type has them.
  private void portBindings() {
    list("PortBindings");
    if (!(json.get("PortBindings") instanceof ObjectNode given)) {
      return;
    }
    ObjectNode all = Nodes.object();
    given
        .properties()
        .forEach(e -> {
          if (e.getValue() instanceof ArrayNode bindings) {
            ArrayNode filled = all.putArray(e.getKey());
            for (JsonNode one : bindings) {
              Fields binding = Fields.of(one);
              filled
                  .addObject()
                  .put("HostIp", binding.text("HostIp"))
                  .put("HostPort", binding.text("HostPort"));
            }
          } else {
            all.set(e.getKey(), e.getValue());
          }
        });
    json.set("PortBindings", all);
  }

  private void orNull(String name, OptionalLong value) {
    if (value.isPresent()) {
      json.put(name, value.getAsLong());
    } else {
      json.putNull(name);
    }
  }

  private String cgroupMode(boolean privileged) {
    if (!spec.modes().cgroupns().isEmpty()) {
      return spec.modes().cgroupns();
    }
    return unified && !privileged ? "private" : "host";
  }

  private void securityOptions(boolean privileged) {
    boolean unlabelled =
        privileged || spec.modes().pid().equals("host") || spec.modes().ipc().equals("host");
    List<String> given = asked.texts("SecurityOpt");
    if (unlabelled && given.stream().noneMatch(o -> o.startsWith("label"))) {
      ArrayNode all = Nodes.texts(given);
      all.add("label=disable");
      json.set("SecurityOpt", all);
    } else {
      list("SecurityOpt");
    }
  }

  /// As it came: `[]` stays, what is missing is null.
  private void list(String name) {
    echo(name, Nodes.object().nullNode());
  }

  private void text(String name) {
    echo(name, Nodes.object().textNode(""));
  }

  private void echo(String name, JsonNode otherwise) {
    JsonNode given = asked.raw(name);
    json.set(name, given.isMissingNode() ? otherwise : given);
  }

  /// Left out unless it was asked for.
  private void present(String name) {
    JsonNode given = asked.raw(name);
    if (given.isValueNode() ? !given.isMissingNode() : !given.isEmpty()) {
      json.set(name, given);
    }
  }

  private void capabilities(String name) {
    if (asked.has(name)) {
      json.set(
          name,
          Nodes.texts(Capabilities.normal(asked.optionalTexts(name).orElse(List.of()), name)));
    } else {
      json.putNull(name);
    }
  }

  private void paths(String name, @org.jspecify.annotations.Nullable List<String> defaults) {
    if (asked.has(name)) {
      json.set(name, asked.raw(name));
    } else if (defaults == null) {
      json.putNull(name);
    } else {
      json.set(name, Nodes.texts(defaults));
    }
  }

  /// The part that lists show.
  static ObjectNode brief(ContainerSpec spec) {
    ObjectNode json = Nodes.object();
    json.put("NetworkMode", spec.net().mode());
    Map<String, String> annotations = spec.run().annotations();
    if (!annotations.isEmpty()) {
      json.set("Annotations", Nodes.map(annotations));
    }
    return json;
  }
}

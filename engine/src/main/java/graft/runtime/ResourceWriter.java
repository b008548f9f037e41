package graft.runtime;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What control groups hold a container to, in the words of the OCI runtime specification: limits
/// (`linux.resources`), and which devices it may use.
final class ResourceWriter {
  private static final JsonMapper JSON = new JsonMapper();

  private static final Pattern DEVICE_RULE =
      Pattern.compile("([acb]) ([0-9]{1,9}|\\*):([0-9]{1,9}|\\*) ([rwm]{1,3})");

  private final boolean unified;

  /// @param unified whether control groups are version 2
  ResourceWriter(boolean unified) {
    this.unified = unified;
  }

  /// For `update`: limits alone, in the words of the specification.
  ObjectNode update(Spec.Resources wanted) throws IOException {
    ObjectNode node = of(wanted, new ArrayList<>());
    if (wanted.pids().isEmpty()) {
      // No limit may be what is new.
      node.putObject("pids").put("limit", -1);
    }
    return node;
  }

  /// @param warnings hears of what control groups of this host do not know
  ObjectNode of(Spec.Resources wanted, List<String> warnings) throws IOException {
    ObjectNode node = JSON.createObjectNode();
    ObjectNode memory = node.putObject("memory");
    put(memory, "limit", wanted.memory());
    put(memory, "reservation", wanted.memoryReservation());
    put(memory, "swap", wanted.memorySwap());
    if (!unified) {
      put(memory, "swappiness", wanted.memorySwappiness());
      memory.put("disableOOMKiller", wanted.oomKillDisable());
      put(memory, "kernelTCP", wanted.kernelMemoryTcp());
    } else if (wanted.memorySwappiness().isPresent() || wanted.oomKillDisable()) {
      warnings.add(
          "control groups version 2 know no swappiness and no oom-kill-disable: discarded");
    }
    ObjectNode cpu = JSON.createObjectNode();
    put(cpu, "shares", wanted.cpuShares());
    if (wanted.nanoCpus().isPresent()) {
      cpu.put("quota", wanted.nanoCpus().getAsLong() / 10_000);
      cpu.put("period", 100_000);
    }
    put(cpu, "quota", wanted.cpuQuota());
    put(cpu, "period", wanted.cpuPeriod());
    put(cpu, "realtimePeriod", wanted.realtimePeriod());
    put(cpu, "realtimeRuntime", wanted.realtimeRuntime());
    if (!wanted.cpusetCpus().isEmpty()) {
      cpu.put("cpus", wanted.cpusetCpus());
    }
    if (!wanted.cpusetMems().isEmpty()) {
      cpu.put("mems", wanted.cpusetMems());
    }
    if (!cpu.isEmpty()) {
      node.set("cpu", cpu);
    }
    if (wanted.pids().isPresent() && wanted.pids().getAsLong() > 0) {
      node.putObject("pids").put("limit", wanted.pids().getAsLong());
    }
    ObjectNode block = node.putObject("blockIO");
    wanted.blkioWeight().ifPresent(weight -> block.put("weight", weight));
    for (Spec.Weight weight : wanted.deviceWeights()) {
      long[] number = HostDevices.number(weight.path());
      ObjectNode one = block.withArray("weightDevice").addObject();
      one.put("major", number[0]);
      one.put("minor", number[1]);
      one.put("weight", weight.weight());
    }
    for (Spec.Throttle throttle : wanted.throttles()) {
      long[] number = HostDevices.number(throttle.path());
      ObjectNode one = block.withArray(field(throttle.kind())).addObject();
      one.put("major", number[0]);
      one.put("minor", number[1]);
      one.put("rate", throttle.rate());
    }
    return node;
  }

  private static String field(Spec.ThrottleKind kind) {
    return switch (kind) {
      case READ_BPS -> "throttleReadBpsDevice";
      case WRITE_BPS -> "throttleWriteBpsDevice";
      case READ_IOPS -> "throttleReadIOPSDevice";
      case WRITE_IOPS -> "throttleWriteIOPSDevice";
    };
  }

  private static void put(ObjectNode node, String field, OptionalLong value) {
    value.ifPresent(v -> node.put(field, v));
  }

  /// Rules are tried from the last to the first: deny all, the six every program needs, then what
  /// was asked for.
  static void devices(Spec spec, ObjectNode linux, ObjectNode resources) throws IOException {
    boolean privileged = spec.process().privileged();
    ArrayNode rules = resources.putArray("devices");
    rules.addObject().put("allow", false).put("access", "rwm");
    long[][] common = {{1, 5}, {1, 3}, {1, 9}, {1, 8}, {5, 0}, {5, 1}};
    for (long[] number : common) {
      rule(rules, true, 'c', number[0], number[1], "rwm");
    }
    rule(rules, false, 'c', 10, 229, "rwm");
    Map<String, HostDevices.Node> nodes = new LinkedHashMap<>();
    if (privileged) {
      rules.addObject().put("allow", true).put("access", "rwm");
      HostDevices.all().forEach(node -> nodes.put(node.path(), node));
    }
    for (Spec.Device device : spec.devices()) {
      for (HostDevices.Node node :
          HostDevices.find(device.pathOnHost(), device.pathInContainer())) {
        nodes.put(node.path(), node);
        if (!privileged) {
          rule(rules, true, node.type(), node.major(), node.minor(), device.permissions());
        }
      }
    }
    if (!privileged) {
      spec.security().deviceRules().forEach(text -> rules.add(deviceRule(text)));
    }
    if (!nodes.isEmpty()) {
      ArrayNode list = linux.putArray("devices");
      nodes.values().forEach(node -> node.writeTo(list));
    }
  }

  /// `TYPE MAJOR:MINOR ACCESS`, as Docker writes a rule: the type is a, b or c, and `*` is any
  /// number.
  private static ObjectNode deviceRule(String text) {
    Matcher m = DEVICE_RULE.matcher(text);
    if (!m.matches()) {
      throw GraftException.internal("invalid device cgroup rule format: '" + text + "'", null);
    }
    ObjectNode rule = JSON.createObjectNode();
    rule.put("allow", true);
    rule.put("type", m.group(1));
    for (int i = 2; i <= 3; i++) {
      rule.put(
          i == 2 ? "major" : "minor", m.group(i).equals("*") ? -1 : Long.parseLong(m.group(i)));
    }
    rule.put("access", m.group(4));
    return rule;
  }

  private static void rule(
      ArrayNode rules, boolean allow, char type, long major, long minor, String access) {
    ObjectNode rule = rules.addObject();
    rule.put("allow", allow);
    rule.put("type", String.valueOf(type));
    rule.put("major", major);
    rule.put("minor", minor);
    rule.put("access", access);
  }
}

package graft.cli.command;

import graft.cli.json.Json;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The body of POST /containers/create that a line asks for.
final class CreateRequest {
  private final Line line;
  private final Map<String, Object> config = new LinkedHashMap<>();
  private final Map<String, Object> host = new LinkedHashMap<>();

  private CreateRequest(Line line) {
    this.line = line;
  }

  static Json of(Line line, boolean detached) throws IOException {
    CreateRequest request = new CreateRequest(line);
    request.config(detached && line.verb().equals("run"));
    request.host();
    request.limits();
    request.config.put("HostConfig", request.host);
    return Json.of(request.config);
  }

  private void config(boolean background) throws IOException {
    boolean stdin = line.flag("--interactive");
    config.put("Image", line.argument(0));
    List<String> command = line.arguments().subList(1, line.arguments().size());
    if (!command.isEmpty()) {
      config.put("Cmd", command);
    }
    if (line.given("--entrypoint")) {
      config.put("Entrypoint", List.of(line.text("--entrypoint")));
    }
    config.put("AttachStdin", stdin && !background);
    config.put("AttachStdout", !background);
    config.put("AttachStderr", !background);
    config.put("OpenStdin", stdin);
    config.put("StdinOnce", stdin && !background);
    config.put("Tty", line.flag("--tty"));
    config.put("Env", env(line));
    config.put("Labels", pairs(withFiles("--label", "--label-file")));
    text(config, "Hostname", "--hostname");
    text(config, "User", "--user");
    text(config, "WorkingDir", "--workdir");
    text(config, "StopSignal", "--stop-signal");
    if (line.given("--stop-timeout")) {
      config.put("StopTimeout", Long.parseLong(line.text("--stop-timeout")));
    }
    Map<String, Object> exposed = new LinkedHashMap<>();
    Map<String, Object> bindings = Ports.bindings(line.list("--publish"));
    bindings.keySet().forEach(port -> exposed.put(port, Map.of()));
    line.list("--expose")
        .forEach(port -> exposed.put(port.contains("/") ? port : port + "/tcp", Map.of()));
    config.put("ExposedPorts", exposed);
    host.put("PortBindings", bindings);
    List<String> binds = new ArrayList<>();
    Map<String, Object> volumes = new LinkedHashMap<>();
    for (String volume : line.list("--volume")) {
      if (volume.contains(":")) {
        binds.add(
            volume.startsWith("./") || volume.startsWith("../")
                ? Path.of(volume.substring(0, volume.indexOf(':'))).toAbsolutePath().normalize()
                    + volume.substring(volume.indexOf(':'))
                : volume);
      } else {
        volumes.put(volume, Map.of());
      }
    }
    config.put("Volumes", volumes);
    host.put("Binds", binds);
  }

  static List<String> env(Line line) throws IOException {
    List<String> result = new ArrayList<>();
    for (String entry : withFiles(line, "--env", "--env-file")) {
      String value = entry.contains("=") ? entry : fromHere(entry);
      if (!value.isEmpty()) {
        result.add(value);
      }
    }
    return result;
  }

  private static String fromHere(String name) {
    String value = System.getenv(name);
    return value == null ? "" : name + "=" + value;
  }

  private List<String> withFiles(String option, String fileOption) throws IOException {
    return withFiles(line, option, fileOption);
  }

  private static List<String> withFiles(Line line, String option, String fileOption)
      throws IOException {
    List<String> result = new ArrayList<>();
    for (String file : line.list(fileOption)) {
      for (String entry : Files.readAllLines(Path.of(file))) {
        String stripped = entry.stripLeading();
        if (!stripped.isEmpty() && stripped.charAt(0) != '#') {
          result.add(stripped);
        }
      }
    }
    result.addAll(line.list(option));
    return result;
  }

  private void host() {
    host.put("AutoRemove", line.flag("--rm"));
    host.put("Privileged", line.flag("--privileged"));
    host.put("ReadonlyRootfs", line.flag("--read-only"));
    host.put("PublishAllPorts", line.flag("--publish-all"));
    if (line.given("--init")) {
      host.put("Init", line.flag("--init"));
    }
    host.put("NetworkMode", line.text("--network", "default"));
    text(host, "IpcMode", "--ipc");
    text(host, "PidMode", "--pid");
    text(host, "UTSMode", "--uts");
    text(host, "UsernsMode", "--userns");
    list(host, "CapAdd", "--cap-add");
    list(host, "CapDrop", "--cap-drop");
    list(host, "SecurityOpt", "--security-opt");
    list(host, "ExtraHosts", "--add-host");
    list(host, "Dns", "--dns");
    list(host, "DnsSearch", "--dns-search");
    list(host, "DnsOptions", "--dns-option");
    list(host, "GroupAdd", "--group-add");
    host.put("Sysctls", pairs(line.list("--sysctl")));
    host.put("Annotations", pairs(line.list("--annotation")));
    host.put(
        "LogConfig",
        Map.of("Type", line.text("--log-driver"), "Config", pairs(line.list("--log-opt"))));
    String[] restart = line.text("--restart", "no").split(":", 2);
    long retries = restart.length > 1 ? Long.parseLong(restart[1]) : 0;
    host.put("RestartPolicy", Map.of("Name", restart[0], "MaximumRetryCount", retries));
    Map<String, Object> tmpfs = new LinkedHashMap<>();
    for (String entry : line.list("--tmpfs")) {
      String[] parts = entry.split(":", 2);
      tmpfs.put(parts[0], parts.length > 1 ? parts[1] : "");
    }
    host.put("Tmpfs", tmpfs);
    List<Object> mounts = new ArrayList<>();
    line.list("--mount").forEach(mount -> mounts.add(Mounts.parse(mount)));
    host.put("Mounts", mounts);
    List<Object> devices = new ArrayList<>();
    for (String device : line.list("--device")) {
      String[] parts = device.split(":");
      boolean short2 = parts.length == 2 && !parts[1].startsWith("/");
      devices.add(
          Map.of(
              "PathOnHost", parts[0],
              "PathInContainer", parts.length > 1 && !short2 ? parts[1] : parts[0],
              "CgroupPermissions", parts.length > 1 ? (short2 ? parts[1] : last(parts)) : "rwm"));
    }
    host.put("Devices", devices);
  }

  private static String last(String[] parts) {
    return parts.length > 2 ? parts[2] : "rwm";
  }

  private void limits() {
    size("Memory", "--memory");
    size("MemoryReservation", "--memory-reservation");
    size("MemorySwap", "--memory-swap");
    size("ShmSize", "--shm-size");
    if (line.given("--cpus")) {
      host.put("NanoCpus", new BigDecimal(line.text("--cpus")).movePointRight(9).longValueExact());
    }
    if (line.given("--cpu-shares")) {
      host.put("CpuShares", Long.parseLong(line.text("--cpu-shares")));
    }
    if (line.given("--pids-limit")) {
      host.put("PidsLimit", Long.parseLong(line.text("--pids-limit")));
    }
    text(host, "CpusetCpus", "--cpuset-cpus");
    text(host, "CpusetMems", "--cpuset-mems");
    List<Object> limits = new ArrayList<>();
    for (String limit : line.list("--ulimit")) {
      int equals = limit.indexOf('=');
      if (equals < 0) {
        throw new UsageException("--ulimit " + limit + " is not NAME=SOFT[:HARD]", line.verb());
      }
      String[] values = limit.substring(equals + 1).split(":");
      limits.add(
          Map.of(
              "Name", limit.substring(0, equals),
              "Soft", Long.parseLong(values[0]),
              "Hard", Long.parseLong(values[values.length - 1])));
    }
    host.put("Ulimits", limits);
  }

  private void size(String key, String option) {
    if (line.given(option)) {
      host.put(key, bytes(line.text(option)));
    }
  }

  /// 64m, 1.5g, 100kb, in powers of 1024.
  static long bytes(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.endsWith("b") && lower.length() > 1) {
      lower = lower.substring(0, lower.length() - 1);
    }
    int power = lower.isEmpty() ? 0 : " kmgt".indexOf(lower.charAt(lower.length() - 1));
    String number = power > 0 ? lower.substring(0, lower.length() - 1) : lower;
    try {
      return new BigDecimal(number)
          .multiply(BigDecimal.valueOf(1L << (10 * Math.max(power, 0))))
          .longValue();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is no size such as 64m or 2g", e);
    }
  }

  private void text(Map<String, Object> into, String key, String option) {
    if (line.given(option)) {
      into.put(key, line.text(option));
    }
  }

  private void list(Map<String, Object> into, String key, String option) {
    if (line.given(option)) {
      into.put(key, line.list(option));
    }
  }

  static Map<String, String> pairs(List<String> entries) {
    Map<String, String> result = new LinkedHashMap<>();
    for (String entry : entries) {
      int equals = entry.indexOf('=');
      result.put(
          equals < 0 ? entry : entry.substring(0, equals),
          equals < 0 ? "" : entry.substring(equals + 1));
    }
    return result;
  }
}

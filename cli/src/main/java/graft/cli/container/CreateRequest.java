package graft.cli.container;

import graft.cli.json.Json;
import graft.cli.verb.Line;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The body of POST /containers/create that a line asks for: the container's own half. What the
/// machine gives it is [HostRequest].
final class CreateRequest {
  private final Line line;
  private final Map<String, Object> config = new LinkedHashMap<>();

  private CreateRequest(Line line) {
    this.line = line;
  }

  /// @param background it runs, and nobody is attached to it
  static Json of(Line line, boolean background) throws IOException {
    CreateRequest request = new CreateRequest(line);
    request.command();
    request.streams(background);
    request.surroundings();
    request.health();
    HostRequest host = HostRequest.of(line);
    request.config.put("Volumes", host.anonymousVolumes());
    request.config.put("ExposedPorts", Ports.exposed(line));
    request.config.put("HostConfig", host.values());
    Map<String, Object> endpoints = host.endpoints();
    if (!endpoints.isEmpty()) {
      request.config.put("NetworkingConfig", Map.of("EndpointsConfig", endpoints));
    }
    return Json.of(request.config);
  }

  private void command() {
    config.put("Image", line.argument(0));
    List<String> command = line.arguments().subList(1, line.arguments().size());
    if (!command.isEmpty()) {
      config.put("Cmd", command);
    }
    if (line.given("--entrypoint")) {
      config.put("Entrypoint", List.of(line.text("--entrypoint")));
    }
  }

  private void streams(boolean background) {
    boolean stdin = line.flag("--interactive");
    List<String> only =
        line.list("--attach").stream().map(s -> s.toLowerCase(Locale.ROOT)).toList();
    for (String stream : only) {
      if (!List.of("stdin", "stdout", "stderr").contains(stream)) {
        throw line.refuse("--attach is stdin, stdout or stderr, not " + stream);
      }
    }
    boolean all = only.isEmpty() && !background;
    config.put("AttachStdin", (all && stdin) || only.contains("stdin"));
    config.put("AttachStdout", all || only.contains("stdout"));
    config.put("AttachStderr", all || only.contains("stderr"));
    config.put("OpenStdin", stdin);
    config.put("StdinOnce", stdin && ((all && stdin) || only.contains("stdin")));
    config.put("Tty", line.flag("--tty"));
  }

  private void surroundings() throws IOException {
    config.put("Env", Words.env(line));
    config.put("Labels", Words.pairs(Words.withFiles(line, "--label", "--label-file")));
    ResourceLimits.text(line, config, "Hostname", "--hostname");
    ResourceLimits.text(line, config, "Domainname", "--domainname");
    ResourceLimits.text(line, config, "User", "--user");
    ResourceLimits.text(line, config, "WorkingDir", "--workdir");
    ResourceLimits.text(line, config, "StopSignal", "--stop-signal");
    ResourceLimits.number(line, config, "StopTimeout", "--stop-timeout");
    ResourceLimits.text(line, config, "MacAddress", "--mac-address");
  }

  private void health() {
    if (line.flag("--no-healthcheck")) {
      config.put("Healthcheck", Map.of("Test", List.of("NONE")));
      return;
    }
    Map<String, Object> health = new LinkedHashMap<>();
    if (line.given("--health-cmd")) {
      health.put("Test", List.of("CMD-SHELL", line.text("--health-cmd")));
    }
    duration(health, "Interval", "--health-interval");
    duration(health, "Timeout", "--health-timeout");
    duration(health, "StartPeriod", "--health-start-period");
    duration(health, "StartInterval", "--health-start-interval");
    ResourceLimits.number(line, health, "Retries", "--health-retries");
    if (!health.isEmpty()) {
      config.put("Healthcheck", health);
    }
  }

  private void duration(Map<String, Object> into, String key, String option) {
    if (line.given(option)) {
      try {
        into.put(key, Words.nanos(line.text(option)));
      } catch (IllegalArgumentException e) {
        throw line.refuse("the option " + option + ": " + e.getMessage());
      }
    }
  }

  static List<String> conflicts(Line line) {
    List<String> found = new ArrayList<>();
    if (line.flag("--rm") && !line.text("--restart", "no").equals("no")) {
      found.add("conflicting options: cannot specify both --restart and --rm");
    }
    if (line.has("--detach") && line.flag("--detach") && line.given("--attach")) {
      found.add("conflicting options: cannot specify both --attach and --detach");
    }
    if (line.flag("--no-healthcheck") && line.given("--health-cmd")) {
      found.add("conflicting options: cannot specify both --no-healthcheck and --health-cmd");
    }
    return found;
  }
}

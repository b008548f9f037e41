package graft.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// System call filters. A profile, the default one (`seccomp.rules`) or a user's JSON, has rules
/// that hold only on some architectures, kernels or with some capabilities; a runtime knows nothing
/// of that, so they are decided here.
final class Seccomp {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String ALLOW = "SCMP_ACT_ALLOW";

  private static final Map<String, List<String>> ARCHITECTURES =
      Map.of(
          "amd64", List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"),
          "arm64", List.of("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"),
          "s390x", List.of("SCMP_ARCH_S390X", "SCMP_ARCH_S390"),
          "riscv64", List.of("SCMP_ARCH_RISCV64"),
          "ppc64le", List.of("SCMP_ARCH_PPC64LE"));

  private final Host host;
  private final List<String> capabilities;

  Seccomp(Host host, List<String> capabilities) {
    this.host = host;
    this.capabilities = capabilities;
  }

  ObjectNode standard() throws IOException {
    ObjectNode filter = JSON.createObjectNode();
    filter.put("defaultAction", "SCMP_ACT_ERRNO");
    filter.put("defaultErrnoRet", 1);
    ArrayNode architectures = filter.putArray("architectures");
    ARCHITECTURES.getOrDefault(host.arch(), List.of()).forEach(architectures::add);
    ArrayNode rules = filter.putArray("syscalls");
    for (String line : lines()) {
      int colon = line.indexOf(':');
      if (holds(line.substring(0, colon).strip())) {
        rules.add(rule(line.substring(colon + 1).strip()));
      }
    }
    return filter;
  }

  /// The rules, one a line: a line that begins with a space goes on with the one before.
  private static List<String> lines() throws IOException {
    List<String> lines = new ArrayList<>();
    try (InputStream in = Seccomp.class.getResourceAsStream("seccomp.rules")) {
      if (in == null) {
        throw new IOException("seccomp.rules is missing from the program");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().toList()) {
        if (line.startsWith(" ")) {
          lines.addLast(lines.removeLast() + " " + line.strip());
        } else if (!line.startsWith("#") && !line.isBlank()) {
          lines.add(line);
        }
      }
    }
    return lines;
  }

  private boolean holds(String conditions) {
    for (String one : conditions.isEmpty() ? new String[0] : conditions.split(" ")) {
      boolean wanted = !one.startsWith("!");
      String condition = wanted ? one : one.substring(1);
      String value = condition.substring(condition.indexOf('=') + 1);
      boolean is =
          switch (condition.substring(0, condition.indexOf('='))) {
            case "arch" -> List.of(value.split(",")).contains(host.arch());
            case "cap" -> capabilities.contains(value);
            case "kernel>" -> atLeast(value);
            default -> throw new IllegalStateException("seccomp.rules: " + conditions);
          };
      if (is != wanted) {
        return false;
      }
    }
    return true;
  }

  private boolean atLeast(String version) {
    String[] parts = version.split("\\.", 2);
    try {
      int major = Integer.parseInt(parts[0]);
      int minor = parts.length > 1 ? Integer.parseInt(parts[1]) : 0;
      return host.kernelMajor() > major
          || (host.kernelMajor() == major && host.kernelMinor() >= minor);
    } catch (NumberFormatException e) {
      throw GraftException.invalid("invalid kernel version: \"" + version + "\"");
    }
  }

  private static ObjectNode rule(String text) {
    int bar = text.indexOf('|');
    ObjectNode rule = JSON.createObjectNode();
    ArrayNode names = rule.putArray("names");
    for (String name : (bar < 0 ? text : text.substring(0, bar)).strip().split(" ")) {
      names.add(name);
    }
    String[] action = bar < 0 ? new String[] {"allow"} : text.substring(bar + 1).strip().split(" ");
    rule.put("action", action[0].equals("errno") ? "SCMP_ACT_ERRNO" : ALLOW);
    if (action[0].equals("errno")) {
      rule.put("errnoRet", Integer.parseInt(action[1]));
    } else if (action[0].equals("arg")) {
      ObjectNode argument = rule.putArray("args").addObject();
      argument.put("index", Integer.parseInt(action[1]));
      argument.put("value", Long.parseLong(action[3]));
      argument.put("op", "SCMP_CMP_" + action[2]);
    }
    return rule;
  }

  /// A user's profile.
  ObjectNode custom(String text) {
    JsonNode profile;
    try {
      profile = JSON.readTree(text);
    } catch (JsonEOFException e) {
      throw GraftException.invalid("Decoding seccomp profile failed: unexpected end of JSON input");
    } catch (JsonProcessingException e) {
      throw GraftException.invalid("Decoding seccomp profile failed: " + e.getOriginalMessage());
    }
    if (!profile.isObject()) {
      throw GraftException.invalid("Decoding seccomp profile failed: it is not a JSON object");
    }
    JsonNode plain = profile.path("architectures");
    JsonNode map = profile.path("archMap");
    if (plain.size() > 0 && map.size() > 0) {
      throw GraftException.invalid(
          "'architectures' and 'archMap' were specified in the seccomp profile, use either"
              + " 'architectures' or 'archMap'");
    }
    String action = profile.path("defaultAction").asText("");
    if (action.isEmpty()) {
      throw GraftException.invalid("seccomp profile: defaultAction is missing");
    }
    ObjectNode filter = JSON.createObjectNode();
    filter.put("defaultAction", action);
    copy(profile, filter, "defaultErrnoRet");
    copy(profile, filter, "flags");
    copy(profile, filter, "listenerPath");
    copy(profile, filter, "listenerMetadata");
    ArrayNode architectures = filter.putArray("architectures");
    plain.forEach(architectures::add);
    String native0 = ARCHITECTURES.getOrDefault(host.arch(), List.of("")).getFirst();
    for (JsonNode one : map) {
      if (one.path("architecture").asText().equals(native0)) {
        architectures.add(native0);
        one.path("subArchitectures").forEach(architectures::add);
      }
    }
    if (architectures.isEmpty()) {
      filter.remove("architectures");
    }
    ArrayNode rules = filter.putArray("syscalls");
    for (JsonNode rule : profile.path("syscalls")) {
      if (applies(rule)) {
        rules.add(customRule(rule));
      }
    }
    return filter;
  }

  private boolean applies(JsonNode rule) {
    JsonNode in = rule.path("includes");
    JsonNode out = rule.path("excludes");
    boolean excluded =
        has(out.path("arches"), host.arch())
            || capabilities.stream().anyMatch(c -> has(out.path("caps"), c))
            || (version(out) != null && atLeast(out.path("minKernel").asText()));
    boolean included =
        (in.path("arches").isEmpty() || has(in.path("arches"), host.arch()))
            && all(in.path("caps"))
            && (version(in) == null || atLeast(in.path("minKernel").asText()));
    return included && !excluded;
  }

  private static @Nullable String version(JsonNode filter) {
    return filter.path("minKernel").isTextual() ? filter.path("minKernel").asText() : null;
  }

  private boolean all(JsonNode names) {
    for (JsonNode name : names) {
      if (!capabilities.contains(name.asText())) {
        return false;
      }
    }
    return true;
  }

  private static boolean has(JsonNode list, String value) {
    for (JsonNode one : list) {
      if (one.asText().equals(value)) {
        return true;
      }
    }
    return false;
  }

  private static ObjectNode customRule(JsonNode rule) {
    ObjectNode result = JSON.createObjectNode();
    ArrayNode names = result.putArray("names");
    String single = rule.path("name").asText("");
    if (!single.isEmpty() && rule.path("names").size() > 0) {
      throw GraftException.invalid(
          "'name' and 'names' were specified in the seccomp profile, use either 'name' or 'names'");
    }
    if (!single.isEmpty()) {
      names.add(single);
    }
    rule.path("names").forEach(names::add);
    if (names.isEmpty() || rule.path("action").asText("").isEmpty()) {
      throw GraftException.invalid("seccomp profile: a rule has no names or no action");
    }
    copy(rule, result, "action");
    copy(rule, result, "errnoRet");
    if (rule.path("args").size() > 0) {
      copy(rule, result, "args");
    }
    return result;
  }

  private static void copy(JsonNode from, ObjectNode to, String field) {
    JsonNode value = from.path(field);
    if (!value.isMissingNode() && !value.isNull()) {
      to.set(field, value);
    }
  }
}

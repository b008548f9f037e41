package graft.docker.route;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import graft.build.BuildRequest;
import graft.build.BuildRequest.DockerfileSource;
import graft.build.BuildRequest.NoCache;
import graft.build.BuildRequest.Pull;
import graft.build.BuildRequest.RunOptions;
import graft.build.CacheSource;
import graft.docker.http.Exchange;
import graft.error.GraftException;
import graft.oci.Digest;
import graft.oci.Json;
import graft.oci.Platform;
import graft.oci.Reference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/// The query of `POST /build` as a request.
final class BuildQuery {
  private static final Pattern ID = Pattern.compile("(sha256:)?[0-9a-f]{64}");

  private BuildQuery() {}

  /// The names the image is to have.
  static List<Reference> names(Exchange x) {
    List<Reference> names = new ArrayList<>();
    for (String t : x.queries("t")) {
      if (t.isEmpty()) {
        continue;
      }
      Reference name = Reference.parse(t);
      if (name.digest().isPresent()) {
        throw GraftException.invalid("build tag cannot contain a digest");
      }
      if (!names.contains(name.withDefaultTag())) {
        names.add(name.withDefaultTag());
      }
    }
    return names;
  }

  static BuildRequest of(Exchange x) {
    refuse(x);
    String file = x.query("dockerfile").isEmpty() ? "Dockerfile" : x.query("dockerfile");
    Map<String, Optional<String>> arguments = new LinkedHashMap<>();
    object(x, "buildargs", "build args")
        .forEach((key, value) ->
            arguments.put(key, value.isNull() ? Optional.empty() : Optional.of(value.asText())));
    Map<String, String> labels = new LinkedHashMap<>();
    object(x, "labels", "labels").forEach((key, value) -> labels.put(key, value.asText()));
    if (("/" + file).matches(".*/\\.\\.(/.*)?")) {
      requireInside(file);
    }
    return new BuildRequest(
        x.query("buildid").isEmpty() ? UUID.randomUUID().toString() : x.query("buildid"),
        context(x.query("remote")),
        Map.of(),
        new DockerfileSource(file, Optional.empty(), Optional.empty()),
        x.query("target"),
        arguments,
        labels,
        platforms(x),
        x.flag("nocache") ? new NoCache.Everything() : new NoCache.Nothing(),
        x.flag("pull") ? Pull.ALWAYS : Pull.MISSING,
        run(x),
        Map.of(),
        epoch(arguments),
        Map.of(),
        caches(x));
  }

  /// An image of the classic builder's always says which steps made it. One of ours does where the
  /// client shows that it wants such images, by naming some.
  private static BuildRequest.Caches caches(Exchange x) {
    List<CacheSource> from = new ArrayList<>();
    for (JsonNode node : array(x.query("cachefrom"), "cache-from")) {
      if (!node.isTextual()) {
        throw GraftException.invalid("error reading cache-from: " + node + " is no string");
      }
      String name = node.textValue();
      if (!name.isEmpty()) {
        from.add(
            ID.matcher(name).matches()
                ? new CacheSource.Image(Digest.parse(name.replaceFirst("^(sha256:)?", "sha256:")))
                : new CacheSource.Registry(Reference.parse(name)));
      }
    }
    return new BuildRequest.Caches(from.stream().distinct().toList(), !from.isEmpty());
  }

  private static void requireInside(String file) {
    int depth = 0;
    for (String element : file.split("/")) {
      depth += element.equals("..") ? -1 : element.isEmpty() || element.equals(".") ? 0 : 1;
      if (depth < 0) {
        throw GraftException.invalid("forbidden path outside the build context: " + file + " ()");
      }
    }
  }

  /// What is asked for and cannot be had.
  private static void refuse(Exchange x) {
    String version = x.query("version");
    if (version.equals("2")) {
      throw new GraftException(
          GraftException.Kind.NOT_IMPLEMENTED,
          "version 2 of this request is what clients before Docker 23 sent to BuildKit; use a newer"
              + " client, which builds by POST /grpc, or DOCKER_BUILDKIT=0");
    }
    if (!version.isEmpty() && !version.equals("1")) {
      throw GraftException.invalid("invalid version \"" + version + "\"");
    }
    if (!x.query("securityopt").isEmpty() && !x.query("securityopt").matches("null|\\[\\s*]")) {
      throw GraftException.invalid("security options are not supported on linux");
    }
    if (x.flag("squash")) {
      throw GraftException.invalid("squash is only supported with experimental mode");
    }
    if (!x.query("outputs").isEmpty() && !x.query("outputs").matches("null|\\[\\s*]")) {
      throw GraftException.invalid(
          "outputs need BuildKit: build by POST /grpc, as docker buildx does");
    }
    if (!x.query("isolation").isEmpty() && !x.query("isolation").equals("default")) {
      throw GraftException.invalid("unsupported isolation: \"" + x.query("isolation") + "\"");
    }
  }

  private static BuildRequest.Source context(String remote) {
    if (remote.isEmpty()) {
      return new BuildRequest.Source.Local(ClassicClient.CONTEXT);
    }
    return remote(remote);
  }

  /// A repository, or an archive or Dockerfile by http.
  static BuildRequest.Source remote(String remote) {
    boolean http = remote.startsWith("http://") || remote.startsWith("https://");
    boolean git =
        !http
            || remote.replaceFirst("[#?].*", "").endsWith(".git")
            || remote.startsWith("https://github.com/");
    return git ? new BuildRequest.Source.Git(remote) : new BuildRequest.Source.Http(remote);
  }

  private static List<Platform> platforms(Exchange x) {
    if (x.query("platform").isEmpty() || !x.version().atLeast(32)) {
      return List.of();
    }
    List<Platform> all = new ArrayList<>();
    for (String one : x.query("platform").split(",", -1)) {
      all.add(Platform.parse(one.strip()));
    }
    if (all.size() > 1) {
      throw GraftException.invalid("multiple platforms need BuildKit: build by docker buildx");
    }
    return all;
  }

  private static Map<String, JsonNode> object(Exchange x, String parameter, String what) {
    String text = x.query(parameter);
    Map<String, JsonNode> all = new LinkedHashMap<>();
    if (text.isEmpty()) {
      return all;
    }
    try {
      JsonNode node = Json.MAPPER.readTree(text);
      if (!node.isObject() && !node.isNull()) {
        throw GraftException.invalid("error reading " + what + ": it is no JSON object");
      }
      node.properties().forEach(e -> all.put(e.getKey(), e.getValue()));
      return all;
    } catch (JsonProcessingException e) {
      throw unreadable(what, text, e);
    }
  }

  /// As Go's decoder puts it.
  private static GraftException unreadable(String what, String text, JsonProcessingException e) {
    String reason =
        e instanceof JsonEOFException
            ? "unexpected end of JSON input"
            : "invalid character '" + text.strip().charAt(0) + "' looking for beginning of value";
    return new GraftException(
        GraftException.Kind.INVALID, "error reading " + what + ": " + reason, e);
  }

  private static RunOptions run(Exchange x) {
    List<String> hosts = new ArrayList<>();
    for (String one : x.queries("extrahosts")) {
      for (String host : one.split(",", -1)) {
        if (!host.isEmpty()) {
          hosts.add(host.replaceFirst(":", "="));
        }
      }
    }
    List<String> ulimits = new ArrayList<>();
    for (JsonNode limit : array(x.query("ulimits"), "ulimit settings")) {
      ulimits.add(
          limit.path("Name").asText()
              + "="
              + limit.path("Soft").asLong()
              + ":"
              + limit.path("Hard").asLong());
    }
    String network = x.query("networkmode");
    return new RunOptions(
        network.isEmpty() ? "default" : network,
        hosts,
        ulimits,
        number(x, "shmsize"),
        x.query("cgroupparent"),
        "",
        number(x, "memory"),
        number(x, "memswap"),
        number(x, "cpushares"),
        number(x, "cpuperiod"),
        number(x, "cpuquota"),
        x.query("cpusetcpus"),
        x.query("cpusetmems"),
        List.of("network.host"));
  }

  private static JsonNode array(String text, String what) {
    try {
      return text.isEmpty() ? MissingNode.getInstance() : Json.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw unreadable(what, text, e);
    }
  }

  /// What is no number counts as none, as dockerd has it.
  private static long number(Exchange x, String parameter) {
    return x.query(parameter).matches("-?[0-9]{1,18}") ? Long.parseLong(x.query(parameter)) : 0;
  }

  /// Reproducible builds: times are no later than that.
  static Optional<Instant> epoch(Map<String, Optional<String>> arguments) {
    return arguments
        .getOrDefault("SOURCE_DATE_EPOCH", Optional.empty())
        .filter(s -> !s.isEmpty())
        .map(s -> {
          if (!s.matches("[0-9]{1,11}")) {
            throw GraftException.invalid("invalid SOURCE_DATE_EPOCH: " + s);
          }
          return Instant.ofEpochSecond(Long.parseLong(s));
        });
  }
}

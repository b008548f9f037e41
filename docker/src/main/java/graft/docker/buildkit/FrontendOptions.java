package graft.docker.buildkit;

import graft.build.BuildRequest;
import graft.build.BuildRequest.DockerfileSource;
import graft.build.BuildRequest.NoCache;
import graft.build.BuildRequest.Pull;
import graft.build.BuildRequest.RunOptions;
import graft.build.BuildRequest.Source;
import graft.docker.buildkit.proto.Control;
import graft.docker.buildkit.proto.Gateway;
import graft.docker.buildkit.proto.Ops;
import graft.docker.buildkit.proto.Ops.Definition;
import graft.docker.buildkit.session.SessionClient;
import graft.error.GraftException;
import graft.oci.Digest;
import graft.oci.Platform;
import graft.oci.Reference;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// What is asked of the Dockerfile frontend, as a [BuildRequest]: a pure function over its options.
///
/// Source: `frontend/dockerui/config.go` and `context.go` of moby/buildkit.
final class FrontendOptions {
  /// The scheme under which clients hand back what a build here has made.
  static final String RESULT = "graft-ref://";

  private static final String UPLOADED = "http://buildkit-session/";
  private static final String LOCAL_CONTEXT = "context";
  private static final String LOCAL_DOCKERFILE = "dockerfile";

  private final Control.SolveRequest job;
  private final Gateway.SolveRequest request;
  private final Map<String, String> options;

  private FrontendOptions(Control.SolveRequest job, Gateway.SolveRequest request) {
    this.job = job;
    this.request = request;
    this.options = request.options();
  }

  static BuildRequest read(Control.SolveRequest job, Gateway.SolveRequest request)
      throws IOException {
    return new FrontendOptions(job, request).read();
  }

  /// The sessions of directories that another one than the build's has, by name.
  static Map<String, String> sessions(Map<String, String> options) {
    return prefixed(options, "local-sessionid:");
  }

  private static Map<String, String> prefixed(Map<String, String> options, String prefix) {
    Map<String, String> all = new LinkedHashMap<>();
    options.forEach((key, value) -> {
      if (key.startsWith(prefix)) {
        all.put(key.substring(prefix.length()), value);
      }
    });
    return all;
  }

  private String option(String name) {
    return options.getOrDefault(name, "");
  }

  private BuildRequest read() throws IOException {
    checkFrontend();
    Map<String, Optional<String>> arguments = new LinkedHashMap<>();
    prefixed(options, "build-arg:").forEach((key, value) -> arguments.put(key, Optional.of(value)));
    Source whole = wholeContext();
    Source context = directory(whole);
    return new BuildRequest(
        job.ref(),
        context,
        contexts(),
        dockerfile(whole, context),
        option("target"),
        arguments,
        prefixed(options, "label:"),
        platforms(),
        noCache(),
        pull(),
        run(),
        Map.of(),
        sourceDateEpoch(options),
        attestations(),
        CacheOptions.caches(options, job));
  }

  /// There is one frontend; other images of it are the same.
  private void checkFrontend() {
    boolean builtIn =
        switch (request.frontend()) {
          case "dockerfile.v0" -> true;
          case "gateway.v0" -> isDockerfileFrontend(option("source"));
          default -> false;
        };
    if (!builtIn) {
      String asked =
          request.frontend().equals("gateway.v0") ? option("source") : request.frontend();
      throw GraftException.invalid(
          "the frontend \""
              + asked
              + "\" cannot be used: Graft builds with its own, which is that of docker/dockerfile");
    }
  }

  private static boolean isDockerfileFrontend(String image) {
    try {
      String name = Reference.parse(image).name();
      return name.equals("docker.io/docker/dockerfile")
          || name.equals("docker.io/docker/dockerfile-upstream");
    } catch (GraftException e) {
      return false;
    }
  }

  // ---- sources

  /// That of the context of which files are taken.
  private Source directory(Source whole) {
    String directory = option("contextsubdir");
    if (directory.isEmpty()) {
      return whole;
    }
    if (whole instanceof Source.Local) {
      throw GraftException.invalid(
          "contextsubdir=" + directory + " is for remote contexts; of a directory, name another");
    }
    return new Source.Within(whole, directory);
  }

  private Source wholeContext() throws IOException {
    String url = option("context");
    if (url.startsWith(UPLOADED)) {
      return new Source.Local(SessionClient.UPLOAD + url.substring(UPLOADED.length()));
    }
    Optional<Source> remote = remote(url);
    if (remote.isPresent()) {
      return remote.get();
    }
    String key = options.getOrDefault("contextkey", LOCAL_CONTEXT);
    Definition input = request.inputs().get(LOCAL_CONTEXT);
    return input == null ? new Source.Local(key) : source(input);
  }

  /// @param whole where the Dockerfile is named from the top, whatever directory files are taken of
  private DockerfileSource dockerfile(Source whole, Source context) throws IOException {
    String file = options.getOrDefault("filename", "Dockerfile");
    String key = option("dockerfilekey");
    Definition input = request.inputs().get(LOCAL_DOCKERFILE);
    boolean inContext =
        key.isEmpty()
            && input == null
            && switch (whole) {
              case Source.Local local -> local.name().startsWith(SessionClient.UPLOAD);
              case Source.Git _,
                  Source.Http _,
                  Source.Download _,
                  Source.Within _,
                  Source.Image _,
                  Source.Layout _,
                  Source.Result _ ->
                  true;
            };
    if (inContext) {
      return new DockerfileSource(
          file, whole.equals(context) ? Optional.empty() : Optional.of(whole), Optional.empty());
    }
    Source source =
        input == null ? new Source.Local(key.isEmpty() ? LOCAL_DOCKERFILE : key) : source(input);
    return new DockerfileSource(file, Optional.of(source), Optional.empty());
  }

  /// A git or http URL, told apart as BuildKit does.
  private static Optional<Source> remote(String url) {
    boolean http = url.startsWith("http://") || url.startsWith("https://");
    boolean git =
        url.startsWith("git://")
            || url.startsWith("ssh://")
            || url.startsWith("github.com/")
            || url.matches("[A-Za-z0-9_.-]+@[^:/]+:.*")
            || (http && url.replaceFirst("[#?].*", "").endsWith(".git"));
    if (git) {
      return Optional.of(new Source.Git(url));
    }
    return http ? Optional.of(new Source.Http(url)) : Optional.empty();
  }

  private Map<String, Source> contexts() throws IOException {
    Map<String, Source> all = new LinkedHashMap<>();
    for (Map.Entry<String, String> e : prefixed(options, "context:").entrySet()) {
      // What is meant for one platform is for the one there is.
      int platform = e.getKey().indexOf("::");
      String name = platform < 0 ? e.getKey() : e.getKey().substring(0, platform);
      all.put(name, named(name, e.getValue()));
    }
    return all;
  }

  private Source named(String name, String value) throws IOException {
    int colon = value.indexOf(':');
    String kind = colon < 0 ? value : value.substring(0, colon);
    String rest = value.substring(colon + 1);
    return switch (kind) {
      case "docker-image" -> new Source.Image(Reference.parse(rest.replaceFirst("^//", "")));
      case "oci-layout" -> layout(name, rest.replaceFirst("^//", ""));
      case "local" -> new Source.Local(rest);
      case "input" -> {
        Definition input = request.inputs().get(rest);
        if (input == null) {
          throw GraftException.invalid("invalid input " + rest + " for context " + name);
        }
        yield source(input);
      }
      default ->
          remote(value)
              .orElseThrow(() ->
                  GraftException.invalid("unsupported context source " + kind + " for " + name));
    };
  }

  /// `store:tag@sha256:…`, of which the client has found the digest.
  private static Source layout(String name, String text) {
    int at = text.indexOf('@');
    if (at < 0 || !Digest.isDigest(text.substring(at + 1))) {
      throw GraftException.invalid(
          "oci-layout reference \"" + text + "\" of " + name + " has no digest");
    }
    String store = text.substring(0, at).replaceFirst(":.*", "");
    return new Source.Layout(store, Digest.parse(text.substring(at + 1)));
  }

  /// What a graph of one source stands for, which may be followed by copies that take a directory
  /// of it or unpack it.
  static Source source(Definition definition) throws IOException {
    Source source = plain(definition);
    for (Ops.Copy copy : definition.copies()) {
      source = copied(source, copy);
    }
    return source;
  }

  private static Source copied(Source source, Ops.Copy copy) {
    String from = copy.from().replaceFirst("^/", "");
    if (copy.toRoot() && copy.contents()) {
      return new Source.Within(source, from);
    }
    if (copy.toRoot()
        && copy.unpacks()
        && source instanceof Source.Download(String url, String file, String checksum)
        && checksum.isEmpty()
        && from.equals(file)) {
      return new Source.Http(url);
    }
    throw unknownGraph();
  }

  private static GraftException unknownGraph() {
    return GraftException.invalid(
        "the client sends a graph of operations that is no single source of files, and Graft runs"
            + " none");
  }

  private static Source plain(Definition definition) throws IOException {
    List<Ops.Source> sources = definition.sources();
    if (sources.size() == 1) {
      String identifier = sources.getFirst().identifier();
      if (identifier.startsWith(RESULT)) {
        return new Source.Result(resultOf(identifier.substring(RESULT.length())));
      }
      if (identifier.startsWith("docker-image://")) {
        return new Source.Image(Reference.parse(identifier.substring("docker-image://".length())));
      }
      if (identifier.startsWith("local://")) {
        return new Source.Local(identifier.substring("local://".length()));
      }
      if (identifier.startsWith("git://")) {
        String full = sources.getFirst().attributes().get("git.fullurl");
        String plain = identifier.substring("git://".length());
        int fragment = plain.indexOf('#');
        return new Source.Git(
            full == null
                ? "https://" + plain
                : full + (fragment < 0 ? "" : plain.substring(fragment)));
      }
      if (identifier.startsWith("http://") || identifier.startsWith("https://")) {
        return download(identifier, sources.getFirst().attributes());
      }
    }
    throw unknownGraph();
  }

  private static Source download(String url, Map<String, String> attributes) {
    Set<String> known = Set.of("http.filename", "http.checksum");
    if (!known.containsAll(attributes.keySet())) {
      throw GraftException.invalid(
          "of downloads Graft knows " + new TreeSet<>(known) + " only, not " + attributes.keySet());
    }
    return new Source.Download(
        url,
        attributes.getOrDefault("http.filename", "index"),
        attributes.getOrDefault("http.checksum", ""));
  }

  /// The build's result that a reference is to, which may be to one of its platforms.
  static String resultOf(String ref) {
    int platform = ref.indexOf('@');
    return platform < 0 ? ref : ref.substring(0, platform);
  }

  // ---- the rest

  private List<Platform> platforms() {
    return split(option("platform")).stream().map(Platform::parse).distinct().toList();
  }

  private static List<String> split(String list) {
    return Arrays.stream(list.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  private NoCache noCache() {
    String stages = options.get("no-cache");
    if (stages == null) {
      return new NoCache.Nothing();
    }
    return stages.isEmpty() ? new NoCache.Everything() : new NoCache.Stages(split(stages));
  }

  private Pull pull() {
    return switch (option("image-resolve-mode")) {
      case "", "default", "local", "preferlocal" -> Pull.MISSING;
      case "pull" -> Pull.ALWAYS;
      case String other -> throw GraftException.invalid("invalid image-resolve-mode: " + other);
    };
  }

  private RunOptions run() {
    String network =
        switch (option("force-network-mode")) {
          case "", "default", "sandbox" -> "default";
          case "none" -> "none";
          case "host" -> "host";
          case String other -> throw GraftException.invalid("invalid netmode " + other);
        };
    return new RunOptions(
        network,
        split(option("add-hosts")),
        split(option("ulimit")),
        number("shm-size"),
        option("cgroup-parent"),
        options.getOrDefault("build-arg:BUILDKIT_SANDBOX_HOSTNAME", option("hostname")),
        0,
        0,
        0,
        0,
        0,
        "",
        "",
        job.entitlements());
  }

  private long number(String name) {
    String value = option(name);
    try {
      return value.isEmpty() ? 0 : Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, "failed to parse " + name + ": " + value, e);
    }
  }

  /// `attest:provenance` → `mode=min,inline-only=true`; `disabled=true` is as if it was not there.
  private Map<String, Map<String, String>> attestations() {
    Map<String, Map<String, String>> all = new LinkedHashMap<>();
    prefixed(options, "attest:")
        .forEach((kind, value) -> {
          Map<String, String> attributes = new LinkedHashMap<>();
          for (String pair : split(value)) {
            int equals = pair.indexOf('=');
            attributes.put(
                equals < 0 ? pair : pair.substring(0, equals),
                equals < 0 ? "" : pair.substring(equals + 1));
          }
          if (!attributes.getOrDefault("disabled", "false").equals("true")) {
            all.put(kind, Map.copyOf(attributes));
          }
        });
    return all;
  }

  /// The time that is to stand for all of the build.
  static Optional<Instant> sourceDateEpoch(Map<String, String> options) {
    String value = options.getOrDefault("build-arg:SOURCE_DATE_EPOCH", "");
    if (value.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Instant.ofEpochSecond(Long.parseLong(value)));
    } catch (NumberFormatException | DateTimeException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, "invalid SOURCE_DATE_EPOCH: " + value, e);
    }
  }

  /// An index is wanted even if there is but one platform.
  static boolean isMultiPlatform(Map<String, String> options) {
    return switch (options.getOrDefault(
        "multi-platform", options.getOrDefault("build-arg:BUILDKIT_MULTI_PLATFORM", ""))) {
      case "1", "true", "TRUE", "True", "t", "T" -> true;
      default -> false;
    };
  }
}

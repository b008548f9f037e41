package graft.cli.build;

import graft.cli.container.Words;
import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `graft build`.
final class Build implements Verb {
  private static final List<String> CALLS = List.of("build", "check", "outline", "targets");

  @Override
  public Options options() {
    return new Options("build", "Make an image by a Dockerfile")
        .arguments(1, 1, "DIRECTORY|URL|-")
        .list("NAME[:TAG]", "What the image is called", "-t", "--tag")
        .value("FILE", "The Dockerfile (DIRECTORY/Dockerfile); - is standard input", "-f", "--file")
        .value("STAGE", "The stage that is wanted (the last)", "--target")
        .list("KEY[=VALUE]", "Set an ARG; without a value, that of the environment", "--build-arg")
        .list("NAME=SOURCE", "Another directory, URL or docker-image://NAME", "--build-context")
        .list("DIRECTORY|type=TYPE,...", "Where the result goes; see below", "-o", "--output")
        .flag("Send the image to its registry, too", "--push")
        .flag("Keep it as an image here, besides what --output says", "--load")
        .list("KEY=VALUE", "Label the image", "--label")
        .list("[PLACE:]KEY=VALUE", "Annotate its manifest, or its index", "--annotation")
        .list("type=TYPE[,KEY=VALUE...]", "Say something of the image: provenance", "--attest")
        .value("BOOL|mode=MODE", "The same as --attest type=provenance", "--provenance")
        .value("BOOL", "The same as --attest type=sbom", "--sbom")
        .list("id=ID[,src=FILE|,env=NAME]", "A secret for RUN --mount=type=secret", "--secret")
        .list("ID[=SOCKET|KEY]", "An agent for RUN --mount=type=ssh, or keys of one", "--ssh")
        .value("OS/ARCH[,...]", "What it is built for", "--platform")
        .value("MODE", "The network of RUN: default, none or host", "--network")
        .list("HOST:IP", "A line for /etc/hosts of RUN", "--add-host")
        .list("NAME=SOFT[:HARD]", "A limit of RUN", "--ulimit")
        .value("SIZE", "Of /dev/shm of RUN (64m)", "--shm-size")
        .value("GROUP", "Above the control groups of RUN", "--cgroup-parent")
        .list("ENTITLEMENT", "Allow network.host or security.insecure", "--allow")
        .list("STAGE[,...]", "Run the steps of these stages again", "--no-cache-filter")
        .flag("Run all steps again", "--no-cache")
        .list("NAME|type=registry,...", "Where other engines left steps", "--cache-from")
        .list("type=registry|inline,...", "Where others will find the steps", "--cache-to")
        .flag("Ask registries for newer base images", "--pull")
        .flag("Build twice without the cache, and say what differs", "--verify")
        .flag("Only look for mistakes", "--check")
        .value("CALL[,format=json]", "Instead: check, outline or targets", "--call")
        .flag("Say why a step was not taken from the cache", "--explain")
        .value("MODE", "Files kept with the image: none, used or all", "--record-context")
        .value("shell", "Open a shell in what the failed step left", "--on-fail")
        .flag("Print the image's id alone", "-q", "--quiet")
        .value("FILE", "Write the image's id there", "--iidfile")
        .value("FILE", "Write what the build has made there, as JSON", "--metadata-file")
        .value("FORM", "auto, plain, tty, quiet or rawjson", "--progress")
        .ignored("--rm", "--force-rm", "--compress", "--disable-content-trust")
        .details(
            """
            The builder is the one behind 'docker build': the same Dockerfiles, the same cache.
            What .dockerignore leaves out is not sent. - is a tar, or a Dockerfile without files.
            Outputs: a directory, or type=local,dest=DIRECTORY, gets the files of the image;
            type=tar,dest=FILE a tar of them; type=docker,dest=FILE or type=oci,dest=FILE the image
            as a file to load; type=image is the image here, with push=true also in its registry.
            No dest, or -, is standard output. Images have the attributes that docker's have:
            compression, oci-mediatypes, annotation.KEY, rewrite-timestamp.
            Caches: --cache-to type=registry,ref=NAME,mode=max leaves all steps in a registry,
            type=inline those of the image in the image; --cache-from NAME looks there.\
            """)
        .example("graft build -t my/app .", "from the directory's Dockerfile")
        .example("graft build --explain -t my/app .", "and say what has changed")
        .example("graft build -o out .", "only the files of the last stage")
        .example("graft build --verify .", "is it the same every time?")
        .example("graft build --on-fail=shell .", "and a shell where a step fails")
        .example("graft build --cache-from REGISTRY/my/app -t my/app .", "as CI left it")
        .example("graft build --check .", "what lint has to say");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String call = call(line);
    OnFail.check(line);
    List<Export> exports = Export.of(line);
    Input input = Input.of(line, System.in);
    Secrets secrets = new Secrets(line, System.getenv());
    try (Agents agents = new Agents(line, System.getenv())) {
      Results results = new Results(line, exports);
      Map<String, Object> request = request(line, input, System.getenv());
      request.put("call", call.equals("build") ? "" : call);
      request.put("exports", results.wanted());
      request.put("secrets", secrets.ids());
      request.put("agents", agents.ids());
      byte[] head = (Json.of(request).write() + "\n").getBytes(StandardCharsets.UTF_8);
      Body body =
          new Body(
              "application/vnd.graft.build",
              -1,
              out -> {
                out.write(head);
                input.write(out);
              });
      try (Reply reply = engine.send("POST", "/graft/v1/build", body)) {
        Questions questions = new Questions(engine, input, secrets, agents);
        Report report = new Report(line, call, input, results, questions);
        int code = report.show(reply);
        if (code != 0 && line.given("--on-fail") && !report.left().isEmpty()) {
          OnFail.open(engine, report.left());
        }
        return code;
      }
    }
  }

  private static String call(Line line) {
    String call = line.text("--call", line.flag("--check") ? "check" : "build");
    String name = Keys.of(line, "--call", call).keySet().iterator().next();
    name = name.equals("lint") ? "check" : name;
    if (!CALLS.contains(name)) {
      throw line.refuse("--call is check, outline or targets, not " + name);
    }
    return name;
  }

  /// What the engine is asked for.
  static Map<String, Object> request(Line line, Input input, Map<String, String> environment) {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("dockerfile", input.dockerfile());
    request.put("ownDockerfile", input.own());
    request.put("remote", input.remote());
    request.put("contexts", input.named().sources());
    request.put("directories", input.asked());
    request.put("target", line.text("--target"));
    Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
    for (String one : line.list("--build-arg")) {
      String[] pair = Keys.pair(one);
      arguments.put(pair[0], one.contains("=") ? pair[1] : environment.get(pair[0]));
    }
    // So that every build of a reproducible project has it, as docker's have.
    String epoch = environment.getOrDefault("SOURCE_DATE_EPOCH", "");
    if (!epoch.isEmpty()) {
      arguments.putIfAbsent("SOURCE_DATE_EPOCH", epoch);
    }
    if (line.given("--record-context")) {
      arguments.put("GRAFT_RECORD_CONTEXT", line.text("--record-context"));
    }
    request.put("arguments", arguments);
    request.put("labels", Keys.pairs(line.list("--label")));
    request.put("annotations", annotations(line));
    request.put("attestations", attestations(line));
    request.put("platforms", split(List.of(line.text("--platform"))));
    request.put("network", line.text("--network"));
    request.put("hosts", line.list("--add-host").stream().map(Build::host).toList());
    request.put("ulimits", line.list("--ulimit"));
    if (line.given("--shm-size")) {
      request.put("shmSize", Words.bytes(line.text("--shm-size")));
    }
    request.put("cgroupParent", line.text("--cgroup-parent"));
    request.put("entitlements", line.list("--allow"));
    request.put("noCache", line.flag("--no-cache"));
    request.put("noCacheStages", split(line.list("--no-cache-filter")));
    request.put("pull", line.flag("--pull"));
    request.put("cacheFrom", caches(line, "--cache-from"));
    request.put("cacheTo", caches(line, "--cache-to"));
    request.put("verify", line.flag("--verify"));
    return request;
  }

  /// Of each its attributes; a name alone is that of one in a registry.
  private static List<Map<String, String>> caches(Line line, String option) {
    List<Map<String, String>> all = new ArrayList<>();
    for (String text : line.list(option)) {
      all.add(
          text.contains("=")
              ? Keys.of(line, option, text)
              : Map.of("type", "registry", "ref", text));
    }
    return all;
  }

  private static List<String> split(List<String> lists) {
    return lists.stream()
        .flatMap(l -> Arrays.stream(l.split(",")))
        .map(String::strip)
        .filter(s -> !s.isEmpty())
        .toList();
  }

  /// `name:address` or `name=address`; an address may have colons of its own.
  private static String host(String text) {
    return text.contains("=") ? text : text.replaceFirst(":", "=");
  }

  /// For the manifest. `PLACE:KEY=VALUE` for the index and others goes with what is exported.
  private static Map<String, String> annotations(Line line) {
    Map<String, String> all = new LinkedHashMap<>();
    for (String text : line.list("--annotation")) {
      if (!text.matches(Export.PLACE + ".*")) {
        String[] pair = Keys.pair(text.replaceFirst("^manifest:", ""));
        all.put(pair[0], pair[1]);
      }
    }
    return all;
  }

  /// By type; a false one is none.
  private static Map<String, Map<String, String>> attestations(Line line) {
    Map<String, Map<String, String>> all = new LinkedHashMap<>();
    for (String text : line.list("--attest")) {
      Map<String, String> attributes = new LinkedHashMap<>(Keys.of(line, "--attest", text));
      String type = attributes.getOrDefault("type", "");
      attributes.remove("type");
      if (type.isEmpty()) {
        throw line.refuse("--attest is type=provenance or type=sbom, not " + text);
      }
      all.put(type, attributes);
    }
    for (String type : List.of("provenance", "sbom")) {
      String value = line.text("--" + type);
      switch (value) {
        case "" -> {
          // Not asked for.
        }
        case "true", "1" -> all.put(type, Map.of());
        case "false", "0" -> all.remove(type);
        default -> all.put(type, Keys.of(line, "--" + type, value));
      }
    }
    all.values().removeIf(a -> "true".equals(a.get("disabled")));
    return all;
  }
}

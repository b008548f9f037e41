package graft.cli.build;

import graft.build.dockerfile.Ignore;
import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import graft.layer.TarWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `graft build`.
final class Build implements Verb {
  @Override
  public Options options() {
    return new Options("build", "Make an image by a Dockerfile")
        .arguments(1, 1, "DIRECTORY|URL")
        .list("NAME[:TAG]", "What the image is called", "-t", "--tag")
        .value("FILE", "The Dockerfile (DIRECTORY/Dockerfile)", "-f", "--file")
        .value("STAGE", "The stage that is wanted (the last)", "--target")
        .list("KEY[=VALUE]", "Set an ARG; without a value, that of the environment", "--build-arg")
        .list("NAME=SOURCE", "Another directory, URL or docker-image://NAME", "--build-context")
        .list("KEY=VALUE", "Label the image", "--label")
        .list("KEY=VALUE", "Annotate its manifest", "--annotation")
        .list("id=ID[,src=FILE|,env=NAME]", "A secret for RUN --mount=type=secret", "--secret")
        .value("OS/ARCH", "What it is built for", "--platform")
        .value("MODE", "The network of RUN: default, none or host", "--network")
        .list("HOST:IP", "A line for /etc/hosts of RUN", "--add-host")
        .list("NAME=SOFT[:HARD]", "A limit of RUN", "--ulimit")
        .list("ENTITLEMENT", "Allow network.host or security.insecure", "--allow")
        .list("STAGE", "Run the steps of this stage again", "--no-cache-filter")
        .flag("Run all steps again", "--no-cache")
        .flag("Ask registries for newer base images", "--pull")
        .flag("Say why a step was not taken from the cache", "--explain")
        .value("MODE", "Files kept with the image: none, used or all", "--record-context")
        .flag("Print the image's id alone", "-q", "--quiet")
        .value("FILE", "Write the image's id there", "--iidfile")
        .value("FORM", "How it is shown: plain", "--progress")
        .details(
            "The builder is the one behind 'docker build': the same Dockerfiles, the same cache."
                + " What .dockerignore leaves out is not sent.")
        .example("graft build -t my/app .", "from the directory's Dockerfile")
        .example("graft build --explain -t my/app .", "and say what has changed");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String given = line.argument(0);
    boolean remote = given.matches("(https?|git|ssh)://.*|git@.*");
    Map<String, Object> request = request(line);
    @Nullable Path directory = null;
    @Nullable Path own = null;
    if (remote) {
      request.put("remote", given);
      request.put("dockerfile", line.text("--file"));
    } else {
      directory = Path.of(given);
      if (!Files.isDirectory(directory)) {
        throw line.refuse("there is no directory " + given);
      }
      Path file =
          !line.given("--file")
              ? directory.resolve("Dockerfile")
              : line.text("--file").equals("-") ? spooled() : Path.of(line.text("--file"));
      Path base = directory.toRealPath();
      Path real = file.toAbsolutePath().normalize();
      if (Files.exists(file) && !file.toRealPath().startsWith(base)) {
        own = file;
        request.put("ownDockerfile", true);
        request.put("dockerfile", String.valueOf(file.getFileName()));
      } else {
        request.put(
            "dockerfile", directory.toAbsolutePath().normalize().relativize(real).toString());
      }
    }
    Map<String, Path> directories = contexts(line, request);
    byte[] head = (Json.of(request).write() + "\n").getBytes(StandardCharsets.UTF_8);
    @Nullable Path main = directory;
    @Nullable Path dockerfile = own;
    Body body =
        new Body(
            "application/vnd.graft.build",
            -1,
            out -> {
              out.write(head);
              try (TarWriter tar = new TarWriter(out)) {
                Context context = new Context(tar);
                if (main != null) {
                  context.directory(
                      "context",
                      main,
                      ignore(main, request),
                      List.of(text(request), ".dockerignore"));
                }
                if (dockerfile != null) {
                  context.file("dockerfile/" + dockerfile.getFileName(), dockerfile);
                }
                for (Map.Entry<String, Path> one : directories.entrySet()) {
                  context.directory(one.getKey(), one.getValue(), Ignore.NOTHING, List.of());
                }
              }
            });
    try (Reply reply = engine.send("POST", "/graft/v1/build", body)) {
      return show(line, reply);
    }
  }

  /// A Dockerfile that comes on standard input.
  private static Path spooled() throws IOException {
    Path directory = Files.createTempDirectory("graft-build-");
    Path file = directory.resolve("Dockerfile");
    directory.toFile().deleteOnExit();
    file.toFile().deleteOnExit(); // in the reverse order
    Files.copy(System.in, file);
    return file;
  }

  private static String text(Map<String, Object> request) {
    return String.valueOf(request.get("dockerfile"));
  }

  private static Ignore ignore(Path directory, Map<String, Object> request) throws IOException {
    for (String name : List.of(text(request) + ".dockerignore", ".dockerignore")) {
      Path file = directory.resolve(name);
      if (Files.isRegularFile(file)) {
        return Ignore.parse(Files.readString(file));
      }
    }
    return Ignore.NOTHING;
  }

  private static Map<String, Object> request(Line line) throws IOException {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("names", line.list("--tag"));
    request.put("target", line.text("--target"));
    Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
    for (String one : line.list("--build-arg")) {
      int equals = one.indexOf('=');
      arguments.put(
          equals < 0 ? one : one.substring(0, equals),
          equals < 0 ? System.getenv(one) : one.substring(equals + 1));
    }
    if (line.given("--record-context")) {
      arguments.put("GRAFT_RECORD_CONTEXT", line.text("--record-context"));
    }
    request.put("arguments", arguments);
    request.put("labels", pairs(line, "--label"));
    request.put("annotations", pairs(line, "--annotation"));
    if (line.given("--platform")) {
      request.put("platforms", List.of(line.text("--platform")));
    }
    request.put("network", line.text("--network"));
    request.put(
        "hosts", line.list("--add-host").stream().map(h -> h.replaceFirst(":", "=")).toList());
    request.put("ulimits", line.list("--ulimit"));
    List<String> allowed = new ArrayList<>(line.list("--allow"));
    request.put("entitlements", allowed);
    request.put("noCache", line.flag("--no-cache"));
    request.put("noCacheStages", line.list("--no-cache-filter"));
    request.put("pull", line.flag("--pull"));
    request.put("secrets", secrets(line));
    return request;
  }

  private static Map<String, Object> pairs(Line line, String option) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (String one : line.list(option)) {
      int equals = one.indexOf('=');
      all.put(
          equals < 0 ? one : one.substring(0, equals), equals < 0 ? "" : one.substring(equals + 1));
    }
    return all;
  }

  private static Map<String, Object> secrets(Line line) throws IOException {
    Map<String, Object> all = new LinkedHashMap<>();
    for (String one : line.list("--secret")) {
      Map<String, String> parts = new LinkedHashMap<>();
      for (String part : one.split(",", -1)) {
        int equals = part.indexOf('=');
        parts.put(
            equals < 0 ? part : part.substring(0, equals),
            equals < 0 ? "" : part.substring(equals + 1));
      }
      String id = parts.getOrDefault("id", "");
      if (id.isEmpty()) {
        throw line.refuse("a secret needs an id: --secret id=ID,src=FILE");
      }
      String source = parts.getOrDefault("src", parts.getOrDefault("source", ""));
      @Nullable String variable =
          source.isEmpty() ? System.getenv(parts.getOrDefault("env", id)) : null;
      byte[] value =
          variable != null
              ? variable.getBytes(StandardCharsets.UTF_8)
              : Files.readAllBytes(Path.of(source.isEmpty() ? id : source));
      all.put(id, Base64.getEncoder().encodeToString(value));
    }
    return all;
  }

  private static Map<String, Path> contexts(Line line, Map<String, Object> request) {
    Map<String, Object> named = new LinkedHashMap<>();
    Map<String, Path> directories = new LinkedHashMap<>();
    pairs(line, "--build-context")
        .forEach((name, source) -> {
          String text = String.valueOf(source);
          boolean local = !text.matches("(docker-image|https?|git|ssh)://.*|git@.*");
          if (local) {
            if (name.equals("context") || name.equals("dockerfile") || name.contains("/")) {
              throw line.refuse("a directory cannot be called " + name + " here");
            }
            directories.put(name, Path.of(text));
          }
          named.put(name, local ? "" : text);
        });
    request.put("contexts", named);
    return directories;
  }

  private static int show(Line line, Reply reply) throws IOException {
    PlainProgress progress = new PlainProgress(System.err, line.flag("--explain"));
    try (Json.Values values = Json.values(reply.body())) {
      for (@Nullable Json event = values.next(); event != null; event = values.next()) {
        if (!event.at("image").isEmpty()) {
          String id = event.at("image").text();
          if (line.given("--iidfile")) {
            Files.writeString(Path.of(line.text("--iidfile")), id);
          }
          System.out.println(id);
          return 0;
        }
        if (!event.at("error").isEmpty() && event.at("event").isEmpty()) {
          System.err.print(snippet(event));
          System.err.println("graft: build failed: " + event.at("error").text());
          return 1;
        }
        if (!line.flag("--quiet")) {
          progress.hear(event);
        }
      }
    }
    throw new IOException("the engine's answer was cut off");
  }

  /// The lines of the Dockerfile that failed, and two on each side.
  private static String snippet(Json error) {
    List<Json> places = error.at("lines").items();
    if (places.isEmpty() || error.at("source").isEmpty()) {
      return "";
    }
    int first = (int) places.getFirst().at("first").number();
    int last = (int) places.getFirst().at("last").number();
    List<String> source =
        new String(Base64.getDecoder().decode(error.at("source").text()), StandardCharsets.UTF_8)
            .lines()
            .toList();
    StringBuilder text = new StringBuilder(error.at("file").text() + ":" + first + "\n");
    text.append("--------------------\n");
    for (int n = Math.max(1, first - 2); n <= Math.min(source.size(), last + 2); n++) {
      text.append(
          String.format(
              "%4d | %s %s%n", n, n >= first && n <= last ? ">>>" : "   ", source.get(n - 1)));
    }
    return text.append("--------------------\n").toString();
  }
}

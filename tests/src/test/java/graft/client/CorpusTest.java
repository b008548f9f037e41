package graft.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.session.Session;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every Dockerfile of the corpus is built by the real `docker build`; the image is to be what
/// BuildKit (of dockerd 28.5) made of it, which stands in `corpus/expected`. What is otherwise here
/// stands in `corpus/here`, with its reason in `corpus/differences.txt`.
///
/// `-Dgraft.corpus.record=unix://…` builds on another engine and writes what it made;
/// `-Dgraft.corpus.debian=TAR` (of a minimal Debian's root) builds those on Debian, too.
@Tag("root")
class CorpusTest {
  private static final Path CORPUS = Path.of("src/test/resources/corpus");

  /// Dockerfiles that the tests of the language have.
  private static final Path LANGUAGE = Path.of("../engine/src/test/resources/graft/build/corpus");

  /// Whether those on `debian:1` are built, too; the tar of such an image is the value.
  private static final String DEBIAN_TAR = System.getProperty("graft.corpus.debian", "");

  /// Which of them, as a regular expression.
  private static final String ONLY = System.getProperty("graft.corpus.only", ".*");

  private static final boolean DEBIAN = !DEBIAN_TAR.isEmpty();
  private static final int AT_ONCE = 3;

  /// Another engine, whose images are written as what is expected.
  private static final String OTHER = System.getProperty("graft.corpus.record", "");

  @TempDir Path dir;
  private String host = OTHER;
  private @Nullable ClientEngine engine;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(
        BuildEngine.link(dir.resolve("config"), "docker-buildx"), "there is no docker-buildx");
    if (OTHER.isEmpty()) {
      ClientEngine started = ClientEngine.start(dir);
      engine = started;
      host = started.host();
      started.graft("tag", "busybox", "base:1").output();
    } else {
      Path files = Files.createDirectory(dir.resolve("files"));
      new Session("", files).furnish();
      docker(
          "import",
          "-c",
          "CMD [\"sh\"]",
          "-c",
          "ENV PATH=/bin:/sbin:/usr/bin:/usr/sbin",
          files.resolve("busybox.tar").toString(),
          "base:1");
    }
    if (DEBIAN) {
      docker("import", "-c", "CMD [\"bash\"]", DEBIAN_TAR, "debian:1");
    }
  }

  @AfterEach
  void stop() throws IOException {
    if (engine != null) {
      engine.close();
    }
  }

  private record Said(int exit, String text) {}

  private static Said run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor(1, TimeUnit.MINUTES);
    return new Said(process.exitValue(), text);
  }

  private String docker(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("docker"));
    command.addAll(List.of(words));
    Said said =
        run(
            Map.of("DOCKER_HOST", host, "DOCKER_CONFIG", dir.resolve("config").toString()),
            command.toArray(new String[0]));
    if (said.exit() != 0) {
      throw new IOException(String.join(" ", command) + ": " + said.text());
    }
    return said.text();
  }

  /// @param file the Dockerfile
  private record Case(String name, Path file, Path context) {}

  private static List<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    try (Stream<Path> all = Files.list(CORPUS)) {
      all.filter(d -> Files.exists(d.resolve("Dockerfile")))
          .forEach(
              d -> cases.add(new Case(d.getFileName().toString(), d.resolve("Dockerfile"), d)));
    }
    try (Stream<Path> all = Files.list(LANGUAGE)) {
      for (Path file : all.filter(f -> f.toString().endsWith(".Dockerfile")).toList()) {
        if (DEBIAN || !Files.readString(file).contains("debian:1")) {
          String name = file.getFileName().toString().replace(".Dockerfile", "");
          cases.add(new Case(name, file, LANGUAGE.resolve("context")));
        }
      }
    }
    cases.removeIf(one -> !one.name().matches(ONLY));
    return cases;
  }

  private String built(Case one) throws IOException, InterruptedException {
    String tag = "corpus-" + one.name() + ":1";
    try {
      docker(
          "build",
          "--progress",
          "plain",
          "-t",
          tag,
          "-f",
          one.file().toString(),
          one.context().toString());
    } catch (IOException e) {
      String said = String.valueOf(e.getMessage());
      return "FAILED " + said.substring(said.lastIndexOf("ERROR: ") + 7);
    }
    Path saved = Files.createDirectory(dir.resolve(one.name()));
    docker("save", "-o", saved.resolve("image.tar").toString(), tag);
    run(Map.of(), "tar", "-xf", saved.resolve("image.tar").toString(), "-C", saved.toString());
    docker("rmi", tag);
    String text = Saved.text(saved);
    run(Map.of(), "rm", "-rf", saved.toString());
    return text;
  }

  @Test
  void everyImageIsWhatBuildKitMakesOfIt() throws Exception {
    Map<String, String> made = new TreeMap<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      Map<String, Future<String>> running = new TreeMap<>();
      for (Case one : cases()) {
        running.put(one.name(), threads.submit(() -> built(one)));
      }
      for (Map.Entry<String, Future<String>> one : running.entrySet()) {
        made.put(one.getKey(), one.getValue().get());
      }
    }
    Path expected = Files.createDirectories(CORPUS.resolve("expected"));
    if (!OTHER.isEmpty()) {
      for (Map.Entry<String, String> one : made.entrySet()) {
        Files.writeString(expected.resolve(one.getKey() + ".txt"), one.getValue());
      }
      return;
    }
    Path seen = Files.createDirectories(Path.of("target/corpus"));
    for (Map.Entry<String, String> one : made.entrySet()) {
      Files.writeString(seen.resolve(one.getKey() + ".txt"), one.getValue());
    }
    Map<String, String> wanted = new TreeMap<>();
    for (String name : made.keySet()) {
      Path here = CORPUS.resolve("here").resolve(name + ".txt");
      wanted.put(
          name, Files.readString(Files.exists(here) ? here : expected.resolve(name + ".txt")));
    }
    assertThat(made).isEqualTo(wanted);
  }
}

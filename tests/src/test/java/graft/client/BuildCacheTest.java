package graft.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What one engine has built, another takes from a registry or a directory: `--cache-to` and
/// `--cache-from` with the real client and a real registry. The other engine is the same one that
/// has forgotten all.
@Tag("root")
class BuildCacheTest {
  @TempDir private static Path dir;
  private static BuildEngine builds;

  @BeforeAll
  static void start() throws Exception {
    builds = BuildEngine.withRegistry(dir);
  }

  @AfterAll
  static void stop() throws IOException {
    if (builds != null) {
      builds.close();
    }
  }

  @BeforeEach
  void context() throws IOException {
    builds.file(
        "Dockerfile",
        """
        FROM busybox AS make
        COPY a.txt /a
        RUN cat /proc/sys/kernel/random/uuid >/log && cp /a /result
        FROM busybox
        COPY --from=make /result /
        RUN cat /proc/sys/kernel/random/uuid >/id
        CMD ["cat", "/id"]
        """);
    builds.file("a.txt", "A\n");
  }

  private static Command.Result run(String... words) throws IOException, InterruptedException {
    return builds.docker(words).run();
  }

  private static String docker(String... words) throws IOException, InterruptedException {
    return run(words).output();
  }

  /// Builds `x`, or what the options name; the instructions that were not taken from a cache.
  private static List<String> build(String... more) throws IOException, InterruptedException {
    String[] words =
        Stream.concat(Stream.of("build", "--progress=plain"), Stream.of(more))
            .toArray(String[]::new);
    if (!List.of(more).contains("-t")) {
      words = Stream.concat(Stream.of(words), Stream.of("-t", "x")).toArray(String[]::new);
    }
    Command.Result result =
        run(Stream.concat(Stream.of(words), Stream.of(".")).toArray(String[]::new));
    return made(result.output() + result.err()); // which has the progress
  }

  private static List<String> made(String progress) {
    List<String> lines = progress.lines().toList();
    return lines.stream()
        .distinct() // a step that goes on after another has its name twice
        .filter(l -> l.matches("#\\d+ \\[.*\\] (COPY|RUN) .*"))
        .filter(l -> !lines.contains(l.substring(0, l.indexOf(' ')) + " CACHED"))
        .map(l -> l.substring(l.indexOf("] ") + 2).split(" ")[0])
        .toList();
  }

  private static void forget(String... images) throws IOException, InterruptedException {
    for (String image : images) {
      docker("rmi", "-f", image);
    }
    docker("builder", "prune", "-af");
    assertThat(docker("buildx", "du")).doesNotContain("RUN");
  }

  @ParameterizedTest
  @CsvSource({
    "'type=registry,ref=R/min', 'type=registry,ref=R/min'",
    "'type=registry,ref=R/zstd,mode=max,compression=zstd', R/zstd",
    "'type=local,dest=max,mode=max', 'type=local,src=max'",
  })
  void anotherEngineTakesWhatIsThere(String to, String from) throws Exception {
    List<String> all = build("--cache-to", to.replace("R", builds.registry()));
    assertThat(all).hasSize(4);
    String id = docker("run", "--rm", "x");
    forget("x");
    String source = from.replace("R/", builds.registry() + "/");
    assertThat(build("--cache-from", source)).isEmpty();
    assertThat(docker("run", "--rm", "x")).isEqualTo(id);
    // Of the first stage nothing was needed but its name, which is known from now on.
    assertThat(build()).isEmpty();
    String dockerfile = Files.readString(dir.resolve("p/Dockerfile"));
    // Made again because its files are needed it gives the same file, and what stands on that is
    // kept.
    builds.file("Dockerfile", dockerfile + "COPY --from=make /a /b\n");
    assertThat(build()).containsExactly("COPY", "RUN", "COPY");
    builds.file("Dockerfile", dockerfile);
    assertThat(build()).isEmpty();
    assertThat(docker("run", "--rm", "x")).isEqualTo(id);
    forget("x");
    builds.file("a.txt", "B\n");
    assertThat(build("--cache-from", source)).containsExactly("COPY", "RUN", "COPY", "RUN");
    forget("x");
  }

  @Test
  void anImageCanHaveItsCacheInIt() throws Exception {
    build("--cache-to", "type=inline", "--push", "-t", builds.name("inline"));
    docker("pull", builds.name("inline"));
    String id = docker("run", "--rm", builds.name("inline"));
    forget(builds.name("inline"));
    assertThat(build("--cache-from", builds.name("inline"))).isEmpty();
    assertThat(docker("run", "--rm", "x")).isEqualTo(id);
    build("-t", "parent", "--cache-to", "type=inline");
    // An image on top of it is not made by those steps.
    builds.file("Dockerfile", "FROM parent\nLABEL a=b\n");
    build("-t", "child");
    assertThat(saved("parent")).contains("graft.build.cache");
    assertThat(saved("child")).contains("\"a\":\"b\"").doesNotContain("graft.build.cache");
    forget("x", "child", "parent");
  }

  private static String saved(String image) throws IOException, InterruptedException {
    docker("save", "-o", "saved.tar", image);
    return Files.readString(builds.project().resolve("saved.tar"), ISO_8859_1);
  }

  /// By the name of an image or its id: one that was built here is known by its recipe, one that
  /// came from elsewhere by what its builder wrote into it, since that was asked for a cache as
  /// well. One that was not tells nothing, which is no error.
  @Test
  void theClassicBuilderTakesImages() throws Exception {
    assertThat(classic("-t", "x")).containsExactly("COPY", "RUN", "COPY", "RUN");
    String id = docker("run", "--rm", "x");
    for (String source : List.of("x", imageId("x"), imageId("x").substring(7, 19))) {
      docker("builder", "prune", "-af");
      assertThat(classic("--cache-from", "nothing-here", "--cache-from", source, "-t", "y"))
          .describedAs(source)
          .isEmpty();
      assertThat(docker("run", "--rm", "y")).isEqualTo(id);
    }
    docker("tag", "y", builds.name("classic"));
    docker("push", builds.name("classic"));
    docker("tag", "x", builds.name("plain"));
    docker("push", builds.name("plain"));
    forget("x", "y", builds.name("classic"), builds.name("plain"));
    assertThat(classic("--cache-from", builds.name("plain"), "-t", "x")).hasSize(4);
    forget("x");
    assertThat(classic("--cache-from", builds.name("classic"), "-t", "x")).isEmpty();
    assertThat(docker("run", "--rm", "x")).isEqualTo(id);
    forget("x");
    assertThat(classicResult("--cache-from", "No/Name", "-t", "x").err())
        .contains("invalid reference format: repository name (Name) must be lowercase");
  }

  private static String imageId(String image) throws IOException, InterruptedException {
    return docker("inspect", "--format", "{{.Id}}", image).strip();
  }

  /// What the classic builder did not take from a cache.
  private static List<String> classic(String... more) throws IOException, InterruptedException {
    List<String> made = new ArrayList<>();
    String instruction = "";
    for (String line : classicResult(more).output().lines().toList()) {
      if (line.matches("Step \\d+/\\d+ : (COPY|RUN) .*")) {
        instruction = line.replaceFirst("Step .* : ([A-Z]+) .*", "$1");
        made.add(instruction);
      } else if (line.equals(" ---> Using cache") && !instruction.isEmpty()) {
        made.removeLast();
      } else if (line.startsWith("Step")) {
        instruction = "";
      }
    }
    return made;
  }

  private static Command.Result classicResult(String... more)
      throws IOException, InterruptedException {
    return builds
        .engine()
        .command(builds.project(), "env", "DOCKER_BUILDKIT=0", "docker", "build")
        .with(more)
        .with(".")
        .run();
  }

  /// Of the first stage only names are in the cache.
  @Test
  void whatCannotBeHadIsMade() throws Exception {
    build("--cache-to", "type=registry,ref=" + builds.name("names"));
    forget("x");
    String dockerfile = Files.readString(builds.project().resolve("Dockerfile"));
    builds.file("Dockerfile", dockerfile.replace("/result /", "/log /"));
    assertThat(build("--cache-from", builds.name("names"))).contains("RUN", "COPY");
    assertThat(docker("run", "--rm", "x", "cat", "/log")).hasSize(37);
    forget("x");
    builds.file("Dockerfile", dockerfile);
    assertThat(build("--cache-from", builds.name("nothing"), "--cache-from", builds.name("names")))
        .isEmpty();
    forget("x");
  }

  @Test
  void graftBuildHasThemToo() throws Exception {
    Command graft = builds.graft("build", "--progress=plain", "-t", "x");
    String to = "type=registry,mode=max,ref=" + builds.name("graft");
    assertThat(made(graft.with("--cache-to", to, ".").run().err())).hasSize(4);
    forget("x");
    Command.Result again = graft.with("--cache-from", builds.name("graft"), ".").run();
    assertThat(again.exit()).isZero();
    assertThat(made(again.err())).isEmpty();
    forget("x");
    assertThat(graft.with("--cache-to", "type=local,dest=d", ".").run().err())
        .contains("caches in directories of the client are for docker buildx");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "type=registry,ref=R/x,mode=mid | invalid mode of a cache: mid",
        "type=registry,ref=R/x,what=1   | has no option \"what\"",
        "type=other                     | --cache-to type=other is not supported: Graft has",
      })
  void whatIsNotKnownIsRefused(String value, String message) throws Exception {
    Command.Result result = run("build", "--cache-to", value.replace("R", builds.registry()), ".");
    assertThat(result.exit()).isNotZero();
    assertThat(result.err()).contains(message);
  }
}

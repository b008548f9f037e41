package graft.build.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import graft.build.BuildClient;
import graft.build.BuildRequest;
import graft.build.Builds;
import graft.build.Recipes;
import graft.build.RequestBuilder;
import graft.build.source.FileStore;
import graft.build.source.TreeList;
import graft.engine.BusyboxTar;
import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.recipe.Recipe;
import graft.recipe.RecipeJson;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("root")
class RecipeRootTest {
  private static final String DOCKERFILE =
      """
      # syntax=docker/dockerfile:1
      ARG BASE=busybox:1
      FROM ${BASE} AS tools
      ARG VERSION=0
      ENV WHAT=tool-$VERSION
      WORKDIR /work
      COPY --exclude=*.md src/ ./
      RUN --mount=type=secret,id=token --mount=type=bind,source=notes,target=/notes \\
          cat /notes/n.txt a.txt > /made && test -n "$(cat /run/secrets/token)"

      FROM busybox:1 AS unused
      RUN exit 1

      FROM busybox:1
      LABEL what=$WHAT
      USER 7:8
      COPY --link --from=tools /made /made
      COPY link /from-link
      RUN echo $http_proxy | wc -c > /tmp/length
      CMD cat /made
      """;

  private static final String PROXY = "http://me:my-password@proxy:3128";

  @TempDir Path dir;
  private BuildLab lab;

  @BeforeEach
  void open() throws Exception {
    assumeTrue(BusyboxTar.available(), "busybox-static is not installed");
    lab = new BuildLab(dir);
  }

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  private FakeClient client() throws IOException {
    FakeClient client =
        lab.client()
            .file("Dockerfile", DOCKERFILE)
            .file("src/a.txt", "A")
            .file("src/secret.md", "left out")
            .file("notes/n.txt", "N")
            .file("other", "of no use")
            .file("deep/target", "T")
            .link("link", "deep/target");
    client.secrets.put("token", "hush-hush-hush".getBytes(StandardCharsets.UTF_8));
    return client;
  }

  private static BuildRequest request() {
    return asked().make();
  }

  private static RequestBuilder asked() {
    return new RequestBuilder()
        .argument("VERSION", "9")
        .argument("UNUSED", "nobody-declares-it")
        .argument("http_proxy", PROXY);
  }

  private Recipe.Build recipe(ImageRecord image) throws IOException {
    return (Recipe.Build) lab.engine().builds().recipes().find(image).orElseThrow();
  }

  @Test
  void whatIsRecorded() throws Exception {
    ImageRecord image = lab.build(client(), request());
    Recipe.Build recipe = recipe(image);

    assertThat(recipe.frontend().syntax()).contains("docker/dockerfile:1");
    assertThat(recipe.dockerfile().text()).isEqualTo(DOCKERFILE);
    assertThat(recipe.arguments()).isEqualTo(Map.of("VERSION", "9"));
    assertThat(recipe.undisclosed()).containsExactly("http_proxy");
    assertThat(recipe.stages().stream().map(s -> s.name() + " on " + s.on() + " of " + s.needs()))
        .containsExactly("tools on busybox:1 of []", "stage-2 on busybox:1 of [0]");
    assertThat(recipe.layers()).isEqualTo(image.diffIds());

    Recipe.Base.Image base = (Recipe.Base.Image) recipe.bases().getFirst();
    assertThat(recipe.bases()).hasSize(1);
    assertThat(base.config()).isEqualTo(lab.engine().images().find("busybox:1").id());
    assertThat(base.reference()).isEqualTo("docker.io/library/busybox:1");

    List<Recipe.Step> first = recipe.stages().getFirst().steps();
    assertThat(first.stream().map(s -> s.first() + "-" + s.last() + " " + s.instruction()))
        .containsExactly(
            "4-4 ARG VERSION=0",
            "5-5 ENV WHAT=tool-9",
            "6-6 WORKDIR /work",
            "7-7 COPY --exclude=*.md src/ ./",
            "8-9 RUN --mount=type=secret,id=token --mount=type=bind,source=notes,target=/notes"
                + "     cat /notes/n.txt a.txt > /made && test -n \"$(cat /run/secrets/token)\"");
    Recipe.Step run = first.getLast();
    assertThat(run.directory()).isEqualTo("/work");
    Recipe.Action.Run action = (Recipe.Action.Run) run.action();
    assertThat(action.environment()).contains("WHAT=tool-9", "VERSION=9", "PATH=/bin");
    assertThat(action.mounts())
        .containsExactly(
            new Recipe.Mount("secret", "token", "", "", "/run/secrets/token"),
            new Recipe.Mount("bind", "", "", "notes", "/notes"));
    assertThat(run.result().orElseThrow().cached()).isFalse();

    List<Recipe.Step> last = recipe.stages().getLast().steps();
    assertThat(last.get(1).user()).isEqualTo("7:8");
    assertThat(((Recipe.Action.Copy) last.get(2).action()).link()).isTrue();
    for (Digest layer : image.diffIds().subList(1, image.diffIds().size())) {
      assertThat(recipe.madeBy(layer)).isPresent();
    }

    Recipe.Source context = recipe.sources().getFirst();
    assertThat(context.use()).isEqualTo(new Recipe.Source.Use.Context(""));
    Recipe.Tree tree = context.tree().orElseThrow();
    assertThat(tree.kept()).isTrue();
    assertThat(TreeList.read(lab.engine().images().document(tree.list())).entries().keySet())
        .containsExactly("deep", "deep/target", "link", "notes", "notes/n.txt", "src", "src/a.txt");

    // The same again: nothing was done, and what is recorded is who did it when it was done.
    ImageRecord again = lab.build(client(), request());
    assertThat(again.recipe()).isEqualTo(image.recipe());

    // Other words, all of it from the cache: a recipe of its own, which says so.
    Recipe.Build said =
        recipe(lab.build(client().file("Dockerfile", DOCKERFILE + "# more\n"), request()));
    assertThat(
            said.stages().stream()
                .flatMap(s -> s.steps().stream())
                .flatMap(s -> s.result().stream()))
        .isNotEmpty()
        .allMatch(Recipe.Result::cached);
    assertThat(said.sources()).isEqualTo(recipe.sources());
  }

  @Test
  void noSecretIsInAnyStoredByte() throws Exception {
    lab.build(client(), request());
    lab.engine().close();
    List<String> found = new ArrayList<>();
    Files.walkFileTree(
        dir,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes a) throws IOException {
            if (a.isRegularFile()) {
              String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
              if (bytes.contains("hush-hush-hush") || bytes.contains("my-password")) {
                found.add(file.toString());
              }
            }
            return FileVisitResult.CONTINUE;
          }

          // What is deleted in the background.
          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE;
          }
        });
    lab.restart();
    assertThat(found).isEmpty();
  }

  /// An ARG of that name makes docker write it into the image; not so the recipe.
  @Test
  void aProxyThatIsDeclaredIsNotInTheRecipe() throws Exception {
    ImageRecord image =
        lab.build(
            client()
                .file(
                    "Dockerfile",
                    """
                    FROM busybox:1
                    ARG http_proxy
                    ENV SEEN=$http_proxy
                    RUN echo $http_proxy > /dev/null
                    """),
            request());
    byte[] json = RecipeJson.write(recipe(image));
    assertThat(new String(json, StandardCharsets.UTF_8))
        .doesNotContain("my-password")
        .contains("SEEN=${http_proxy}");
  }

  @Test
  void itGoesWithTheImage() throws Exception {
    ImageRecord image = lab.build(client(), request());
    ImageRecord.Recipe named = image.recipe().orElseThrow();
    lab.restart();
    assertThat(recipe(image).layers()).isEqualTo(image.diffIds());
    assertThat(lab.engine().content().info(named.document())).isPresent();
    assertThat(named.lists()).hasSize(1);

    // Another recipe of the same image takes its place.
    lab.build(client().file("Dockerfile", DOCKERFILE + "# a remark\n"), request());
    ImageRecord now = lab.engine().images().byId(image.id()).orElseThrow();
    assertThat(now.recipe().orElseThrow().document()).isNotEqualTo(named.document());
    assertThat(lab.engine().content().info(named.document())).isEmpty();
    assertThat(lab.engine().content().info(named.lists().getFirst())).isPresent();

    lab.engine().images().remove(image.id().toString(), false, false);
    assertThat(lab.engine().content().info(now.recipe().orElseThrow().document())).isEmpty();
    assertThat(lab.engine().content().info(named.lists().getFirst())).isEmpty();
  }

  @Test
  void contentsAreKeptAsLongAsTheImage() throws Exception {
    ImageRecord image = lab.build(client(), request());
    lab.restart();
    lab.engine().builds().prune(true, java.time.Duration.ZERO, 0);
    FileStore files = lab.engine().builds().files();
    Digest used = Digest.of("A".getBytes(StandardCharsets.UTF_8));
    Digest unused = Digest.of("of no use".getBytes(StandardCharsets.UTF_8));
    assertThat(files.find(used)).isPresent();
    assertThat(files.find(unused)).isEmpty();

    lab.engine().images().remove(image.id().toString(), false, false);
    lab.engine().builds().prune(true, java.time.Duration.ZERO, 0);
    assertThat(files.find(used)).isEmpty();
  }

  @Test
  void howMuchIsRecorded() throws Exception {
    Map<String, Long> counts = new HashMap<>();
    for (String mode : List.of("none", "used", "all")) {
      BuildRequest request = asked().argument("GRAFT_RECORD_CONTEXT", mode).make();
      counts.put(
          mode,
          recipe(lab.build(client(), request))
              .sources()
              .getFirst()
              .tree()
              .map(Recipe.Tree::files)
              .orElse(-1L));
    }
    assertThat(counts).isEqualTo(Map.of("none", -1L, "used", 7L, "all", 10L));
  }

  @Test
  void moreThanTheQuotaIsNotKept() throws Exception {
    lab.limits(EngineBuilds.Limits.DEFAULT.withRecord(RecordContext.USED, 10));
    String one = "FROM scratch\nCOPY x /\n";
    ImageRecord small =
        lab.build(lab.client().file("Dockerfile", one).file("x", "12345678"), BuildLab.request());
    ImageRecord large =
        lab.build(lab.client().file("Dockerfile", one).file("x", "abcdefgh"), BuildLab.request());
    assertThat(kept(small)).isTrue();
    assertThat(kept(large)).isFalse();
    // The same content counts once.
    String two = "FROM scratch\nCOPY x /y\n";
    ImageRecord same =
        lab.build(
            lab.client().file("Dockerfile", two).file("x", "12345678").file("z", ""),
            new RequestBuilder().argument("GRAFT_RECORD_CONTEXT", "all").make());
    assertThat(kept(same)).isFalse();
    ImageRecord shared =
        lab.build(
            lab.client()
                .file("Dockerfile", two + "COPY z /z\n")
                .file("x", "12345678")
                .file("z", "!"),
            BuildLab.request());
    assertThat(kept(shared)).isTrue();
    lab.engine().images().remove(small.id().toString(), false, false);
    lab.engine().images().remove(shared.id().toString(), false, false);
    ImageRecord later =
        lab.build(
            lab.client().file("Dockerfile", one + "LABEL a=b\n").file("x", "abcdefgh"),
            BuildLab.request());
    assertThat(kept(later)).isTrue();
  }

  private boolean kept(ImageRecord image) throws IOException {
    return recipe(image).sources().stream()
        .allMatch(s -> s.tree().map(Recipe.Tree::kept).orElse(false));
  }

  @Test
  void oneThatCannotBeReadIsNotInTheWay() throws Exception {
    ImageRecord image = lab.build(client(), request());
    String digest = image.recipe().orElseThrow().document().hex();
    Path blob = dir.resolve("data/content/blobs/sha256").resolve(digest);
    Files.writeString(blob, Files.readString(blob).replace("\"version\":1", "\"version\":9"));
    lab.restart();
    assertThatThrownBy(() -> recipe(image)).hasMessageContaining("version 9");
    ImageRecord other =
        lab.build(
            lab.client().file("Dockerfile", "FROM scratch\nCOPY f /\n").file("f", "F"),
            BuildLab.request());
    assertThat(kept(other)).isTrue();
  }

  @Test
  void pulledAndImportedImagesHaveNone() throws Exception {
    ImageRecord base = lab.engine().images().find("busybox:1");
    assertThat(lab.engine().builds().recipes().find(base)).isEqualTo(Optional.empty());
  }

  // ---- again, without the checkout

  @Test
  void anImageIsMadeAgainFromItsRecipe() throws Exception {
    ImageRecord image = lab.build(client(), request());
    Map<String, String> tree = lab.tree(image);
    Recipe.Build recipe = recipe(image);
    lab.restart();
    lab.engine().builds().prune(true, java.time.Duration.ZERO, 0);
    assertThat(lab.engine().builds().usage()).isEmpty();

    FakeClient nothing = new FakeClient(lab.engine().builds().files());
    nothing.secrets.put("token", "another".getBytes(StandardCharsets.UTF_8));
    ImageRecord again = rerun(recipe, Recipes.NewBase.SAME, nothing);
    assertThat(lab.tree(again)).isEqualTo(tree);
    assertThat(lab.engine().images().open(again).config().config())
        .isEqualTo(lab.engine().images().open(image).config().config());
    Recipe.Build second = recipe(again);
    assertThat(second.sources()).isEqualTo(recipe.sources());
    assertThat(
            second.stages().stream()
                .flatMap(s -> s.steps().stream())
                .flatMap(s -> s.result().stream()))
        .isNotEmpty()
        .noneMatch(Recipe.Result::cached);
  }

  private ImageRecord rerun(Recipe.Build recipe, Recipes.NewBase base, BuildClient client)
      throws Exception {
    try (Builds.Result result =
        lab.engine()
            .builds()
            .recipes()
            .rerun(recipe, base, Map.of("http_proxy", PROXY), client, lab.events::add)) {
      return result.store(List.of(), lab.events::add);
    }
  }

  @Test
  void onAnotherBase() throws Exception {
    FakeClient client =
        lab.client()
            .file("Dockerfile", "FROM busybox:1\nCOPY f /f\nRUN cat /f /of-base > /both; true\n")
            .file("f", "F");
    ImageRecord image = lab.build(client, BuildLab.request());
    ImageRecord base =
        lab.build(
            lab.client().file("Dockerfile", "FROM busybox:1\nRUN printf new > /of-base\n"),
            BuildLab.request());
    Recipe.Build recipe = recipe(image);
    ImageRecord moved = rerun(recipe, _ -> Optional.of(base), lab.client());
    assertThat(moved.diffIds()).startsWith(base.diffIds().toArray(new Digest[0]));
    assertThat(lab.tree(moved)).containsEntry("/both", "644 0:0 Fnew");
    assertThat(((Recipe.Base.Image) recipe(moved).bases().getFirst()).config())
        .isEqualTo(base.id());
  }

  /// A target of bake that another is built on has no name of its own.
  @Test
  void withTheBuildItStandsOn() throws Exception {
    FakeClient client =
        lab.client()
            .file("Dockerfile", "FROM busybox:1\nCOPY low /low\n")
            .file("low", "L")
            .file("files", "one/two", 0600, "named");
    ImageRecord image;
    try (Builds.Result below =
        lab.engine().builds().build(BuildLab.request(), client, lab.events::add)) {
      client.file("Dockerfile", "FROM below\nCOPY --from=files one /one\nCOPY high /high\n");
      client.file("high", "H");
      BuildRequest linked =
          new RequestBuilder()
              .context("below", new BuildRequest.Source.Result(below.id()))
              .context("files", new BuildRequest.Source.Local("files"))
              .make();
      image = lab.build(client, linked);
    }
    Map<String, String> tree = lab.tree(image);
    assertThat(tree).containsKeys("/low", "/high", "/one/two");
    lab.engine().builds().prune(true, java.time.Duration.ZERO, 0);
    Recipe.Build recipe = recipe(image);
    assertThat(recipe.bases().getFirst()).isInstanceOf(Recipe.Base.Result.class);
    ImageRecord again =
        rerun(recipe, Recipes.NewBase.SAME, new FakeClient(lab.engine().builds().files()));
    assertThat(lab.tree(again)).isEqualTo(tree);
  }

  /// What ADD has fetched is kept as well: nobody is asked for it again.
  @Test
  void withFilesThatCameFromElsewhere() throws Exception {
    assumeTrue(git(dir, "--version") == 0, "git is not installed");
    Path repository = Files.createDirectories(dir.resolve("served/repo"));
    Files.writeString(repository.resolve("of-git"), "G");
    assertThat(git(repository, "init", "-q", "-b", "main", ".")).isZero();
    assertThat(git(repository, "add", ".")).isZero();
    assertThat(git(repository, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "one"))
        .isZero();
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/file.txt",
        x -> {
          byte[] text = "from a URL".getBytes(StandardCharsets.UTF_8);
          x.getResponseHeaders().set("Last-Modified", "Wed, 01 Jan 2020 00:00:00 GMT");
          x.sendResponseHeaders(200, text.length);
          try (OutputStream out = x.getResponseBody()) {
            out.write(text);
          }
        });
    http.start();
    Process daemon =
        new ProcessBuilder(
                "git",
                "daemon",
                "--export-all",
                "--listen=127.0.0.1",
                "--port=" + port,
                "--base-path=" + dir.resolve("served"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    ImageRecord image;
    try {
      String url = "http://127.0.0.1:" + http.getAddress().getPort() + "/file.txt";
      String remote = "git://127.0.0.1:" + port + "/repo";
      while (git(dir, "ls-remote", remote) != 0) {
        assertThat(daemon.isAlive()).isTrue();
        Thread.sleep(50);
      }
      image =
          lab.build(
              lab.client(), "FROM busybox:1\nADD " + url + " /u/\nADD " + remote + "#main /g\n");
    } finally {
      http.stop(0);
      daemon.descendants().forEach(ProcessHandle::destroy);
      daemon.destroy();
      daemon.waitFor();
    }
    Map<String, String> tree = lab.tree(image);
    assertThat(tree)
        .containsEntry("/u/file.txt", "600 0:0 from a URL")
        .containsEntry("/g/of-git", "644 0:0 G");
    Recipe.Build recipe = recipe(image);
    assertThat(recipe.sources())
        .extracting(Recipe.Source::origin)
        .hasAtLeastOneElementOfType(Recipe.Source.Origin.Http.class)
        .hasAtLeastOneElementOfType(Recipe.Source.Origin.Git.class);
    lab.restart();
    lab.engine().builds().prune(true, java.time.Duration.ZERO, 0);
    ImageRecord again =
        rerun(recipe, Recipes.NewBase.SAME, new FakeClient(lab.engine().builds().files()));
    assertThat(lab.tree(again)).isEqualTo(tree);
    assertThat(recipe(again).sources()).isEqualTo(recipe.sources());
  }

  private static int git(Path directory, String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(words));
    try {
      return new ProcessBuilder(command)
          .directory(directory.toFile())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      return -1;
    }
  }

  // ---- packages

  @Test
  void whichPackagesAStepBrought() throws Exception {
    String status =
        "Package: %s\\nStatus: install ok installed\\nVersion: %s\\nArchitecture: all\\n\\n";
    String dockerfile =
        "FROM busybox:1\n"
            + "RUN mkdir -p /var/lib/dpkg && printf '"
            + status.formatted("a", "1")
            + status.formatted("gone", "3")
            + "' >/var/lib/dpkg/status\n"
            + "RUN printf '"
            + status.formatted("a", "2")
            + status.formatted("b", "1")
            + "' >/var/lib/dpkg/status\n"
            + "RUN touch /var/lib/dpkg/other\n"
            + "COPY installed /lib/apk/db/installed\n";
    FakeClient client = lab.client().file("installed", "P:musl\nV:1.2.5-r0\nA:x86_64\n\n");
    List<Optional<Recipe.Packages>> packages = packages(lab.build(client, dockerfile));
    assertThat(packages)
        .containsExactly(
            Optional.of(
                new Recipe.Packages(List.of(dpkg("a", "1"), dpkg("gone", "3")), List.of(), false)),
            Optional.of(
                new Recipe.Packages(
                    List.of(dpkg("a", "2"), dpkg("b", "1")),
                    List.of(dpkg("a", "1"), dpkg("gone", "3")),
                    false)),
            Optional.empty(),
            Optional.of(
                new Recipe.Packages(
                    List.of(new Recipe.Package("apk", "musl", "1.2.5-r0", "x86_64")),
                    List.of(),
                    false)));
    lab.restart();
    FakeClient later = lab.client().file("installed", "P:musl\nV:1.2.5-r0\nA:x86_64\n\n");
    assertThat(packages(lab.build(later, dockerfile + "LABEL a=b\n"))).isEqualTo(packages);
    assertThat(lab.steps())
        .filteredOn(s -> s.contains("] RUN"))
        .allMatch(s -> s.endsWith("CACHED"));
  }

  private static Recipe.Package dpkg(String name, String version) {
    return new Recipe.Package("dpkg", name, version, "all");
  }

  private List<Optional<Recipe.Packages>> packages(ImageRecord image) throws IOException {
    return recipe(image).stages().getLast().steps().stream()
        .flatMap(s -> s.result().stream())
        .map(Recipe.Result::packages)
        .toList();
  }

  @Test
  void whatIsNotKeptCannotBeRun() throws Exception {
    BuildRequest request = asked().argument("GRAFT_RECORD_CONTEXT", "none").make();
    Recipe.Build recipe = recipe(lab.build(client(), request));
    assertThatThrownBy(() -> rerun(recipe, Recipes.NewBase.SAME, lab.client()))
        .hasMessageContaining("the files of the build context were not kept")
        .hasMessageContaining("--record-context=used");

    Recipe.Build whole = recipe(lab.build(client(), request()));
    Path content =
        lab.engine()
            .builds()
            .files()
            .find(Digest.of("A".getBytes(StandardCharsets.UTF_8)))
            .orElseThrow();
    Files.writeString(content, "B");
    assertThatThrownBy(() -> rerun(whole, Recipes.NewBase.SAME, lab.client()))
        .hasMessageContaining("src/a.txt of the build context is damaged");
  }
}

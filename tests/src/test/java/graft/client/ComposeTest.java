package graft.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.cli.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Docker Compose 2 with a project of three services. Every test has the project up and takes it
/// down again, after which nothing of it may be left.
@Tag("root")
class ComposeTest {
  private static final String PROJECT = "shop";

  @TempDir private static Path dir;
  private static ClientEngine engine;
  private static Path program;

  private final Path files = dir.resolve("project");
  private int port;
  private Command compose;

  @BeforeAll
  static void start() throws Exception {
    Optional<Path> found = BuildEngine.plugin("docker-compose");
    assumeTrue(found.isPresent(), "there is no Docker Compose 2");
    program = found.orElseThrow();
    engine = ClientEngine.start(dir);
  }

  @AfterAll
  static void stop() throws IOException {
    if (engine != null) {
      engine.close();
    }
  }

  @BeforeEach
  void up() throws Exception {
    Files.createDirectories(files.resolve("site"));
    Files.writeString(files.resolve("site/index.html"), "the site\n");
    try (InputStream in = ComposeTest.class.getResourceAsStream("/client/compose/compose.yaml")) {
      Files.write(files.resolve("compose.yaml"), in.readAllBytes());
    }
    port = ClientEngine.freePort();
    compose =
        engine
            .command(files, program.toString(), "--progress", "quiet", "-p", PROJECT)
            .with(Map.of("PORT", Integer.toString(port)));
    compose("up", "-d");
  }

  @AfterEach
  void down() throws Exception {
    compose("down", "-v", "--remove-orphans");
    String label = "com.docker.compose.project=" + PROJECT;
    assertThat(engine.list("/containers/json", "Id", label)).isEmpty();
    assertThat(engine.list("/networks", "Id", label)).isEmpty();
    assertThat(engine.list("/volumes", "Name", label)).isEmpty();
    assertThat(engine.list("/networks", "Name"))
        .containsExactlyInAnyOrder("bridge", "host", "none");
    assertThat(answers()).isFalse();
  }

  private String compose(String... arguments) throws IOException, InterruptedException {
    return compose.with(arguments).run().output();
  }

  /// What a command in a service's container prints, with its exit code and errors.
  private Command.Result in(String service, String script)
      throws IOException, InterruptedException {
    return compose.with("exec", "-T", service, "sh", "-c", script).run();
  }

  private static Json inspect(String container) throws IOException {
    return engine.get("/containers/" + container + "/json");
  }

  private static List<String> aliases(String container) throws IOException {
    return inspect(container).at("NetworkSettings", "Networks", "shop_back", "Aliases").texts();
  }

  private static int containers() throws IOException {
    return engine.list("/containers/json", "Id").size();
  }

  private String get() throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + port + "/");
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    }
  }

  private boolean answers() throws InterruptedException {
    try {
      return !get().isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  /// What the server at a URL answers to a service. It is asked until it listens: a container that
  /// runs has not come that far, nor has one that is healthy, as far as its check goes.
  private String asked(String service, String url) throws IOException, InterruptedException {
    return in(service, "until wget -qO- " + url + "; do sleep 0.1; done").output();
  }

  private String id(String service) throws IOException, InterruptedException {
    return compose("ps", "-q", service).strip();
  }

  private List<String> running() throws IOException, InterruptedException {
    return compose("ps", "--services", "--status", "running")
        .lines()
        .filter(line -> !line.isEmpty())
        .sorted()
        .toList();
  }

  @Test
  void servicesFindEachOtherByNameAndOnlyOnTheirNetworks() throws Exception {
    assertThat(running()).containsExactly("api", "db", "web");
    Await.until("the published port answers", this::answers);
    assertThat(get()).isEqualTo("the site\n");
    assertThat(asked("web", "http://api:8080/")).isEqualTo("hello from api\n");
    for (String name : List.of("db", "database", "shop-db-1")) {
      assertThat(asked("api", "http://" + name + ":5432/starts")).isNotEmpty();
    }
    assertThat(in("web", "wget -T 5 -qO- http://db:5432/starts").exit()).isNotZero();
    String address =
        inspect("shop-db-1").at("NetworkSettings", "Networks", "shop_back", "IPAddress").text();
    assertThat(in("web", "nc -w 2 " + address + " 5432 </dev/null").exit()).isNotZero();
    assertThat(in("db", "ip route").output()).doesNotContain("default");
    assertThat(in("web", "ip route").output()).contains("default");
    assertThat(in("api", "cat /etc/hosts").output()).contains("10.9.8.7\tlegacy.example");
  }

  @Test
  void limitsHold() throws Exception {
    String limit =
        in(
                "api",
                "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes"
                    + " 2>/dev/null")
            .out();
    assertThat(limit.strip()).isEqualTo("67108864");
    Json host = inspect("shop-api-1").at("HostConfig");
    assertThat(host.at("NanoCpus").number()).isEqualTo(500_000_000);
    assertThat(host.at("PidsLimit").number()).isEqualTo(50);
  }

  @Test
  void aServiceIsStartedWhenTheOneBelowIsHealthy() throws Exception {
    assertThat(compose("ps", "--format", "{{.Health}}", "db")).isEqualTo("healthy\n");
    Await.until("api has started", () -> sinceUp().contains("start shop-api-1"));
    assertThat(sinceUp())
        .containsSubsequence("health_status: healthy shop-db-1", "start shop-api-1");
  }

  /// What has happened to containers since the first was made.
  private static List<String> sinceUp() throws IOException, InterruptedException {
    List<String> all =
        engine
            .graft(
                "events",
                "--since",
                "1h",
                "--until",
                "0s",
                "--filter",
                "type=container",
                "--format",
                "{{.Action}} {{.Actor.Attributes.name}}")
            .output()
            .lines()
            .toList();
    return all.subList(all.lastIndexOf("create shop-db-1"), all.size());
  }

  @Test
  void aChangeOfTheFileRecreatesWhatItChangedAndKeepsTheData() throws Exception {
    String api = id("api");
    String db = id("db");
    compose.with("up", "-d").with(Map.of("GREETING", "bonjour")).run().output();
    assertThat(id("api")).isNotEqualTo(api);
    assertThat(id("db")).isEqualTo(db);
    assertThat(asked("web", "http://api:8080/")).isEqualTo("bonjour from api\n");
    compose("up", "-d", "--force-recreate", "db");
    assertThat(id("db")).isNotEqualTo(db);
    assertThat(asked("api", "http://db:5432/starts").lines())
        .containsExactly(db.substring(0, 12), id("db").substring(0, 12));
    assertThat(containers()).isEqualTo(3);
  }

  /// A roll-out makes of a container what Compose would have made of it.
  @Test
  void aRollOutRecreatesServicesAsTheyWere() throws Exception {
    String newer = dir.resolve("files/busybox.tar").toString();
    engine
        .graft("import", "-c", "ENV PATH=/bin:/sbin", "-c", "ENV NEWER=yes", newer, "busybox:2")
        .output();
    String db = id("db");
    String web = id("web");
    String api = id("api");
    List<String> aliases = aliases("shop-db-1");
    String told =
        engine
            .graft("fix", "busybox:latest", "--onto", "busybox:2", "--recreate", "--grace", "1")
            .output();
    try {
      assertThat(told)
          .contains(
              "container shop-db-1 healthy",
              "container shop-web-1 running",
              "container shop-api-1 kept: it has no restart policy");
      assertThat(id("db")).isNotEqualTo(db);
      assertThat(id("web")).isNotEqualTo(web);
      assertThat(id("api")).isEqualTo(api);
      assertThat(in("db", "echo $NEWER").output()).isEqualTo("yes\n");
      assertThat(aliases("shop-db-1")).isEqualTo(aliases);
      assertThat(asked("api", "http://database:5432/starts").lines())
          .containsExactly(db.substring(0, 12), id("db").substring(0, 12));
      Await.until("the published port answers", this::answers);
      assertThat(get()).isEqualTo("the site\n");
      assertThat(asked("web", "http://api:8080/")).isEqualTo("hello from api\n");
      assertThat(in("db", "ip route").output()).doesNotContain("default");
      assertThat(containers()).isEqualTo(3);
      assertThat(engine.graft("recreate", "shop-api-1", "--grace", "1").output())
          .contains("container shop-api-1 running");
      assertThat(id("api")).isNotEqualTo(api);
      assertThat(engine.graft("recreate").output()).isEqualTo("nothing has changed\n");
      // Compose has nothing more to do with them.
      List<String> ids = List.of(id("db"), id("web"), id("api"));
      compose("up", "-d");
      assertThat(List.of(id("db"), id("web"), id("api"))).isEqualTo(ids);
    } finally {
      engine.graft("rollback").output();
    }
  }

  @Test
  void inTheForegroundItShowsWhatTheyWriteAndStopsThemAtCtrlC() throws Exception {
    compose("stop");
    try (Command.Running up = compose.with("up").start()) {
      Await.until("the line of api is shown", () -> up.output().contains("api serves hello"));
      Await.until("all services run", () -> running().size() == 3);
      Await.until("the published port answers", this::answers);
      up.signal("INT");
      up.exit();
      assertThat(up.output()).containsPattern("api-1 +\\| api serves hello");
    }
    assertThat(running()).isEmpty();
    assertThat(answers()).isFalse();
  }

  @Test
  void logsAreFollowedToTheEnd() throws Exception {
    try (Command.Running logs = compose.with("logs", "-f", "--no-color").start()) {
      Await.until("what was written before", () -> logs.output().contains("api serves hello"));
      assertThat(asked("web", "http://api:8080/")).isEqualTo("hello from api\n");
      assertThat(in("web", "wget -qO- http://api:8080/no-such-page").exit()).isNotZero();
      Await.until("what is written now", () -> logs.output().contains("response:404"));
      compose("down");
      assertThat(logs.exit()).as(logs.output()).isZero();
    }
  }

  @Test
  void execAndRun() throws Exception {
    assertThat(compose.with("exec", "-T", "api", "cat").run("in and out\n").output())
        .isEqualTo("in and out\n");
    Command.Result both = in("api", "echo out; echo err >&2; exit 7");
    assertThat(both).isEqualTo(new Command.Result(7, "out\n", "err\n"));
    Command.Result run =
        compose
            .with("run", "--rm", "-T", "-e", "MORE=1", "api", "sh", "-c")
            .with(
                "echo $GREETING $MORE; until wget -qO- http://database:5432/starts >/f;"
                    + " do sleep 0.1; done; wc -l </f; exit 3")
            .run();
    assertThat(run.out()).isEqualTo("hello 1\n1\n");
    assertThat(run.exit()).isEqualTo(3);
    assertThat(containers()).isEqualTo(3);
  }

  @Test
  void filesAreCopiedBothWays() throws Exception {
    Files.writeString(files.resolve("page.html"), "a page\n");
    assertThat(asked("web", "http://api:8080/")).isEqualTo("hello from api\n");
    compose("cp", "page.html", "api:/www/page.html");
    assertThat(in("web", "wget -qO- http://api:8080/page.html").output()).isEqualTo("a page\n");
    compose("cp", "api:/www/", "back");
    assertThat(files.resolve("back/page.html")).hasContent("a page\n");
    assertThat(files.resolve("back/index.html")).hasContent("hello from api\n");
  }

  @Test
  void scaleRestartPauseKill() throws Exception {
    compose("scale", "api=3");
    assertThat(id("api").lines()).hasSize(3);
    String addresses = in("web", "nslookup -type=a api 127.0.0.11").output();
    assertThat(addresses.lines().filter(line -> line.startsWith("Address"))).hasSize(4);
    compose("scale", "api=1");
    assertThat(id("api").lines()).hasSize(1);

    String before = inspect("shop-db-1").at("State", "StartedAt").text();
    compose("restart", "db");
    assertThat(inspect("shop-db-1").at("State", "StartedAt").text()).isNotEqualTo(before);
    assertThat(asked("api", "http://db:5432/starts").lines()).hasSize(2);

    compose("pause", "web");
    assertThat(compose("ps", "--services", "--status", "paused")).isEqualTo("web\n");
    compose("unpause", "web");
    compose("kill", "api");
    assertThat(running()).containsExactly("db", "web");
  }

  @Test
  void aServiceThatDiesIsStartedAgain() throws Exception {
    long pid = inspect("shop-db-1").at("State", "Pid").number();
    assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
    Await.until(
        "it was started again", () -> inspect("shop-db-1").at("RestartCount").number() == 1);
    Await.until("it answers", () -> in("api", "wget -qO- http://db:5432/starts").exit() == 0);
  }

  @Test
  void topStatsPortImagesLs() throws Exception {
    assertThat(compose("top", "web")).contains("httpd -f -v -p 80 -h /site");
    assertThat(compose("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}").lines())
        .contains("shop-api-1 1", "shop-db-1 1", "shop-web-1 1");
    assertThat(compose("port", "web", "80")).isEqualTo("127.0.0.1:" + port + "\n");
    assertThat(compose("images", "--format", "json")).contains("\"Repository\":\"busybox\"");
    assertThat(compose("ls", "--format", "json"))
        .contains("\"Name\":\"shop\"", "\"Status\":\"running(3)\"");
    assertThat(compose("logs", "--no-color", "--no-log-prefix", "api"))
        .startsWith("api serves hello\n");
  }
}

package graft.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import graft.cli.json.Json;
import graft.registry.FakeRegistry;
import graft.registry.RegistryProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Where builds of the real client take from: registries that want a login, layouts, files
/// elsewhere.
@Tag("root")
class BuildxSourcesTest extends BuildxCase {
  /// Logs the client in at a registry, as `docker login` does without a helper.
  private static void logIn(String host) throws IOException {
    String pair =
        Base64.getEncoder()
            .encodeToString(
                (FakeRegistry.USER + ":" + FakeRegistry.PASSWORD).getBytes(StandardCharsets.UTF_8));
    Files.writeString(
        dir.resolve("config.json"), "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(host, pair));
  }

  private static void logOut() throws IOException {
    Files.deleteIfExists(dir.resolve("config.json"));
  }

  /// Pushes what stands on an image that was pushed to the same place, which is not here.
  private static void buildOnPrivate(String host) throws Exception {
    docker("build", "--push", "-t", host + "/private", "one");
    docker("rmi", "-f", host + "/private");
    builds.file("private/Dockerfile", "FROM " + host + "/private\nRUN cat /two >/three\n");
    docker("build", "--push", "-t", host + "/more", "private");
    assertThat(docker("run", "--rm", host + "/more", "cat", "/three"))
        .isEqualTo("from the context\n");
    docker("rmi", "-f", host + "/private", host + "/more");
  }

  @Test
  void aRegistryThatWantsAPasswordGetsIt() throws Exception {
    // The user u with the password pw.
    Path users =
        Files.writeString(
            dir.resolve("htpasswd"),
            "u:$2b$04$qawuvwkoVdBQKUOSZd4jhOuWXbIBF3zsWHhEm4qyRBRyoWZaAwARu\n");
    try (RegistryProcess closed =
        RegistryProcess.start(dir, "", "auth:\n  htpasswd:\n    realm: test\n    path: " + users)) {
      logOut();
      Command.Result refused =
          builds.docker().with("build", "--push", "-t", closed.host() + "/x", "one").run();
      assertThat(refused.exit()).isNotZero();
      assertThat(refused.err()).contains("no basic auth credentials");
      logIn(closed.host());
      buildOnPrivate(closed.host());
    } finally {
      logOut();
    }
  }

  @Test
  void theClientGetsTheTokenAndKeepsItsPassword() throws Exception {
    try (FakeRegistry closed = new FakeRegistry()) {
      closed.auth = FakeRegistry.Auth.BEARER;
      logIn(closed.host());
      buildOnPrivate(closed.host());
      // BuildKit's clients first try what the engine never does.
      assertThat(closed.log).anyMatch(line -> line.startsWith("POST /token"));
      closed.log.clear();
      assertThat(
              builds
                  .docker()
                  .with("build", "--push", "-t", closed.host() + "/again", "one")
                  .run()
                  .err())
          .contains("[auth]")
          .doesNotContain("sharing credentials");
      assertThat(closed.log.stream().filter(line -> line.startsWith("POST /token")))
          .hasSizeLessThan(4);
    } finally {
      logOut();
    }
  }

  @Test
  void withoutALoginTheTokenServersWordIsTold() throws Exception {
    try (FakeRegistry closed = new FakeRegistry()) {
      closed.auth = FakeRegistry.Auth.BEARER;
      logOut();
      Command.Result refused =
          builds.docker().with("build", "--push", "-t", closed.host() + "/x", "one").run();
      assertThat(refused.exit()).isNotZero();
      assertThat(refused.err()).contains("incorrect username or password");
    }
  }

  @Test
  void anImageInALayoutIsABase() throws Exception {
    docker("build", "-o", "type=oci,dest=layout,tar=false", "one");
    builds.file("onlayout/Dockerfile", "FROM base\nRUN cat /two >/four\n");
    docker("build", "-t", "onlayout", "--build-context", "base=oci-layout://./layout", "onlayout");
    assertThat(docker("run", "--rm", "onlayout", "cat", "/four")).isEqualTo("from the context\n");
    docker("build", "-o", "type=oci,dest=bad,tar=false", "one");
    String manifest =
        Json.parse(Files.readString(dir.resolve("p/bad/index.json")))
            .at("manifests")
            .items()
            .get(0)
            .at("digest")
            .text()
            .replace("sha256:", "");
    Path blob = dir.resolve("p/bad/blobs/sha256").resolve(manifest);
    blob.toFile().setWritable(true);
    Files.writeString(
        blob, Files.readString(blob).replace("schemaVersion\":2", "schemaVersion\":3"));
    Command.Result refused =
        builds
            .docker()
            .with("build", "--build-context", "base=oci-layout://./bad", "onlayout")
            .run();
    assertThat(refused.exit()).isNotZero();
    assertThat(refused.err()).contains("is damaged: its digest is");
  }

  @Test
  void dockerfilesAndBakeFilesFromElsewhere() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    Map<String, String> files =
        Map.of(
            "/Remotefile", "FROM busybox\nCOPY a.txt /from-afar\n",
            "/docker-bake.hcl",
                "target \"default\" {\n  context = \"cwd://one\"\n  tags = [\"afar\"]\n}\n");
    server.createContext(
        "/",
        exchange -> {
          String text = files.get(exchange.getRequestURI().getPath());
          byte[] bytes = String.valueOf(text).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(text == null ? 404 : 200, bytes.length);
          try (exchange) {
            exchange.getResponseBody().write(bytes);
          }
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      docker("build", "-t", "remote", "-f", url + "/Remotefile", "one");
      assertThat(docker("run", "--rm", "remote", "cat", "/from-afar"))
          .isEqualTo("from the context\n");
      docker("buildx", "bake", "--allow=fs.read=" + dir.resolve("p"), url + "/docker-bake.hcl");
      assertThat(docker("run", "--rm", "afar", "cat", "/two")).isEqualTo("from the context\n");
      Command.Result missing = builds.docker().with("build", "-f", url + "/nothing", "one").run();
      assertThat(missing.exit()).isNotZero();
      assertThat(missing.err()).contains("404");
    } finally {
      server.stop(0);
    }
  }
}

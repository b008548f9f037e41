package graft.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import graft.cli.json.Json;
import graft.registry.RegistryProcess;
import graft.session.Session;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `graft build` with an engine behind it, and beside it `docker build` on the same engine, which
/// has to make the same image.
@Tag("root")
class GraftBuildTest extends GraftBuildCase {
  private static final String LOGIN =
      "u:$2b$04$qawuvwkoVdBQKUOSZd4jhOuWXbIBF3zsWHhEm4qyRBRyoWZaAwARu\n";

  // ---- other architectures

  /// The kernel is told of an emulator for an architecture that nobody has here. It is busybox,
  /// which takes the name of the "program" it is to run for that of an applet; so the whole way is
  /// gone, and no other machine's programs are needed.
  @Test
  void programsOfOtherArchitecturesRunUnderAnEmulator() throws Exception {
    assumeTrue(
        Files.readString(Path.of("/proc/filesystems")).contains("binfmt_misc"),
        "this kernel knows no emulators");
    byte[] elf = new byte[64];
    byte[] begin = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 1}; // loong64
    System.arraycopy(begin, 0, elf, 0, begin.length);
    elf[20] = 1;
    Path other = Files.createDirectories(project.resolve("other-arch"));
    for (String program : List.of("sh", "cat")) {
      Files.write(other.resolve(program), elf);
    }
    builds.file(
        "other-arch/Dockerfile",
        """
        FROM scratch
        COPY --chmod=755 sh cat /bin/
        RUN echo "by an emulator" >/said
        CMD ["/bin/cat", "/said"]
        """);
    String[] build = {"--platform", "linux/loong64", "-t", "other:1", "other-arch"};
    Command.Result without = graft(build);
    assertThat(without.exit()).isEqualTo(1);
    assertThat(without.err()).contains("cannot run programs for linux/loong64", "qemu-user-static");

    Path registered = Path.of("/proc/sys/fs/binfmt_misc");
    boolean mounted = Files.exists(registered.resolve("register"));
    if (!mounted) {
      shell("mount -t binfmt_misc binfmt_misc " + registered);
    }
    try {
      Path emulator = Files.createDirectories(project.resolve("emulator")).resolve("busybox");
      Files.copy(Path.of("/bin/busybox"), emulator);
      Files.writeString(
          registered.resolve("register"),
          ":graft-test:M:18:\\x02\\x01::" + emulator + ":F",
          StandardCharsets.US_ASCII);
      try {
        Command.Result built = graft(build);
        assertThat(built.exit()).as(built.err()).isZero();
        assertThat(engine.command(project, "docker", "run", "--rm", "other:1").run().output())
            .isEqualTo("by an emulator\n");
        assertThat(engine.get("/images/other:1/json").at("Architecture").text())
            .isEqualTo("loong64");
      } finally {
        Files.writeString(registered.resolve("graft-test"), "-1");
      }
    } finally {
      if (!mounted) {
        shell("umount " + registered);
      }
    }
  }

  private static void shell(String line) throws IOException, InterruptedException {
    new Command(project, Map.of(), List.of("sh", "-c", line)).run().output();
  }

  // ---- the same as docker

  /// The second finds what the first has made in the cache; so where they ask for the same the
  /// image is the same to the last bit.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "c",
        "--target one c",
        "--build-arg A=b c",
        "--secret id=s,src=secret c",
        "--label x=y --label z c",
        "-f c/sub/D c",
        "-f beside c",
        "--build-context other=other --build-context img=docker-image://busybox named",
        "--network none --build-arg A=n c",
        "--add-host h:1.2.3.4 --build-arg A=h c",
        "--ulimit nofile=64:64 --shm-size 1m --build-arg A=u c",
        "--platform linux/amd64 c",
        "--no-cache-filter two --target one c",
        "--build-arg SOURCE_DATE_EPOCH=1000 c",
      })
  void makesTheImageThatDockerMakes(String words) throws Exception {
    assumeTrue(buildx, "there is no docker-buildx");
    docker("-t", "by-docker").with(words.split(" ")).run().output();
    graft(
            Stream.concat(Stream.of("-t", "by-graft"), Stream.of(words.split(" ")))
                .toArray(String[]::new))
        .output();
    assertThat(id("by-graft")).isEqualTo(id("by-docker"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--check c",
        "--check lint",
        "--check strict",
        "--check typo",
        "--call outline c",
        "--call targets c",
        "--call targets,format=json c",
        "--call outline,format=json c",
      })
  void answersAsDockerDoes(String words) throws Exception {
    assumeTrue(buildx, "there is no docker-buildx");
    Command.Result docker = docker(words.split(" ")).run();
    Command.Result graft = graft(words.split(" "));
    assertThat(graft.out()).isEqualTo(docker.out());
    assertThat(graft.exit()).isEqualTo(docker.exit());
  }

  @Test
  void directoriesAreThoseThatDockerWrites() throws Exception {
    assumeTrue(buildx, "there is no docker-buildx");
    docker("-o", "out-docker", "c").run().output();
    graft("-o", "out-graft", "c").output();
    assertThat(tree(project.resolve("out-graft"))).isEqualTo(tree(project.resolve("out-docker")));
    // And again, over what is there.
    graft("-o", "out-graft", "c").output();
    assertThat(tree(project.resolve("out-graft"))).isEqualTo(tree(project.resolve("out-docker")));
  }

  private static List<String> tree(Path root) throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.filter(p -> !p.equals(root)).sorted().toList()) {
        Object mode = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        String what =
            Files.isSymbolicLink(path)
                ? "-> " + Files.readSymbolicLink(path)
                : Files.isRegularFile(path) ? Long.toString(Files.size(path)) : "";
        lines.add(root.relativize(path) + " " + mode + " " + what);
      }
    }
    return lines;
  }

  // ---- input

  @ParameterizedTest
  @CsvSource({"tar c -C c .", "tar cz -C c .", "tar cj -C c .", "tar c --format=v7 -C c ."})
  void aTarComesOnStandardInput(String tar) throws Exception {
    assumeTrue(buildx, "there is no docker-buildx");
    Command docker = docker("-q", "-t", "by-docker", "-");
    new Command(
            project,
            docker.variables(),
            List.of("sh", "-c", tar + " | " + String.join(" ", docker.words())))
        .run()
        .output();
    sh(tar + " | \"$@\" build -q -t by-graft -").output();
    assertThat(id("by-graft")).isEqualTo(id("by-docker"));
  }

  @Test
  void aDockerfileComesOnStandardInput() throws Exception {
    Command build = engine.graft(project).with("build", "-t", "typed");
    build.with("-").run("FROM busybox\nCMD [\"a\"]\n").output();
    assertThat(engine.get("/images/typed/json").at("Config", "Cmd").write()).isEqualTo("[\"a\"]");
    build.with("-f", "-", "c").run("FROM busybox\nCOPY a.txt /t\nCMD [\"b\"]\n").output();
    assertThat(engine.get("/images/typed/json").at("Config", "Cmd").write()).isEqualTo("[\"b\"]");
  }

  @Test
  void aContextIsFetched() throws Exception {
    byte[] tar;
    Process packing = new ProcessBuilder("tar", "cz", "-C", project + "/c", ".").start();
    tar = packing.getInputStream().readAllBytes();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/c.tar.gz",
        exchange -> {
          exchange.sendResponseHeaders(200, tar.length);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(tar);
          }
        });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/c.tar.gz";
      graft("-t", "by-url", "--target", "one", url).output();
      graft("-t", "by-directory", "--target", "one", "c").output();
      assertThat(id("by-url")).isEqualTo(id("by-directory"));
      assertThat(graft("--call", "targets", url).output()).contains("two (default)");
    } finally {
      server.stop(0);
    }
  }

  /// The context is sent when something needs it, and the steps before it do not wait for that.
  @Test
  void theContextIsSentIfItIsNeeded() throws Exception {
    sh("mkdir -p late && head -c 3000000 /dev/zero >late/zeros").output();
    builds.file(
        "late/Dockerfile", "FROM busybox\nRUN true\nFROM busybox AS copies\nCOPY zeros /\n");
    String sent = "transferring context: 3.0";
    assertThat(graft("--progress=plain", "--no-cache", "--target", "0", "late").err())
        .contains("RUN true")
        .doesNotContain(sent);
    assertThat(graft("--progress=plain", "--check", "late").err()).doesNotContain(sent);
    assertThat(graft("--progress=plain", "--no-cache", "-t", "late", "late").err())
        .contains("[internal] load build context");
    assertThat(engine.graft(project).with("run", "--rm", "late", "wc", "-c", "/zeros").run().out())
        .startsWith("3000000");
    builds.file("trigger/Dockerfile", "FROM busybox\nONBUILD COPY zeros /by-trigger\n");
    graft("-t", "trigger", "trigger").output();
    builds.file("late/Dockerfile", "FROM trigger\n");
    graft("-t", "late", "late").output();
    assertThat(engine.graft(project).with("run", "--rm", "late", "ls", "/by-trigger").run().exit())
        .isZero();
  }

  @Test
  void aRepositoryIsFetched() throws Exception {
    assumeTrue(Session.has("git"), "git is not installed");
    sh("cp -r c repo && cd repo && git init -q -b main . && git add -f . && git -c user.name=t"
            + " -c user.email=t@t commit -qm c")
        .output();
    int port = ClientEngine.freePort();
    Process daemon =
        new ProcessBuilder(
                "git",
                "daemon",
                "--export-all",
                "--reuseaddr",
                "--listen=127.0.0.1",
                "--port=" + port,
                "--base-path=" + project)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      String url = "git://127.0.0.1:" + port + "/repo";
      Await.until("git daemon listens", () -> sh("git ls-remote " + url).exit() == 0);
      graft("-t", "by-git", "--target", "one", url + "#main").output();
      graft("-t", "by-directory", "--target", "one", "c").output();
      assertThat(id("by-git")).isEqualTo(id("by-directory"));
    } finally {
      daemon.descendants().forEach(ProcessHandle::destroy);
      daemon.destroy();
    }
  }

  // ---- output

  @Test
  void filesOfTheResult() throws Exception {
    String list = sh("\"$@\" build --progress quiet --target one -o - c | tar t").output();
    assertThat(list.lines()).contains("a", "arg", "link");
    graft("--target", "one", "-o", "type=tar,dest=one.tar", "c").output();
    assertThat(sh("tar tf one.tar").output()).isEqualTo(list);
    for (String type : List.of("docker", "oci")) {
      graft("-t", "saved", "-o", "type=" + type + ",dest=saved.tar", "c").output();
      engine.graft(project).with("load", "-i", "saved.tar").run().output();
      assertThat(engine.graft(project).with("run", "--rm", "saved").run().output())
          .isEqualTo("none\n");
      engine.graft(project).with("rmi", "saved").run().output();
    }
    assertThat(graft("-o", "type=oci,dest=x.tar,foo=bar", "c").err()).contains("no option \"foo\"");
    assertThat(project.resolve("x.tar")).doesNotExist();
  }

  @Test
  void theImageIsWrittenDown() throws Exception {
    String out =
        graft("-q", "-t", "m1", "-t", "m2:x", "--iidfile", "iid", "--metadata-file", "meta", "c")
            .output();
    assertThat(out.strip()).isEqualTo(id("m1")).isEqualTo(id("m2:x"));
    assertThat(project.resolve("iid")).hasContent(id("m1"));
    Json meta = Json.parse(Files.readString(project.resolve("meta")));
    assertThat(meta.at("containerimage.config.digest").text()).isEqualTo(id("m1"));
    assertThat(meta.at("image.name").text())
        .isEqualTo("docker.io/library/m1:latest,docker.io/library/m2:x");
  }

  /// The login is in a credential helper, as `docker login` leaves it; the image that is pushed is
  /// then the base of another build, for which the engine asks for the login itself.
  @Test
  void loginsAreFoundWhereDockerHasThem() throws Exception {
    assumeTrue(RegistryProcess.installed(), "docker-registry is not installed");
    Path users = Files.writeString(dir.resolve("htpasswd"), LOGIN);
    String auth = "auth:\n  htpasswd:\n    realm: test\n    path: " + users;
    try (RegistryProcess registry = RegistryProcess.start(dir, "", auth)) {
      Path helper = Files.createDirectories(dir.resolve("bin")).resolve("docker-credential-t");
      Files.writeString(
          helper,
          "#!/bin/sh\necho '{\"ServerURL\":\""
              + registry.host()
              + "\",\"Username\":\"u\",\"Secret\":\"pw\"}'\n");
      Files.setAttribute(helper, "unix:mode", 0755);
      Files.writeString(dir.resolve("config.json"), "{\"credsStore\":\"t\"}");
      try {
        Map<String, String> path = Map.of("PATH", dir.resolve("bin") + ":" + System.getenv("PATH"));
        Command build = engine.graft(project).with(path).with("build");
        String name = registry.host() + "/pushed:1";
        build.with("--push", "-t", name, "--metadata-file", "pushed", "c").run().output();
        Json meta = Json.parse(Files.readString(project.resolve("pushed")));
        assertThat(engine.get("/images/" + name + "/json").at("RepoDigests").write())
            .contains(meta.at("containerimage.digest").text());
        engine.graft(project).with("rmi", name).run().output();
        builds.file("based/Dockerfile", "FROM " + name + "\nRUN cat /a\n");
        assertThat(build.with("--progress=plain", "based").run().err())
            .contains("from the context");
        Command.Result none = engine.graft(project).with("build", "--pull", "based").run();
        assertThat(none.exit()).isEqualTo(1);
      } finally {
        Files.delete(dir.resolve("config.json"));
      }
    }
  }

  // ---- secrets and agents

  @Test
  void secretsComeFromFilesAndVariables() throws Exception {
    builds.file(
        "secrets/Dockerfile",
        "FROM busybox\nRUN --mount=type=secret,id=f --mount=type=secret,id=v,env=V"
            + " cat /run/secrets/f >/f && echo $V >>/f\n");
    Command build = engine.graft(project).with(Map.of("TOKEN", "of the environment"));
    build
        .with("build", "-t", "secret", "--secret", "id=f,src=secret")
        .with("--secret", "id=v,env=TOKEN", "secrets")
        .run()
        .output();
    assertThat(engine.graft(project).with("run", "--rm", "secret", "cat", "/f").run().output())
        .isEqualTo("a secret\nof the environment\n");
  }

  /// The agent's own client in the step, with the libraries it needs.
  @Test
  void agentsAreReached() throws Exception {
    assumeTrue(Session.has("ssh-add") && Session.has("ssh-keygen"), "ssh is not installed");
    sh("mkdir -p ssh && cp $(command -v ssh-add) ssh/ && ssh-keygen -q -t ed25519 -N '' -C the-key"
            + " -f ssh-key && for f in $(ldd ssh/ssh-add | grep -o '/[^ ]*'); do"
            + " mkdir -p ssh/root$(dirname $f); cp -L $f ssh/root$f; done")
        .output();
    builds.file(
        "ssh/Dockerfile",
        "FROM busybox\nCOPY root /\nCOPY ssh-add /bin/\nRUN --mount=type=ssh ssh-add -l\n");
    assertThat(graft("--progress=plain", "--no-cache", "--ssh", "default=ssh-key", "ssh").err())
        .containsPattern("256 SHA256:[^ ]+ the-key \\(ED25519\\)");
    assertThat(graft("--progress=plain", "--no-cache", "ssh").exit()).isEqualTo(1);
    assertThat(graft("--progress=plain", "--no-cache", "--ssh", "default=secret", "ssh").err())
        .contains("cannot use the key secret");
  }
}

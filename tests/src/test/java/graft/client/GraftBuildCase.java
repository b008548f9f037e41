package graft.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// An engine and a project of small builds, for `graft build` and `docker build` on it.
abstract class GraftBuildCase {
  @TempDir static Path dir;
  static BuildEngine builds;
  static ClientEngine engine;
  static Path project;
  static boolean buildx;

  @BeforeAll
  static void start() throws Exception {
    builds = BuildEngine.start(dir);
    engine = builds.engine();
    project = builds.project();
    buildx = BuildEngine.plugin("docker-buildx").isPresent();
    builds.file(
        "c/Dockerfile",
        """
        FROM busybox AS one
        ARG A=none
        COPY a.txt /a
        RUN echo "$A" >/arg && ln -s arg /link && ln /arg /hard && cp /etc/hosts /hosts
        FROM one AS two
        COPY . /all
        RUN --mount=type=secret,id=s,required=false cat /run/secrets/s >/secret || true
        CMD ["cat", "/arg"]
        """);
    builds.file("c/a.txt", "from the context\n");
    builds.file("c/b.log", "not wanted\n");
    builds.file("c/.dockerignore", "*.log\n");
    builds.file("c/sub/D", "FROM busybox\nCOPY a.txt /from-sub\n");
    builds.file("beside", "FROM busybox\nCOPY a.txt /beside\n");
    builds.file(
        "named/Dockerfile", "FROM busybox\nCOPY --from=other f /f\nCOPY --from=img bin/sh /sh2\n");
    builds.file("other/f", "of another context\n");
    builds.file("secret", "a secret\n");
    builds.file("bad/Dockerfile", "FROM busybox\nRUN echo said && exit 7\n");
    builds.file("typo/Dockerfile", "FROM busybox\nRUNN true\n");
    builds.file("lint/Dockerfile", "FROM busybox as x\nRUN true\n");
    builds.file("strict/Dockerfile", "# check=error=true\nFROM busybox as x\nRUN touch /never\n");
  }

  @AfterAll
  static void stop() throws IOException {
    if (builds != null) {
      builds.close();
    }
  }

  static Command.Result graft(String... words) throws IOException, InterruptedException {
    return engine.graft(project).with("build").with(words).run();
  }

  static Command docker(String... words) {
    return engine.command(project, "docker", "build").with(words);
  }

  static String id(String image) throws IOException {
    return engine.get("/images/" + image + "/json").at("Id").text();
  }

  /// A shell in the project, whose arguments are the graft command.
  static Command.Result sh(String script) throws IOException, InterruptedException {
    Command graft = engine.graft(project);
    List<String> words = new ArrayList<>(List.of("sh", "-c", script, "sh"));
    words.addAll(graft.words());
    return new Command(project, graft.variables(), words).run();
  }
}

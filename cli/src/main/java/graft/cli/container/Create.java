package graft.cli.container;

import graft.cli.http.ApiException;
import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.image.Pulling;
import graft.cli.json.Json;
import graft.cli.stream.Session;
import graft.cli.stream.Terminal;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// `graft run` and `graft create`.
final class Create implements Verb {
  private final String name;

  Create(String name) {
    this.name = name;
  }

  @Override
  public Options options() {
    return CreateOptions.of(name);
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    for (String conflict : CreateRequest.conflicts(line)) {
      throw line.refuse(conflict);
    }
    boolean tty = line.flag("--tty");
    boolean runs = name.equals("run");
    boolean background = runs && line.flag("--detach");
    if (tty && line.flag("--interactive") && runs && !background && !Terminal.is(0)) {
      System.err.println("graft: the input device is not a TTY; leave out --tty");
      return 1;
    }
    String id = create(line, engine, CreateRequest.of(line, background));
    if (!runs || background) {
      int code = runs ? started(engine, id) : 0;
      if (code == 0) {
        System.out.println(id);
      }
      return code;
    }
    return attached(line, engine, id, tty);
  }

  private static int attached(Line line, Engine engine, String id, boolean tty) throws IOException {
    String path = "/containers/" + id;
    java.util.List<String> only =
        line.list("--attach").stream().map(s -> s.toLowerCase(java.util.Locale.ROOT)).toList();
    boolean all = only.isEmpty();
    boolean stdin = all ? line.flag("--interactive") : only.contains("stdin");
    String attach =
        Engine.query(
            "stream", "1",
            "stdin", stdin ? "1" : "",
            "stdout", all || only.contains("stdout") ? "1" : "",
            "stderr", all || only.contains("stderr") ? "1" : "");
    String condition = line.flag("--rm") ? "removed" : "next-exit";
    try (Reply stream = engine.hijack(path + "/attach" + attach, Body.NONE);
        Reply wait = engine.send("POST", path + "/wait?condition=" + condition, Body.NONE)) {
      int code = started(engine, id);
      if (code != 0) {
        return code;
      }
      Session session =
          new Session(engine, path, stdin, tty)
              .detachKeys(line.text("--detach-keys"))
              .passSignals(line.flag("--sig-proxy", true));
      return session.run(stream) ? (int) wait.json().at("StatusCode").number() : 0;
    }
  }

  /// 0, or docker's code for why it did not start.
  private static int started(Engine engine, String id) throws IOException {
    try {
      engine.send("POST", "/containers/" + id + "/start", Body.NONE).close();
      return 0;
    } catch (ApiException e) {
      System.err.println("graft: " + e.getMessage());
      String why = e.text();
      if (why.contains("executable file not found") || why.contains("no such file or directory")) {
        return 127;
      }
      return why.contains("permission denied") || why.contains("is a directory") ? 126 : 125;
    }
  }

  private static String create(Line line, Engine engine, Json request) throws IOException {
    String image = line.argument(0);
    String platform = line.text("--platform");
    String pull = line.text("--pull", "missing");
    String path =
        "/containers/create" + Engine.query("name", line.text("--name"), "platform", platform);
    Path cidfile = Path.of(line.text("--cidfile"));
    if (line.given("--cidfile") && Files.exists(cidfile)) {
      throw new FileAlreadyExistsException(
          "the file " + cidfile + " is there already; remove it or give another --cidfile");
    }
    if (pull.equals("always")) {
      Pulling.pull(engine, image, platform, line.flag("--quiet"), System.err);
    }
    Json created;
    try {
      created = engine.post(path, request);
    } catch (ApiException e) {
      if (e.status() != 404 || !e.text().startsWith("No such image") || pull.equals("never")) {
        throw e;
      }
      System.err.println("Unable to find image '" + Pulling.withTag(image) + "' locally");
      Pulling.pull(engine, image, platform, line.flag("--quiet"), System.err);
      created = engine.post(path, request);
    }
    created.at("Warnings").texts().forEach(warning -> System.err.println("WARNING: " + warning));
    String id = created.at("Id").text();
    if (line.given("--cidfile")) {
      Files.writeString(cidfile, id, StandardOpenOption.CREATE_NEW);
    }
    return id;
  }
}

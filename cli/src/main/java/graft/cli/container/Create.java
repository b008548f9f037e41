package graft.cli.command;

import graft.cli.http.ApiException;
import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// `graft run` and `graft create`.
public final class Create implements Verb {
  @Override
  public Options options(String name) {
    return CreateOptions.of(name);
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    line.arguments(1, -1);
    boolean tty = line.flag("--tty");
    boolean stdin = line.flag("--interactive");
    boolean runs = line.verb().equals("run");
    boolean detached = !runs || line.flag("--detach");
    if (tty && stdin && !detached && !Terminal.is(0)) {
      System.err.println("graft: the input device is not a TTY");
      return 1;
    }
    String id = create(line, engine, CreateRequest.of(line, detached));
    if (!line.text("--cidfile").isEmpty()) {
      Files.writeString(Path.of(line.text("--cidfile")), id, StandardOpenOption.CREATE_NEW);
    }
    if (!runs) {
      System.out.println(id);
      return 0;
    }
    if (detached) {
      return start(engine, id, () -> System.out.println(id));
    }
    String condition = line.flag("--rm") ? "removed" : "next-exit";
    String attach =
        Engine.query("stream", "1", "stdout", "1", "stderr", "1", "stdin", stdin ? "1" : "");
    try (Reply stream = engine.hijack("/containers/" + id + "/attach" + attach, Body.NONE);
        Reply wait =
            engine.send("POST", "/containers/" + id + "/wait?condition=" + condition, Body.NONE)) {
      return start(
          engine,
          id,
          () -> Streams.interactive(engine, "/containers/" + id, stream, stdin, tty),
          wait);
    }
  }

  /// What follows a start that worked.
  private interface Then {
    void run() throws IOException;
  }

  private static int start(Engine engine, String id, Then then, Reply... wait) throws IOException {
    try {
      engine.send("POST", "/containers/" + id + "/start", Body.NONE).close();
    } catch (ApiException e) {
      System.err.println("graft: " + e.getMessage());
      return startFailure(e.text());
    }
    then.run();
    return wait.length == 0 ? 0 : (int) wait[0].json().at("StatusCode").number();
  }

  private static int startFailure(String message) {
    if (message.contains("executable file not found")
        || message.contains("no such file or directory")) {
      return 127;
    }
    return message.contains("permission denied") || message.contains("is a directory") ? 126 : 125;
  }

  private static String create(Line line, Engine engine, Json request) throws IOException {
    String image = line.argument(0);
    String platform = line.text("--platform");
    String path =
        "/containers/create" + Engine.query("name", line.text("--name"), "platform", platform);
    if (line.text("--pull").equals("always")) {
      Pulling.pull(engine, image, platform, line.flag("--quiet"), System.err);
    }
    Json created;
    try {
      created = engine.post(path, request);
    } catch (ApiException e) {
      if (e.status() != 404
          || !e.text().startsWith("No such image")
          || line.text("--pull").equals("never")) {
        throw e;
      }
      System.err.println("Unable to find image '" + image + "' locally");
      Pulling.pull(engine, image, platform, line.flag("--quiet"), System.err);
      created = engine.post(path, request);
    }
    List<String> warnings = new ArrayList<>(created.at("Warnings").texts());
    warnings.forEach(warning -> System.err.println("WARNING: " + warning));
    return created.at("Id").text();
  }
}

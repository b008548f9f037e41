package graft.cli.command;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/// `graft exec`.
public final class Exec implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, "Run a command in a running container")
        .stopAtArgument()
        .flag("Keep standard input open", "-i", "--interactive")
        .flag("Give the command a terminal", "-t", "--tty")
        .flag("Do not wait for it", "-d", "--detach")
        .flag("All capabilities", "--privileged")
        .list("KEY=VALUE", "Set an environment variable", "-e", "--env")
        .list("FILE", "Environment variables from a file", "--env-file")
        .value("USER[:GROUP]", "Run as this user", "-u", "--user")
        .value("DIRECTORY", "Working directory", "-w", "--workdir")
        .arguments("CONTAINER COMMAND [ARG...]");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    List<String> words = line.arguments(2, -1);
    boolean tty = line.flag("--tty");
    boolean detach = line.flag("--detach");
    boolean stdin = line.flag("--interactive") && !detach;
    Map<String, Object> request = new java.util.LinkedHashMap<>();
    request.put("Cmd", words.subList(1, words.size()));
    request.put("Tty", tty);
    request.put("AttachStdin", stdin);
    request.put("AttachStdout", !detach);
    request.put("AttachStderr", !detach);
    request.put("Privileged", line.flag("--privileged"));
    request.put("User", line.text("--user"));
    request.put("WorkingDir", line.text("--workdir"));
    request.put("Env", CreateRequest.env(line));
    String container = "/containers/" + Engine.encode(words.getFirst());
    String path = "/exec/" + engine.post(container + "/exec", request).at("Id").text();
    if (detach) {
      engine.post(path + "/start", Map.of("Detach", true, "Tty", tty));
      return 0;
    }
    Body body = Body.json(Json.of(Map.of("Detach", false, "Tty", tty)).write());
    try (Reply stream = engine.hijack(path + "/start", body)) {
      Streams.interactive(engine, path, stream, stdin, tty);
    }
    return (int) engine.get(path + "/json").at("ExitCode").number();
  }
}

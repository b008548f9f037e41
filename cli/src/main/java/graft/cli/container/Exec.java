package graft.cli.container;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.stream.Session;
import graft.cli.stream.Terminal;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `graft exec`.
final class Exec implements Verb {
  @Override
  public Options options() {
    return new Options("exec", "Run one more command in a running container")
        .arguments(2, -1, "CONTAINER COMMAND [ARG...]")
        .stopAtArgument()
        .flag("Do not wait for it", "-d", "--detach")
        .value("KEYS", "Keys that leave it running (ctrl-p,ctrl-q)", "--detach-keys")
        .list("KEY=VALUE", "Set an environment variable", "-e", "--env")
        .list("FILE", "Environment variables from a file", "--env-file")
        .flag("Send standard input to it", "-i", "--interactive")
        .flag("With all capabilities", "--privileged")
        .flag("Give it a terminal", "-t", "--tty")
        .value("USER[:GROUP]", "Run as this user", "-u", "--user")
        .value("DIRECTORY", "Working directory", "-w", "--workdir")
        .details("The exit code is that of the command.")
        .example("graft exec -it web sh", "a shell in the container web")
        .example("graft exec -u 1000 web id", "one command, as another user");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    List<String> words = line.arguments();
    boolean tty = line.flag("--tty");
    boolean detach = line.flag("--detach");
    boolean stdin = line.flag("--interactive") && !detach;
    if (tty && stdin && !Terminal.is(0)) {
      System.err.println("graft: the input device is not a TTY; leave out --tty");
      return 1;
    }
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("Cmd", words.subList(1, words.size()));
    request.put("Tty", tty);
    request.put("AttachStdin", stdin);
    request.put("AttachStdout", !detach);
    request.put("AttachStderr", !detach);
    request.put("Privileged", line.flag("--privileged"));
    request.put("User", line.text("--user"));
    request.put("WorkingDir", line.text("--workdir"));
    request.put("Env", Words.env(line));
    if (!line.text("--detach-keys").isEmpty()) {
      request.put("DetachKeys", line.text("--detach-keys"));
    }
    String container = Named.path(words.getFirst());
    String path = "/exec/" + engine.post(container + "/exec", request).at("Id").text();
    if (detach) {
      engine.post(path + "/start", Map.of("Detach", true, "Tty", tty));
      return 0;
    }
    Body body = Body.json(Json.of(Map.of("Detach", false, "Tty", tty)).write());
    Session session = new Session(engine, path, stdin, tty).detachKeys(line.text("--detach-keys"));
    try (Reply stream = engine.hijack(path + "/start", body)) {
      if (!session.run(stream)) {
        return 0;
      }
    }
    return (int) engine.get(path + "/json").at("ExitCode").number();
  }
}

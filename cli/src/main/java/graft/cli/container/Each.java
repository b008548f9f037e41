package graft.cli.command;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.output.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The verbs that do one thing to each container they name.
public final class Containers implements Verb {
  @Override
  public Options options(String name) {
    Options options = new Options(name, name + ": for each container that is named");
    return switch (name) {
      case "stop", "restart" ->
          options
              .value("SECONDS", "Time before it is killed", "-t", "--time", "--timeout")
              .value("SIGNAL", "Signal to send", "-s", "--signal")
              .arguments("CONTAINER...");
      case "kill" ->
          options.value("SIGNAL", "Signal to send", "-s", "--signal").arguments("CONTAINER...");
      case "rm" ->
          options
              .flag("Kill it first if it runs", "-f", "--force")
              .flag("Remove its anonymous volumes too", "-v", "--volumes")
              .arguments("CONTAINER...");
      case "start" ->
          options
              .flag("Attach to its output, and end as it ends", "-a", "--attach")
              .flag("Attach to its input too", "-i", "--interactive")
              .arguments("CONTAINER...");
      case "attach" -> options.flag("Output only", "--no-stdin").arguments("CONTAINER");
      case "commit" ->
          options
              .value("TEXT", "Who made it", "-a", "--author")
              .value("TEXT", "What changed", "-m", "--message")
              .list("INSTRUCTION", "Apply to the image, as CMD [\"sh\"]", "-c", "--change")
              .arguments("CONTAINER [NAME[:TAG]]");
      case "export" ->
          options.value("FILE", "Write to a file", "-o", "--output").arguments("CONTAINER");
      case "top" -> options.stopAtArgument().arguments("CONTAINER [PS OPTIONS]");
      case "rename" -> options.arguments("CONTAINER NAME");
      case "diff" -> options.arguments("CONTAINER | IMAGE IMAGE");
      default -> options.arguments("CONTAINER...");
    };
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String verb = line.verb();
    String first = "/containers/" + Engine.encode(line.arguments(1, -1).getFirst());
    switch (verb) {
      case "attach" -> {
        return attach(engine, first, !line.flag("--no-stdin"), false);
      }
      case "rename" ->
          engine.post(first + "/rename" + Engine.query("name", line.arguments(2, 2).get(1)));
      case "export" -> Archive.download(engine, first + "/export", line.text("--output"));
      case "top" -> {
        List<String> rest = line.arguments().subList(1, line.arguments().size());
        String query = Engine.query("ps_args", String.join(" ", rest));
        Json top = engine.get(first + "/top" + query);
        List<List<String>> rows = new ArrayList<>();
        rows.add(top.at("Titles").texts());
        top.at("Processes").items().forEach(row -> rows.add(row.texts()));
        System.out.print(Table.align(rows));
      }
      case "diff" -> diff(line, engine);
      case "port" -> {
        Map<String, Json> ports =
            engine.get(first + "/json").at("NetworkSettings", "Ports").fields();
        ports.forEach((port, bindings) -> {
          for (Json b : bindings.items()) {
            String ip = b.at("HostIp").text();
            String shown = ip.contains(":") ? "[" + ip + "]" : ip;
            System.out.println(port + " -> " + shown + ":" + b.at("HostPort").text());
          }
        });
      }
      case "commit" -> commit(line, engine);
      default -> {
        if (verb.equals("start") && (line.flag("--attach") || line.flag("--interactive"))) {
          return attach(engine, first, line.flag("--interactive"), true);
        }
        return each(line, engine);
      }
    }
    return 0;
  }

  private static int each(Line line, Engine engine) {
    int code = 0;
    for (String name : line.arguments()) {
      try {
        String path = "/containers/" + Engine.encode(name);
        if (line.verb().equals("rm")) {
          String force = line.flag("--force") ? "1" : "";
          String volumes = line.flag("--volumes") ? "1" : "";
          engine.delete(path + Engine.query("force", force, "v", volumes));
        } else if (line.verb().equals("wait")) {
          System.out.println(engine.post(path + "/wait").at("StatusCode").number());
          continue;
        } else {
          String query = Engine.query("t", text(line, "--time"), "signal", text(line, "--signal"));
          engine.send("POST", path + "/" + line.verb() + query, Body.NONE).close();
        }
        System.out.println(name);
      } catch (graft.cli.http.ApiException e) {
        System.err.println("graft: " + e.getMessage());
        code = 1;
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    return code;
  }

  private static String text(Line line, String option) {
    return line.given(option) ? line.text(option) : "";
  }

  private static void diff(Line line, Engine engine) throws IOException {
    if (line.arguments(1, 2).size() == 1) {
      String path = "/containers/" + Engine.encode(line.argument(0)) + "/changes";
      for (Json change : engine.get(path).items()) {
        System.out.println(
            "CAD".charAt((int) change.at("Kind").number()) + " " + change.at("Path").text());
      }
      return;
    }
    String path =
        "/graft/v1/images/"
            + Engine.encode(line.argument(0))
            + "/diff/"
            + Engine.encode(line.argument(1));
    for (Json change : engine.get(path).items()) {
      System.out.println(change.at("kind").text() + " " + change.at("path").text());
    }
  }

  private static void commit(Line line, Engine engine) throws IOException {
    String target = line.arguments(1, 2).size() > 1 ? line.argument(1) : "";
    int colon = target.lastIndexOf(':');
    boolean tagged = colon > target.lastIndexOf('/');
    String path =
        "/commit"
            + Engine.query(
                "container", line.argument(0),
                "repo", tagged ? target.substring(0, colon) : target,
                "tag", tagged ? target.substring(colon + 1) : "",
                "author", line.text("--author"),
                "comment", line.text("--message"),
                "changes", String.join("\n", line.list("--change")));
    System.out.println(engine.post(path, Map.of()).at("Id").text());
  }

  private static int attach(Engine engine, String path, boolean stdin, boolean start)
      throws IOException {
    boolean tty = engine.get(path + "/json").at("Config", "Tty").truth();
    String query =
        Engine.query("stream", "1", "stdout", "1", "stderr", "1", "stdin", stdin ? "1" : "");
    String condition = start ? "next-exit" : "";
    try (Reply stream = engine.hijack(path + "/attach" + query, Body.NONE);
        Reply wait =
            engine.send("POST", path + "/wait" + Engine.query("condition", condition), Body.NONE)) {
      if (start) {
        engine.send("POST", path + "/start", Body.NONE).close();
      }
      Streams.interactive(engine, path, stream, stdin, tty);
      return (int) wait.json().at("StatusCode").number();
    }
  }
}

package graft.cli.command;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Images from and to registries and archives.
public final class Transfer implements Verb {
  @Override
  public Options options(String name) {
    Options options =
        new Options(name, name + ": images from and to registries and archives")
            .flag("No progress", "-q", "--quiet")
            .value("OS/ARCH", "Platform", "--platform");
    return switch (name) {
      case "pull", "push" -> options.arguments("NAME[:TAG]");
      case "save" ->
          options.value("FILE", "Write to a file", "-o", "--output").arguments("IMAGE...");
      case "load" -> options.value("FILE", "Read from a file", "-i", "--input");
      default ->
          options
              .list("INSTRUCTION", "Apply to the image", "-c", "--change")
              .value("TEXT", "What it is", "-m", "--message")
              .arguments("FILE|- [NAME[:TAG]]");
    };
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    boolean quiet = line.flag("--quiet");
    switch (line.verb()) {
      case "pull" -> {
        String name = line.arguments(1, 1).getFirst();
        Pulling.pull(engine, name, line.text("--platform"), quiet, System.out);
      }
      case "push" -> {
        String name = line.arguments(1, 1).getFirst();
        int colon = name.lastIndexOf(':');
        boolean tagged = colon > name.lastIndexOf('/');
        String tag = tagged ? name.substring(colon + 1) : "latest";
        String path = "/images/" + (tagged ? name.substring(0, colon) : name) + "/push?tag=" + tag;
        try (Reply reply = engine.send("POST", path, Logins.header(name), Body.NONE)) {
          Pulling.print(reply, quiet, System.out);
        }
      }
      case "save" -> {
        StringBuilder query = new StringBuilder();
        for (String name : line.arguments(1, -1)) {
          query.append(query.isEmpty() ? "?names=" : "&names=").append(Engine.encode(name));
        }
        Archive.download(engine, "/images/get" + query, line.text("--output"));
      }
      case "load" -> {
        line.arguments(0, 0);
        upload(line.text("--input", "-"), engine, "/images/load?quiet=" + (quiet ? 1 : 0), quiet);
      }
      default -> {
        String name = line.arguments(1, 2).size() > 1 ? line.argument(1) : "";
        StringBuilder path = new StringBuilder("/images/create");
        path.append(
            Engine.query(
                "fromSrc",
                "-",
                "repo",
                name,
                "message",
                line.text("--message"),
                "platform",
                line.text("--platform")));
        line.list("--change")
            .forEach(change -> path.append("&changes=").append(Engine.encode(change)));
        upload(line.argument(0), engine, path.toString(), quiet);
      }
    }
    return 0;
  }

  private static void upload(String file, Engine engine, String path, boolean quiet)
      throws IOException {
    try (InputStream in = file.equals("-") ? System.in : Files.newInputStream(Path.of(file));
        Reply reply = engine.send("POST", path, Body.tar(in))) {
      Pulling.print(reply, quiet, System.out);
    }
  }
}

package graft.cli.image;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.system.Logins;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft pull`.
final class Pull implements Verb {
  @Override
  public Options options() {
    return new Options("pull", "Get an image from a registry")
        .arguments(1, 1, "NAME[:TAG|@DIGEST]")
        .flag("All tags of the name", "-a", "--all-tags")
        .value("OS/ARCH", "Of this platform, as linux/arm64", "--platform")
        .flag("How it was made as well, if that is there", "--recipe")
        .flag("Print only the name", "-q", "--quiet")
        .ignored("--disable-content-trust")
        .details(
            """
            A name without a host is one of Docker Hub; without a tag, latest is meant. Layers that
            are here are not fetched again, and a pull that was broken off goes on where it was.\
            """)
        .example("graft pull busybox", "busybox:latest of Docker Hub")
        .example("graft pull host:5000/my/web:2", "from another registry");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String name = line.argument(0);
    boolean quiet = line.flag("--quiet");
    if (line.flag("--all-tags")) {
      if (!Pulling.withTag(name).equals(name + ":latest")) {
        throw line.refuse("--all-tags wants a name without a tag, not " + name);
      }
      Pulling.all(engine, name, line.text("--platform"), quiet);
    } else {
      if (!quiet && !Pulling.withTag(name).equals(name)) {
        System.out.println("Using default tag: latest");
      }
      Pulling.pull(engine, name, line.text("--platform"), quiet, System.out);
    }
    if (line.flag("--recipe")) {
      recipe(line, engine, name, quiet);
    }
    System.out.println(Pulling.canonical(Pulling.withTag(name)));
    return 0;
  }

  private static void recipe(Line line, Engine engine, String name, boolean quiet)
      throws IOException {
    if (line.flag("--all-tags")) {
      throw line.refuse("--recipe goes with one tag, not with --all-tags");
    }
    String path = "/graft/v1/images/" + Engine.encode(Pulling.withTag(name)) + "/recipe/pull";
    try (Reply reply = engine.send("POST", path, Logins.header(name), Body.NONE)) {
      if (!quiet && !reply.json().at("found").truth()) {
        System.out.println("No new recipe: the registry has none of this image, or it is here");
      }
    }
  }
}

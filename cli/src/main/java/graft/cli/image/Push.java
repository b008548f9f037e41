package graft.cli.image;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.system.Logins;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft push`.
final class Push implements Verb {
  @Override
  public Options options() {
    return new Options("push", "Send an image to its registry")
        .arguments(1, 1, "NAME[:TAG]")
        .flag("All tags of the name", "-a", "--all-tags")
        .value("OS/ARCH", "Only this platform", "--platform")
        .flag("Its recipe as well, beside it; contexts stay here", "--recipe")
        .flag("Print only the name", "-q", "--quiet")
        .ignored("--disable-content-trust")
        .details(
            """
            The name says where it goes: 'graft tag' gives it one with the host of your registry.
            Layers that the registry has are not sent. 'graft login' first if it wants a password.\
            """)
        .example("graft push host:5000/my/web:2", "to the registry at host:5000")
        .example("graft push --recipe host:5000/my/web:2", "and how it was made");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String name = line.argument(0);
    boolean quiet = line.flag("--quiet");
    boolean all = line.flag("--all-tags");
    String full = Pulling.withTag(name);
    if (all && full.equals(name)) {
      throw line.refuse("--all-tags wants a name without a tag, not " + name);
    }
    if (!all && !quiet && !full.equals(name)) {
      System.out.println("Using default tag: latest");
    }
    if (all && line.flag("--recipe")) {
      throw line.refuse("--recipe goes with one tag, not with --all-tags");
    }
    int colon = full.lastIndexOf(':');
    String query =
        Engine.query(
            "tag", all ? "" : full.substring(colon + 1), "platform", line.text("--platform"));
    String path = "/images/" + Engine.encode(full.substring(0, colon)) + "/push" + query;
    try (Reply reply = engine.send("POST", path, Logins.header(name), Body.NONE)) {
      Steps.print(reply, quiet, System.out);
    }
    if (line.flag("--recipe")) {
      String recipe = "/graft/v1/images/" + Engine.encode(full) + "/recipe/push";
      try (Reply reply = engine.send("POST", recipe, Logins.header(name), Body.NONE)) {
        if (!quiet) {
          System.out.println("recipe: digest: " + reply.json().at("digest").text());
        }
      }
    }
    if (quiet) {
      System.out.println(Pulling.canonical(all ? name : full));
    }
    return 0;
  }
}

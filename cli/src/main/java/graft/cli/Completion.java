package graft.cli;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// `graft completion bash|zsh|fish`: a script for the shell, made of the tables of all verbs.
final class Completion implements Verb {
  @Override
  public Options options() {
    return new Options("completion", "Print a script that completes words in your shell")
        .arguments(1, 1, "bash|zsh|fish")
        .details("Verbs, options, and the names of containers, images, volumes and networks.")
        .example("source <(graft completion bash)", "bash and zsh; put it into ~/.bashrc")
        .example("graft completion fish | source", "fish; put it into config.fish");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String shell = line.argument(0);
    switch (shell) {
      case "bash" -> System.out.print(BashScript.of(tables()));
      case "zsh" ->
          System.out.print(
              "autoload -U +X bashcompinit && bashcompinit\n" + BashScript.of(tables()));
      case "fish" -> System.out.print(FishScript.of(tables()));
      default ->
          throw new IOException("there is no completion for " + shell + ": bash, zsh or fish");
    }
    return 0;
  }

  /// All verbs under all their names.
  private static List<Table> tables() {
    List<Table> all = new ArrayList<>();
    for (String name : Verbs.names()) {
      Options options = Objects.requireNonNull(Verbs.find(name), name).options();
      all.add(new Table(name, options));
      Verbs.alsoCalled(name).forEach(other -> all.add(new Table(other, options)));
    }
    return all;
  }

  /// A name and the options that it has.
  record Table(String name, Options options) {
    /// Whose names its arguments are: the functions of the scripts.
    List<String> kinds() {
      List<String> kinds = new ArrayList<>();
      String forms = String.join(" ", options.forms());
      for (String kind : List.of("CONTAINER", "IMAGE", "VOLUME", "NETWORK")) {
        if (forms.contains(kind)) {
          kinds.add(kind.toLowerCase(java.util.Locale.ROOT) + "s");
        }
      }
      if (name.equals("inspect")) {
        kinds.addAll(List.of("containers", "images"));
      }
      if (List.of("push", "pull", "images").contains(options.verb())) {
        kinds.add("images");
      }
      return kinds;
    }

    /// Words that stand in the form itself, as `bash|zsh|fish`.
    List<String> words() {
      String form = options.forms().getFirst();
      return form.matches("[a-z]+(\\|[a-z]+)+") ? List.of(form.split("\\|")) : List.of();
    }
  }
}

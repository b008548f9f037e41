package graft.cli.command;

import graft.cli.http.Engine;
import java.util.List;

/// `graft completion bash|zsh|fish`: a script for the shell, to be sourced.
public final class Completion implements Verb {
  private final List<String> verbs;

  public Completion(List<String> verbs) {
    this.verbs = List.copyOf(verbs);
  }

  @Override
  public Options options(String name) {
    return new Options(name, "Print a completion script: source <(graft completion bash)")
        .arguments("bash|zsh|fish");
  }

  @Override
  public int run(Line line, Engine engine) {
    String words = String.join(" ", verbs);
    String containers = "graft ps -a --format '{{.Names}}' 2>/dev/null";
    String images = "graft images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null";
    String shell = line.arguments(1, 1).getFirst();
    switch (shell) {
      case "bash", "zsh" ->
          System.out.print(
              (shell.equals("zsh") ? "autoload -U +X bashcompinit && bashcompinit\n" : "")
                  + "_graft() {\n"
                  + "  local word=${COMP_WORDS[COMP_CWORD]} list\n"
                  + "  if [[ $COMP_CWORD -eq 1 ]]; then list=\""
                  + words
                  + "\"\n"
                  + "  else case ${COMP_WORDS[1]} in\n"
                  + "    run|create|rmi|tag|push|save|history|tree|layers|ls|cat|blame) list=$("
                  + images
                  + ") ;;\n"
                  + "    *) list=$("
                  + containers
                  + ") ;;\n"
                  + "  esac; fi\n"
                  + "  COMPREPLY=($(compgen -W \"$list\" -- \"$word\"))\n"
                  + "}\n"
                  + "complete -o default -F _graft graft\n");
      case "fish" ->
          System.out.print(
              "complete -c graft -n __fish_use_subcommand -f -a '"
                  + words
                  + "'\n"
                  + "complete -c graft -n 'not __fish_use_subcommand' -a \"("
                  + containers
                  + ")\"\n");
      default -> throw new UsageException("unknown shell " + shell, line.verb());
    }
    return 0;
  }
}

package graft.cli;

import graft.cli.verb.Option;
import java.util.ArrayList;
import java.util.List;

/// The completion for bash, and by its bashcompinit for zsh.
final class BashScript {
  private static final String HEAD =
      """
      _graft_names() {
        case $1 in
          containers) graft ps -a --format '{{.Names}}' ;;
          images) graft images --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>' ;;
          volumes) graft volume ls -q ;;
          networks) graft network ls --format '{{.Name}}' ;;
        esac 2>/dev/null
      }

      _graft() {
        # What was typed so far, not cut at colons as bash does it.
        local typed=${COMP_LINE:0:COMP_POINT}
        local cur=${typed##* } prev=${COMP_WORDS[COMP_CWORD-1]} verb="" word i
        local options="" values="" kinds="" list=""
        for ((i = 1; i < COMP_CWORD; i++)); do
          word=${COMP_WORDS[i]}
          case $word in
            -H|--host)
              if [[ -z $verb ]]; then
                [[ ${COMP_WORDS[i+1]} == = ]] && ((i++))
                ((i++))
              fi
              continue ;;
            # The rest of an address that bash has cut.
            :) [[ -n $verb ]] || ((i++)); continue ;;
            -*|=) continue ;;
          esac
          if [[ -z $verb ]]; then
            verb=$word
          elif [[ " @GROUPS@ " == *" $verb "* ]]; then
            verb="$verb $word"
          else
            break
          fi
        done
        case $verb in
          "") list="@TOP@" ; options="--host --debug --help --version" ;;
      """;

  private static final String TAIL =
      """
        esac
        if [[ $cur == -* ]]; then
          list=$options
        elif [[ $prev == -* && " $values " == *" $prev "* ]]; then
          return
        elif [[ -n $kinds ]]; then
          list=$(for word in $kinds; do _graft_names "$word"; done)
        fi
        local IFS=$' \\t\\n'
        COMPREPLY=($(compgen -W "$list" -- "$cur"))
        if [[ $cur == *[:=]* ]]; then
          local before=${cur%"${cur##*[:=]}"}
          COMPREPLY=("${COMPREPLY[@]#"$before"}")
        fi
      }
      complete -o default -F _graft graft
      """;

  private BashScript() {}

  static String of(List<Completion.Table> tables) {
    List<String> top = new ArrayList<>(Verbs.GROUPS);
    StringBuilder cases = new StringBuilder();
    for (String group : Verbs.GROUPS) {
      one(cases, group, "--help", "", "", String.join(" ", Verbs.words(group)));
    }
    for (Completion.Table table : tables) {
      if (!table.name().contains(" ")) {
        top.add(table.name());
      }
      List<String> names = new ArrayList<>(List.of("--help"));
      List<String> values = new ArrayList<>();
      for (Option option : table.options().options()) {
        names.addAll(option.names());
        if (option.takesValue()) {
          values.addAll(option.names());
        }
      }
      one(
          cases,
          table.name(),
          String.join(" ", names),
          String.join(" ", values),
          String.join(" ", table.kinds()),
          String.join(" ", table.words()));
    }
    top.sort(null);
    return HEAD.replace("@GROUPS@", String.join(" ", Verbs.GROUPS))
            .replace("@TOP@", String.join(" ", top))
        + cases
        + TAIL;
  }

  private static void one(
      StringBuilder out, String name, String options, String values, String kinds, String list) {
    out.append("    \"").append(name).append("\")");
    variable(out, "options", options);
    variable(out, "values", values);
    variable(out, "kinds", kinds);
    variable(out, "list", list);
    out.append(" ;;\n");
  }

  private static void variable(StringBuilder out, String name, String value) {
    if (!value.isEmpty()) {
      out.append(' ').append(name).append("=\"").append(value).append('"');
    }
  }
}

package graft.rebase;

import graft.oci.ImageConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// C8: what the image's settings name is still there. How settings are merged is
/// [graft.image.Edits#rebase]'s.
final class Settings {
  private Settings() {}

  static List<Reason> reasons(Case c) {
    List<Reason> all = new ArrayList<>();
    ImageConfig.Settings s = c.config().config();
    ImageConfig.Settings inherited = c.move().old().config().config();
    if (!s.entrypoint().equals(inherited.entrypoint())) {
      first(s.entrypoint()).ifPresent(p -> check(c, "Entrypoint", p, all));
    }
    if (!s.cmd().equals(inherited.cmd())) {
      first(s.cmd()).ifPresent(p -> check(c, "Cmd", p, all));
    }
    for (String variable : s.env()) {
      if (!inherited.env().contains(variable)) {
        int equals = variable.indexOf('=');
        String value = variable.substring(equals + 1);
        String had = value(inherited.env(), variable.substring(0, Math.max(0, equals)));
        for (String part : value.split(":")) {
          // What it has of its base it has of the new base, too.
          if (part.startsWith("/") && !List.of(had.split(":")).contains(part)) {
            check(c, "Env " + variable.substring(0, Math.max(0, equals)), part, all);
          }
        }
      }
    }
    return all;
  }

  private static String value(List<String> environment, String name) {
    return environment.stream()
        .filter(v -> v.startsWith(name + "="))
        .map(v -> v.substring(name.length() + 1))
        .findFirst()
        .orElse("");
  }

  private static Optional<String> first(Optional<List<String>> command) {
    return command.filter(c -> !c.isEmpty()).map(List::getFirst).filter(p -> p.startsWith("/"));
  }

  private static void check(Case c, String field, String path, List<Reason> all) {
    if (c.before().resolve(path).isPresent() && c.after().resolve(path).isEmpty()) {
      all.add(new Reason.Setting(field, path));
    }
  }
}

package graft.rebase;

import graft.facts.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// C7: an id is of one name, the one it was when the image's files got their owners.
final class Identities {
  private Identities() {}

  static List<Reason> reasons(Case c, Patch patch) {
    List<Reason> all = new ArrayList<>();
    for (String file : List.of(Treatments.PASSWD, Treatments.GROUP)) {
      String kind = file.equals(Treatments.PASSWD) ? "user" : "group";
      Map<Long, String> before = names(c.move().texts().of(c.before(), file));
      Map<Long, String> now = names(c.move().texts().of(c.move().nowAlone(), file));
      Map<Long, List<String>> result = allNames(c.result(patch, file));
      result.forEach((id, names) -> {
        // Two names of one id are right if one of the sides had them so.
        if (names.size() > 1
            && before.containsKey(id)
            && now.containsKey(id)
            && !before.get(id).equals(now.get(id))) {
          all.add(
              new Reason.Identity(c.own().layerOf(file), kind, id, before.get(id), now.get(id)));
        }
      });
      for (long id : usedIds(c, kind)) {
        String mine = before.get(id);
        List<String> later = result.getOrDefault(id, List.of());
        if (mine != null && !later.isEmpty() && !later.contains(mine)) {
          all.add(new Reason.Identity(c.own().layerOf(file), kind, id, mine, later.getFirst()));
        }
      }
    }
    return all.stream().distinct().toList();
  }

  /// Ids of whom the image has files, but for root's.
  private static Set<Long> usedIds(Case c, String kind) {
    TreeSet<Long> all = new TreeSet<>();
    c.own()
        .entries()
        .values()
        .forEach(placed -> {
          long id =
              switch (placed.entry()) {
                case Entry.File f -> kind.equals("user") ? f.uid() : f.gid();
                case Entry.Directory d -> kind.equals("user") ? d.uid() : d.gid();
                case Entry.Link l -> kind.equals("user") ? l.uid() : l.gid();
                case Entry.Special s -> kind.equals("user") ? s.uid() : s.gid();
                case Entry.Whiteout _ -> 0;
              };
          if (id != 0) {
            all.add(id);
          }
        });
    return all;
  }

  private static Map<Long, String> names(Optional<String> file) {
    Map<Long, String> first = new HashMap<>();
    allNames(file).forEach((id, names) -> first.put(id, names.getFirst()));
    return first;
  }

  private static Map<Long, List<String>> allNames(Optional<String> file) {
    Map<Long, List<String>> all = new LinkedHashMap<>();
    for (String line : file.orElse("").lines().toList()) {
      String[] fields = line.split(":", -1);
      if (fields.length > 2 && fields[2].matches("[0-9]{1,10}")) {
        all.computeIfAbsent(Long.parseLong(fields[2]), i -> new ArrayList<>()).add(fields[0]);
      }
    }
    return all;
  }
}

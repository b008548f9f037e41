package graft.docker;

import graft.error.GraftException;
import graft.linux.IdMap;
import graft.linux.IdMap.Range;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// `userns-remap`: `user`, `user:group`, names or numbers, or `default` for the user dockremap. The
/// ids come from `/etc/subuid` and `/etc/subgid`. Source: subuid(5); moby v28.5.2.
final class RemapOptions {
  private static final String DEFAULT = "dockremap";

  private RemapOptions() {}

  /// @param etc where passwd, group, subuid and subgid are
  static IdMap parse(String value, Path etc) throws IOException {
    if (value.isEmpty()) {
      return IdMap.IDENTITY;
    }
    int colon = value.indexOf(':');
    String user = colon < 0 ? value : value.substring(0, colon);
    String group = colon < 0 ? user : value.substring(colon + 1);
    if (user.isEmpty() || group.isEmpty() || group.contains(":")) {
      throw GraftException.invalid(
          "userns-remap \"" + value + "\" is neither default nor USER nor USER:GROUP");
    }
    if (value.equals("default")) {
      user = DEFAULT;
      group = DEFAULT;
    }
    return new IdMap(
        ranges(etc, "subuid", "passwd", user, value), ranges(etc, "subgid", "group", group, value));
  }

  /// All ranges of a name, one behind the other from 0 on, as dockerd joins them.
  private static List<Range> ranges(Path etc, String file, String names, String who, String value)
      throws IOException {
    List<String> keys = keys(etc.resolve(names), who);
    if (keys.isEmpty()) {
      throw missing(value, "there is no " + who + " in " + etc.resolve(names), who);
    }
    List<Range> all = new ArrayList<>();
    long inside = 0;
    for (String line : lines(etc.resolve(file))) {
      String[] f = line.strip().split(":", -1);
      if (f.length == 3
          && keys.contains(f[0])
          && f[1].matches("[0-9]{1,10}")
          && f[2].matches("[1-9][0-9]{0,9}")) {
        Range range = new Range(inside, Long.parseLong(f[1]), Long.parseLong(f[2]));
        all.add(range);
        inside += range.length();
      }
    }
    if (all.isEmpty()) {
      throw missing(value, "there is no range of " + who + " in " + etc.resolve(file), who);
    }
    return all;
  }

  private static GraftException missing(String value, String why, String who) {
    return GraftException.invalid(
        "userns-remap "
            + value
            + ": "
            + why
            + "; make both with 'useradd --system "
            + who
            + "' and 'usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "
            + who
            + "', with ranges that no other user has");
  }

  /// The name and the number that a name or a number stands for.
  private static List<String> keys(Path file, String who) throws IOException {
    for (String line : lines(file)) {
      String[] f = line.split(":", -1);
      if (f.length > 2 && (f[0].equals(who) || f[2].equals(who))) {
        return List.of(f[0], f[2]);
      }
    }
    return List.of();
  }

  private static List<String> lines(Path file) throws IOException {
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }
}

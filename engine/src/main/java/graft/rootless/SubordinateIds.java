package graft.rootless;

import graft.error.GraftException;
import java.util.ArrayList;
import java.util.List;

/// The ids that a user may give to users of their containers: their lines of `/etc/subuid` or
/// `/etc/subgid`. Source: subuid(5).
record SubordinateIds(List<Range> ranges) {
  record Range(long start, long count) {}

  SubordinateIds {
    ranges = List.copyOf(ranges);
  }

  /// Lines `NAME:START:COUNT` or `UID:START:COUNT`; what is no such line is skipped, as newuidmap
  /// does, which checks all of it again.
  static SubordinateIds parse(String text, String name, long user) {
    List<Range> found = new ArrayList<>();
    for (String line : text.lines().toList()) {
      String[] f = line.strip().split(":");
      boolean his = f.length == 3 && (f[0].equals(name) || f[0].equals(Long.toString(user)));
      if (his && f[1].matches("[0-9]{1,10}") && f[2].matches("[1-9][0-9]{0,9}")) {
        found.add(new Range(Long.parseLong(f[1]), Long.parseLong(f[2])));
      }
    }
    return new SubordinateIds(found);
  }

  /// What newuidmap and newgidmap are told: root inside is the user, the others follow from 1 on.
  List<String> arguments(long user) {
    List<String> all = new ArrayList<>(List.of("0", Long.toString(user), "1"));
    long next = 1;
    for (Range range : ranges) {
      all.add(Long.toString(next));
      all.add(Long.toString(range.start()));
      all.add(Long.toString(range.count()));
      next += range.count();
    }
    return all;
  }

  /// INVALID if there are none, saying how to get some.
  SubordinateIds orRefuse(String file, String name) {
    if (ranges.isEmpty()) {
      throw GraftException.invalid(
          "start a rootless engine: user "
              + name
              + " has no ids in "
              + file
              + " that containers' users could have; as root run 'usermod --add-subuids"
              + " 100000-165535 --add-subgids 100000-165535 "
              + name
              + "' (with other numbers if another user has these)");
    }
    return this;
  }
}

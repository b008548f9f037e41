package graft.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The ids that this process can speak of, and whom they are outside. Source: user_namespaces(7).
///
/// @param users what `/proc/self/uid_map` says
/// @param groups what `/proc/self/gid_map` says
public record UserNamespace(List<Range> users, List<Range> groups) {
  /// `count` ids from `inside` on, which are those from `outside` on in the namespace above.
  public record Range(long inside, long outside, long count) {}

  /// Every id there is, -1 excepted.
  private static final long ALL = 0xffffffffL;

  /// That of the first process of the machine.
  public static final UserNamespace INITIAL =
      new UserNamespace(List.of(new Range(0, 0, ALL)), List.of(new Range(0, 0, ALL)));

  private static final class Own {
    static final UserNamespace VALUE = read(Path.of("/proc/self"));
  }

  public UserNamespace {
    users = List.copyOf(users);
    groups = List.copyOf(groups);
  }

  /// Ours. A process of many threads cannot leave its user namespace, so it is read once.
  public static UserNamespace own() {
    return Own.VALUE;
  }

  static UserNamespace read(Path process) {
    try {
      return new UserNamespace(
          parse(Files.readString(process.resolve("uid_map"))),
          parse(Files.readString(process.resolve("gid_map"))));
    } catch (IOException e) {
      throw new UncheckedIOException("read the id maps of " + process, e);
    }
  }

  static List<Range> parse(String map) {
    List<Range> ranges = new ArrayList<>();
    for (String line : map.strip().split("\n")) {
      String[] words = line.strip().split("\\s+");
      if (words.length == 3) {
        ranges.add(
            new Range(
                Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2])));
      }
    }
    return ranges;
  }

  /// Whether this is the machine's own namespace, in which root is root.
  public boolean initial() {
    return equals(INITIAL);
  }

  /// What overlayfs calls its attributes: those of `trusted.` are for the initial namespace alone.
  public String overlayPrefix() {
    return initial() ? "trusted.overlay." : "user.overlay.";
  }

  /// How many groups there are from 0 on without a gap.
  public long contiguousGroups() {
    long end = 0;
    boolean grown = true;
    while (grown) {
      grown = false;
      for (Range range : groups) {
        if (range.inside() <= end && range.inside() + range.count() > end) {
          end = range.inside() + range.count();
          grown = true;
        }
      }
    }
    return end;
  }

  public boolean hasUser(long id) {
    return has(users, id);
  }

  public boolean hasGroup(long id) {
    return has(groups, id);
  }

  private static boolean has(List<Range> ranges, long id) {
    return ranges.stream().anyMatch(r -> id >= r.inside() && id - r.inside() < r.count());
  }

  /// Who that user is in the namespace above; the overflow id 65534 for one that does not exist.
  public long outside(long user) {
    return users.stream()
        .filter(r -> user >= r.inside() && user - r.inside() < r.count())
        .map(r -> r.outside() + user - r.inside())
        .findFirst()
        .orElse(65534L);
  }
}

package graft.linux;

import java.util.ArrayList;
import java.util.List;

/// Which ids of a user namespace are which of the host. Source: user_namespaces(7).
///
/// @param uids ranges, none of which overlaps another; empty with `gids`: every id is itself
public record IdMap(List<Range> uids, List<Range> gids) {
  /// `length` ids from `inside` on are those of the host from `outside` on.
  public record Range(long inside, long outside, long length) {}

  /// Every id is itself: what is not in a user namespace.
  public static final IdMap IDENTITY = new IdMap(List.of(), List.of());

  /// What the kernel shows of an id that has none in the namespace.
  private static final long NOBODY = 65534;

  public IdMap {
    uids = List.copyOf(uids);
    gids = List.copyOf(gids);
  }

  public boolean isIdentity() {
    return uids.isEmpty() && gids.isEmpty();
  }

  public long uidInside(long outside) {
    return inside(uids, outside);
  }

  public long gidInside(long outside) {
    return inside(gids, outside);
  }

  /// EOVERFLOW if the namespace has no such id, as the kernel says it.
  public long uidOutside(long inside) throws LinuxException {
    return outside(uids, inside);
  }

  public long gidOutside(long inside) throws LinuxException {
    return outside(gids, inside);
  }

  /// How many groups there are inside from 0 on without a gap.
  public long contiguousGroups() {
    long end = 0;
    for (Range r : gids) {
      if (r.inside() == end) {
        end += r.length();
      }
    }
    return isIdentity() ? 1L << 32 : end;
  }

  private static long inside(List<Range> ranges, long id) {
    if (ranges.isEmpty()) {
      return id;
    }
    for (Range r : ranges) {
      if (id >= r.outside() && id - r.outside() < r.length()) {
        return r.inside() + (id - r.outside());
      }
    }
    return NOBODY;
  }

  private static long outside(List<Range> ranges, long id) throws LinuxException {
    if (ranges.isEmpty()) {
      return id;
    }
    for (Range r : ranges) {
      if (id >= r.inside() && id - r.inside() < r.length()) {
        return r.outside() + (id - r.inside());
      }
    }
    throw new LinuxException(
        "give a file to the id " + id + ", which the ranges of userns-remap do not reach,",
        toText(ranges),
        Errno.EOVERFLOW);
  }

  /// For `/proc/PID/uid_map`.
  static String lines(List<Range> ranges) {
    StringBuilder text = new StringBuilder();
    for (Range r : ranges) {
      text.append(r.inside()).append(' ').append(r.outside()).append(' ').append(r.length());
      text.append('\n');
    }
    return text.toString();
  }

  /// `inside:outside:length`, joined by commas; uids and gids by `/`.
  @Override
  public String toString() {
    return toText(uids) + "/" + toText(gids);
  }

  private static String toText(List<Range> ranges) {
    List<String> all = new ArrayList<>();
    for (Range r : ranges) {
      all.add(r.inside() + ":" + r.outside() + ":" + r.length());
    }
    return String.join(",", all);
  }

  /// What [#toString] gives; IllegalArgumentException for anything else.
  public static IdMap parse(String text) {
    String[] both = text.split("/", -1);
    if (both.length != 2) {
      throw new IllegalArgumentException(text);
    }
    return new IdMap(ranges(both[0]), ranges(both[1]));
  }

  private static List<Range> ranges(String text) {
    List<Range> all = new ArrayList<>();
    for (String one : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      String[] n = one.split(":", -1);
      if (n.length != 3) {
        throw new IllegalArgumentException(text);
      }
      all.add(new Range(Long.parseLong(n[0]), Long.parseLong(n[1]), Long.parseLong(n[2])));
    }
    return all;
  }
}

package graft.facts;

import java.util.Deque;
import java.util.Optional;

/// Files as a container sees them, by path.
public interface Union {
  /// As Linux follows at most, path_resolution(7).
  int MOST_LINKS = 40;

  /// As Linux takes at most. A target of a link may be a stranger's.
  int LONGEST_PATH = 4096;

  /// What is at this very path; no link is followed.
  Optional<Entry> find(String path);

  /// The path without links of what a path leads to; empty where it leads nowhere, in circles, or
  /// through what is no directory. `..` ends at the root, and so do absolute links.
  ///
  /// @param path may have a slash before it, `.` and `..` elements
  default Optional<String> resolve(String path) {
    return walk(path, true).filter(real -> real.isEmpty() || find(real).isPresent());
  }

  /// As [#resolve], but only up to the directory: of the last element there may be anything or
  /// nothing, and if it is a link it is not followed. So this is where a program would create or
  /// remove the path.
  default Optional<String> resolveParent(String path) {
    return walk(path, false);
  }

  private Optional<String> walk(String path, boolean last) {
    Deque<String> left = Paths.names(path);
    String at = "";
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.remove();
      if (name.equals("..")) {
        at = Paths.parent(at);
        continue;
      }
      String next = Paths.child(at, name);
      Optional<Entry> there = find(next);
      if (left.isEmpty() && (!last || there.isEmpty())) {
        return Optional.of(next);
      }
      if (there.isEmpty()) {
        return Optional.empty();
      }
      switch (there.get()) {
        case Entry.Directory _ -> at = next;
        case Entry.Link link -> {
          int length = link.target().length();
          if (++links > MOST_LINKS || length == 0 || length > LONGEST_PATH) {
            return Optional.empty();
          }
          if (link.target().startsWith("/")) {
            at = "";
          }
          for (String one : Paths.names(link.target()).reversed()) {
            left.addFirst(one);
          }
        }
        case Entry.File _, Entry.Special _, Entry.Whiteout _ -> {
          if (!left.isEmpty()) {
            return Optional.empty();
          }
          at = next;
        }
      }
    }
    return Optional.of(at);
  }
}

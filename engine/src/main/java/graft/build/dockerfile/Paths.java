package graft.build.dockerfile;

import java.util.ArrayList;
import java.util.List;

/// Paths with `/` as texts, as Go's `path` treats them.
final class Paths {
  private Paths() {}

  /// The shortest path of the same meaning; `.` for nothing.
  static String clean(String path) {
    boolean absolute = path.startsWith("/");
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/", -1)) {
      if (part.equals("..") && !parts.isEmpty() && !parts.getLast().equals("..")) {
        parts.removeLast();
      } else if (!part.isEmpty() && !part.equals(".") && !(part.equals("..") && absolute)) {
        parts.add(part);
      }
    }
    String joined = String.join("/", parts);
    if (absolute) {
      return "/" + joined;
    }
    return joined.isEmpty() ? "." : joined;
  }

  /// The last element; `.` for nothing.
  static String base(String path) {
    if (path.isEmpty()) {
      return ".";
    }
    int end = path.length();
    while (end > 0 && path.charAt(end - 1) == '/') {
      end--;
    }
    return end == 0 ? "/" : path.substring(path.lastIndexOf('/', end - 1) + 1, end);
  }
}

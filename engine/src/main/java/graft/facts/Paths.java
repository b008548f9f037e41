package graft.facts;

import java.util.ArrayDeque;
import java.util.Deque;

/// Clean relative paths as text: `usr/bin/x`, and the empty one for the root.
final class Paths {
  private Paths() {}

  static void requireClean(String path) {
    if (path.isEmpty()) {
      throw new IllegalArgumentException("the root is no entry of a layer");
    }
    int from = 0;
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', from)) {
      requireName(path, from, slash);
      from = slash + 1;
    }
    requireName(path, from, path.length());
    if (path.indexOf('\0') >= 0) {
      throw notClean(path);
    }
  }

  private static void requireName(String path, int from, int to) {
    boolean dots =
        to - from == 1 && path.charAt(from) == '.' || to - from == 2 && path.startsWith("..", from);
    if (from == to || dots) {
      throw notClean(path);
    }
  }

  private static IllegalArgumentException notClean(String path) {
    return new IllegalArgumentException("\"" + path + "\" is no clean relative path");
  }

  static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  static String child(String directory, String name) {
    return directory.isEmpty() ? name : directory + "/" + name;
  }

  /// The names a path goes through, without empty ones and dots; `..` is left in.
  static Deque<String> names(String path) {
    Deque<String> names = new ArrayDeque<>();
    for (String name : path.split("/", -1)) {
      if (!name.isEmpty() && !name.equals(".")) {
        names.add(name);
      }
    }
    return names;
  }
}

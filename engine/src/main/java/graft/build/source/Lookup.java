package graft.build.source;

import graft.error.GraftException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;

/// Where a path leads, links followed, but never out of the root that it is in.
public interface Lookup {
  /// As the kernel's own limit of a walk, and then some.
  int MOST_LINKS = 255;

  /// The attributes of the name itself. The directories of the path are no links.
  Optional<FileSource.Node> stat(String path) throws IOException;

  /// The place without links, `.` and `..`. What is not there is taken for what it says.
  ///
  /// @param last whether the last element is followed, too
  static String resolve(Lookup files, String path, boolean last) throws IOException {
    Deque<String> left = new ArrayDeque<>(Arrays.asList(path.split("/")));
    Deque<String> done = new ArrayDeque<>();
    int links = 0;
    while (!left.isEmpty()) {
      String element = left.removeFirst();
      if (element.isEmpty() || element.equals(".")) {
        continue;
      }
      if (element.equals("..")) {
        done.pollLast();
        continue;
      }
      done.addLast(element);
      boolean inner = left.stream().anyMatch(e -> !e.isEmpty() && !e.equals("."));
      if (!inner && !last) {
        continue;
      }
      Optional<FileSource.Node> node = files.stat(String.join("/", done));
      if (node.isEmpty() || node.get().kind() != FileSource.Kind.SYMLINK) {
        continue;
      }
      if (++links > MOST_LINKS) {
        throw GraftException.invalid("too many links in path " + path);
      }
      done.removeLast();
      String target = node.get().link();
      if (target.startsWith("/")) {
        done.clear();
      }
      Arrays.asList(target.split("/")).reversed().forEach(left::addFirst);
    }
    return String.join("/", done);
  }
}

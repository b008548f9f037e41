package graft.rebase;

import graft.facts.Entry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// An image's own layers over a base: a root that is never put together, because fifty images share
/// the base, which is large, and each look-up needs a few of its paths.
final class View {
  private static final int MOST_LINKS = 40;
  private static final int LONGEST_PATH = 4096;

  private final Base base;
  private final Own own;
  private final Map<String, Optional<String>> resolved = new HashMap<>();

  View(Base base, Own own) {
    this.base = base;
    this.own = own;
  }

  Base base() {
    return base;
  }

  Own own() {
    return own;
  }

  Optional<Entry> find(String path) {
    Optional<Entry> mine = own.find(path);
    if (mine.isPresent()) {
      return mine.filter(e -> !(e instanceof Entry.Whiteout));
    }
    return own.hides(path) ? Optional.empty() : base.root().find(path);
  }

  boolean isOwn(String path) {
    return own.find(path).isPresent();
  }

  /// The path without links of what a path leads to: see [graft.facts.Root#resolve].
  Optional<String> resolve(String path) {
    return resolved.computeIfAbsent(path, this::walk);
  }

  private Optional<String> walk(String path) {
    Deque<String> left = new ArrayDeque<>();
    push(left, path);
    String at = "";
    int links = 0;
    while (!left.isEmpty()) {
      String name = left.remove();
      if (name.equals("..")) {
        at = at.substring(0, Math.max(0, at.lastIndexOf('/')));
        continue;
      }
      String next = at.isEmpty() ? name : at + "/" + name;
      Optional<Entry> there = find(next);
      if (there.isEmpty()) {
        return Optional.empty();
      }
      switch (there.get()) {
        case Entry.Directory _ -> at = next;
        case Entry.Link link -> {
          if (++links > MOST_LINKS || link.target().length() > LONGEST_PATH) {
            return Optional.empty();
          }
          at = link.target().startsWith("/") ? "" : at;
          push(left, link.target());
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

  private static void push(Deque<String> left, String path) {
    String[] names = path.split("/");
    for (int i = names.length - 1; i >= 0; i--) {
      if (!names[i].isEmpty() && !names[i].equals(".")) {
        left.addFirst(names[i]);
      }
    }
  }
}

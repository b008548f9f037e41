package graft.rebase;

import graft.facts.Entry;
import graft.facts.Union;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// An image's own layers over a base: a root that is never put together, because fifty images share
/// the base, which is large, and each look-up needs a few of its paths.
final class View implements Union {
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

  @Override
  public Optional<Entry> find(String path) {
    Optional<Entry> mine = own.find(path);
    if (mine.isPresent()) {
      return mine.filter(e -> !(e instanceof Entry.Whiteout));
    }
    return own.hides(path) ? Optional.empty() : base.root().find(path);
  }

  boolean isOwn(String path) {
    return own.find(path).isPresent();
  }

  @Override
  public Optional<String> resolve(String path) {
    return resolved.computeIfAbsent(path, Union.super::resolve);
  }
}

package graft.rebase;

import graft.facts.Entry;

/// Whether two layers have the same at a path.
final class Entries {
  private Entries() {}

  /// To whoever looks at it: that a directory hides what is below is not seen in itself.
  static boolean same(Entry a, Entry b) {
    return visible(a).equals(visible(b));
  }

  private static Entry visible(Entry e) {
    return e instanceof Entry.Directory d && d.opaque()
        ? new Entry.Directory(d.mode(), d.uid(), d.gid(), d.xattrs(), false)
        : e;
  }

  static boolean sameKind(Entry a, Entry b) {
    return a.getClass().equals(b.getClass());
  }

  /// Whether the bytes of two files are the same, whoever owns them.
  static boolean sameContent(Entry a, Entry b) {
    return a instanceof Entry.File x
        && b instanceof Entry.File y
        && x.content().equals(y.content());
  }
}

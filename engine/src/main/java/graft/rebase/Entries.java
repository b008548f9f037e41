package graft.rebase;

import graft.facts.Entry;
import graft.oci.Digest;
import graft.rebase.Patch.Put;
import java.util.Optional;

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

  /// Whether what is there is what a patch would put there.
  static boolean is(Optional<Entry> there, Put put) {
    return switch (put) {
      case Put.Nothing _ -> there.isEmpty();
      case Put.Directory d ->
          there.orElse(null) instanceof Entry.Directory x
              && d.equals(new Put.Directory(x.mode(), x.uid(), x.gid(), x.xattrs()));
      case Put.Link l ->
          there.orElse(null) instanceof Entry.Link x
              && l.equals(new Put.Link(x.uid(), x.gid(), x.target()));
      case Put.File f ->
          there.orElse(null) instanceof Entry.File x
              && x.mode() == f.mode()
              && x.uid() == f.uid()
              && x.gid() == f.gid()
              && x.xattrs().equals(f.xattrs())
              && x.content().equals(Digest.of(f.content()));
    };
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

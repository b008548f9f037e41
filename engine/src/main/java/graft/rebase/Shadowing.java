package graft.rebase;

import graft.facts.Entry;
import graft.layer.TarEntry.Name;
import graft.rebase.Base.Change;
import graft.rebase.Merger.Merging;
import graft.rebase.Own.Placed;
import graft.rebase.Patch.Put;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/// C1, C2, C3 and C9: what the image's own layers hide of the new base. Each such path gets what a
/// three-way merge makes of it, if one can be made: then the patch has it.
final class Shadowing {
  /// Of a file that the image has copied without changing it, so that the new one has to be laid
  /// over it.
  private static final long MOST_COPIED = 1 << 20;

  private final Case c;
  private final List<Reason> reasons = new ArrayList<>();
  private final NavigableMap<String, Put> patch = new TreeMap<>();
  private final List<String> merged = new ArrayList<>();
  private final Regenerating regenerating;

  private Shadowing(Case c, Optional<String> asTheyAre) {
    this.c = c;
    this.regenerating = new Regenerating(c, asTheyAre);
  }

  /// @param merged the paths whose records were merged
  /// @param regenerations to be done with the patch laid over the layers
  record Result(
      List<Reason> reasons, Patch patch, List<String> merged, List<Regeneration> regenerations) {
    static final Result NOTHING = new Result(List.of(), Patch.NOTHING, List.of(), List.of());
  }

  /// @param asTheyAre why no program makes files anew; empty if they do
  static Result of(Case c, Optional<String> asTheyAre) {
    Shadowing all = new Shadowing(c, asTheyAre);
    c.own().entries().forEach(all::look);
    all.reasons.addAll(all.regenerating.lookAtBase());
    return new Result(all.reasons, new Patch(all.patch), all.merged, all.regenerating.all());
  }

  private void look(String path, Placed placed) {
    Entry own = placed.entry();
    if (own instanceof Entry.Whiteout || own instanceof Entry.Directory d && d.opaque()) {
      hidden(path, placed);
    }
    Optional<Change> change = c.move().change(path);
    if (change.isPresent()) {
      changed(path, placed, change.get());
    }
    if (own instanceof Entry.File) {
      regenerating.look(path, placed.layer()).ifPresent(reasons::add);
    }
  }

  /// C2: what is below a path that hides what the base has there.
  private void hidden(String path, Placed placed) {
    Own.below(c.move().changes(), path)
        .forEach((below, change) -> {
          if (change.now().isPresent()
              && c.own().find(below).isEmpty()
              && !(change.now().get() instanceof Entry.Directory)
              && !Treatments.of(below).keepsOwn()) {
            reasons.add(new Reason.Removed(placed.layer(), path, below));
          }
        });
  }

  private void changed(String path, Placed placed, Change change) {
    Entry own = placed.entry();
    Optional<Entry> now = change.now();
    int layer = placed.layer();
    if (own instanceof Entry.Whiteout) {
      if (now.isPresent()
          && !(now.get() instanceof Entry.Directory)
          && !Treatments.of(path).keepsOwn()) {
        reasons.add(new Reason.Removed(layer, path, path));
      }
      return;
    }
    if (now.isPresent() && Entries.same(own, now.get())) {
      return;
    }
    if (own instanceof Entry.Directory mine) {
      directory(path, layer, mine, change);
      return;
    }
    switch (Treatments.of(path)) {
      case Treatment.Keep _ -> {}
      case Treatment.Drop _ -> patch.put(path, new Put.Nothing());
      case Treatment.Merge m -> merge(path, placed, change, m.merger());
      case Treatment.Opaque o -> {
        if (!copied(path, placed, change)) {
          reasons.add(new Reason.OpaqueDatabase(layer, path, o.what()));
        }
      }
      case Treatment.Derived _ -> {}
      case Treatment.Unknown _ -> {
        if (!copied(path, placed, change)) {
          reasons.add(new Reason.Shadowed(layer, path));
        }
      }
    }
  }

  /// C3, and modes of directories.
  private void directory(String path, int layer, Entry.Directory own, Change change) {
    if (change.now().isEmpty()) {
      // The image has files in a directory that the base has no more: it is the image's alone.
      return;
    }
    if (!(change.now().get() instanceof Entry.Directory now)) {
      reasons.add(new Reason.Ancestor(layer, path, kind(change.now().get())));
      return;
    }
    if (change.old().isPresent() && Entries.same(own, change.old().get())) {
      patch.put(path, new Put.Directory(now.mode(), now.uid(), now.gid(), now.xattrs()));
    } else {
      reasons.add(new Reason.Shadowed(layer, path));
    }
  }

  private static String kind(Entry entry) {
    return switch (entry) {
      case Entry.Link link -> "a link to " + link.target();
      case Entry.File _ -> "a file";
      case Entry.Directory _ -> "a directory";
      case Entry.Special _ -> "a device";
      case Entry.Whiteout _ -> "nothing";
    };
  }

  /// A file that the image has as the old base had it, be it that only its owner or mode is
  /// another: the new base's is meant.
  private boolean copied(String path, Placed placed, Change change) {
    Entry own = placed.entry();
    if (change.old().isEmpty()) {
      return false;
    }
    Entry old = change.old().get();
    if (change.now().isEmpty()) {
      if (Entries.same(own, old)) {
        patch.put(path, new Put.Nothing());
        return true;
      }
      return false;
    }
    Entry now = change.now().get();
    if (now instanceof Entry.Link link && Entries.same(own, old)) {
      patch.put(path, new Put.Link(link.uid(), link.gid(), link.target()));
      return true;
    }
    if (!Entries.sameContent(own, old)
        || !(now instanceof Entry.File file)
        || !(own instanceof Entry.File mine)
        || !(old instanceof Entry.File before)) {
      return false;
    }
    Optional<Attributes> attributes = Attributes.merge(before, mine, file);
    if (attributes.isEmpty()) {
      return false;
    }
    if (file.size() > MOST_COPIED) {
      reasons.add(new Reason.TooLarge(placed.layer(), path, file.size()));
      return true;
    }
    c.move()
        .texts()
        .base(c.move().now(), path)
        .ifPresent(content -> patch.put(path, attributes.get().file(content)));
    return true;
  }

  private void merge(String path, Placed placed, Change change, Merger merger) {
    int layer = placed.layer();
    for (Optional<Entry> side : List.of(change.old(), change.now(), Optional.of(placed.entry()))) {
      if (side.isPresent() && !(side.get() instanceof Entry.File)) {
        reasons.add(new Reason.Shadowed(layer, path));
        return;
      }
      if (side.isPresent() && ((Entry.File) side.get()).size() > Texts.LARGEST) {
        reasons.add(new Reason.TooLarge(layer, path, ((Entry.File) side.get()).size()));
        return;
      }
    }
    Texts texts = c.move().texts();
    Optional<byte[]> own = texts.own(c.own(), path);
    Merging result =
        merger.merge(texts.base(c.move().old(), path), own, texts.base(c.move().now(), path));
    Entry.File mine = (Entry.File) placed.entry();
    Optional<Attributes> attributes =
        Attributes.merge(
            change.old().map(e -> (Entry.File) e).orElse(mine),
            mine,
            change.now().map(e -> (Entry.File) e).orElse(mine));
    switch (result) {
      case Merging.Clash clash -> reasons.add(new Reason.Clash(layer, path, clash.keys()));
      case Merging.Merged m -> {
        merged.add(path);
        if (attributes.isEmpty()) {
          reasons.add(new Reason.Shadowed(layer, path));
        } else if (m.content().isEmpty()) {
          patch.put(path, new Put.Nothing());
        } else if (!Arrays.equals(m.content().get(), own.orElse(null))
            || !attributes.get().equals(Attributes.of(mine))) {
          patch.put(path, attributes.get().file(m.content().get()));
        }
      }
    }
  }

  /// Who may do what with a file.
  private record Attributes(int mode, long uid, long gid, Map<String, Name> xattrs) {
    static Attributes of(Entry.File f) {
      return new Attributes(f.mode(), f.uid(), f.gid(), f.xattrs());
    }

    static Optional<Attributes> merge(Entry.File old, Entry.File own, Entry.File now) {
      Attributes x = of(old);
      Attributes y = of(own);
      Attributes z = of(now);
      return x.equals(y)
          ? Optional.of(z)
          : x.equals(z) || y.equals(z) ? Optional.of(y) : Optional.empty();
    }

    Put file(byte[] content) {
      return new Put.File(mode, uid, gid, xattrs, content);
    }
  }
}

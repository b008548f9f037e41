package graft.rebase;

import graft.facts.Root;
import graft.layer.TarEntry.Name;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What has to be written over an image's own layers once they are on the new base: the contents of
/// one small layer on top.
///
/// @param files by path
public record Patch(NavigableMap<String, Put> files) {
  public static final Patch NOTHING = new Patch(new TreeMap<>());

  public Patch {
    files = Collections.unmodifiableNavigableMap(new TreeMap<>(files));
  }

  /// This one with another laid over it.
  public Patch with(Patch over) {
    TreeMap<String, Put> all = new TreeMap<>(files);
    all.putAll(over.files);
    return new Patch(all);
  }

  /// This one without what is there already.
  public Patch apartFrom(Root below) {
    TreeMap<String, Put> all = new TreeMap<>(files);
    all.entrySet().removeIf(e -> Entries.is(below.find(e.getKey()), e.getValue()));
    return new Patch(all);
  }

  public boolean isEmpty() {
    return files.isEmpty();
  }

  /// Of all contents, in bytes.
  public long size() {
    return files.values().stream()
        .mapToLong(p -> p instanceof Put.File f ? f.content().length : 0)
        .sum();
  }

  /// What comes to a path. Modes are permissions with set-id and sticky.
  public sealed interface Put {
    /// @param content not to be changed
    record File(int mode, long uid, long gid, Map<String, Name> xattrs, byte[] content)
        implements Put {
      public File {
        xattrs = Map.copyOf(xattrs);
      }

      @Override
      public boolean equals(Object other) {
        return other instanceof File f
            && mode == f.mode
            && uid == f.uid
            && gid == f.gid
            && xattrs.equals(f.xattrs)
            && Arrays.equals(content, f.content);
      }

      @Override
      public int hashCode() {
        return Arrays.hashCode(content);
      }
    }

    /// What is in it stays.
    record Directory(int mode, long uid, long gid, Map<String, Name> xattrs) implements Put {
      public Directory {
        xattrs = Map.copyOf(xattrs);
      }
    }

    record Link(long uid, long gid, String target) implements Put {}

    /// A whiteout.
    record Nothing() implements Put {}
  }
}

package graft.build.source;

import graft.oci.Digest;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The files of a build context as they were when they were sent: a value. What is in regular files
/// lies in a [FileStore] under its digest.
///
/// @param entries by path, without leading slash, parents before what is in them; the root itself
///   is not listed
public record FileTree(SortedMap<String, Entry> entries) {
  public static final FileTree EMPTY = new FileTree(Collections.emptySortedMap());

  public FileTree {
    entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
  }

  /// @param mode permissions with set-user-id, set-group-id and sticky bits
  /// @param xattrs by name; never `null`, mostly empty
  public record Attributes(
      int mode, int uid, int gid, Instant modified, Map<String, byte[]> xattrs) {
    public Attributes {
      xattrs = Map.copyOf(xattrs);
    }
  }

  public sealed interface Entry {
    Attributes attributes();
  }

  public record Directory(Attributes attributes) implements Entry {}

  /// A regular file. Links to one are files of the same content.
  public record File(Attributes attributes, long size, Digest content) implements Entry {}

  public record Symlink(Attributes attributes, String target) implements Entry {}
}

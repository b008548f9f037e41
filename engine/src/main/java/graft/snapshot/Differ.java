package graft.snapshot;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/// The way from a writable layer back to a change set. The upper of an overlay *is* the difference
/// (index, metacopy and redirect_dir are off), so nothing is compared, only read: character devices
/// 0:0 become `.wh.NAME`, opaque directories that hide something `.wh..wh..opq`, overlayfs' own
/// attributes are left out, and copies that differ in nothing but the copy-up are told from real
/// changes for [#changes].
public interface Differ {
  enum Kind {
    MODIFIED,
    ADDED,
    DELETED
  }

  record Change(String path, Kind kind) {}

  /// Writes the upper of this key as a layer tar: sorted by path, PAX where needed, the same bytes
  /// for the same tree.
  void writeTar(String key, OutputStream out) throws IOException;

  /// What `docker diff` shows, sorted by path; parents of a change are there as MODIFIED.
  List<Change> changes(String key) throws IOException;

  /// Writes the whole merged file system, for `docker export`.
  void exportTar(String key, OutputStream out) throws IOException;
}

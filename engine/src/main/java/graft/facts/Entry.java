package graft.facts;

import graft.layer.TarEntry.Name;
import graft.oci.Digest;
import java.util.Map;

/// What a layer has at a path.
///
/// `mode` is the permissions with set-id and sticky, 07777; `xattrs` are by full name
/// (`security.capability`), without those of overlayfs.
public sealed interface Entry {
  /// @param size in bytes
  /// @param content sha256 of its bytes
  record File(int mode, long uid, long gid, long size, Digest content, Map<String, Name> xattrs)
      implements Entry {
    public File {
      xattrs = Map.copyOf(xattrs);
    }
  }

  /// @param opaque hides everything that layers below have at and under its path
  record Directory(int mode, long uid, long gid, Map<String, Name> xattrs, boolean opaque)
      implements Entry {
    public Directory {
      xattrs = Map.copyOf(xattrs);
    }
  }

  /// A symbolic link.
  ///
  /// @param target as it stands; see [FileNames]
  record Link(long uid, long gid, String target) implements Entry {}

  record Special(Type type, int mode, long uid, long gid, int major, int minor) implements Entry {
    public enum Type {
      CHAR,
      BLOCK,
      FIFO
    }
  }

  /// Hides what layers below have at and under its path.
  record Whiteout() implements Entry {}
}

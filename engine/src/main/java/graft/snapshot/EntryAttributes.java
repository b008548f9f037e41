package graft.snapshot;

import graft.error.GraftException;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.IdMap;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.UserNamespace;
import graft.linux.Xattrs;
import java.io.IOException;
import java.util.Map;

/// Gives files the owner, the mode and the extended attributes that their tar entries have.
///
/// @param ids whose the files become, by the ids inside that the entries have
record EntryAttributes(IdMap ids) {
  /// Of a file that is open for writing and has this name in a directory.
  void set(Fd file, int dir, Name name, TarEntry entry) throws IOException {
    try {
      LinuxFiles.chown(file, uid(entry), gid(entry));
    } catch (LinuxException e) {
      throw unmapped(entry, e);
    }
    // After chown, which clears the set-id bits.
    LinuxFiles.chmod(file, entry.mode());
    xattrs(dir, name, entry);
  }

  /// Of what has this name in a directory, and is no link to follow.
  void set(int dir, Name name, TarEntry entry) throws IOException {
    try {
      LinuxFiles.chownat(dir, name.bytes(), uid(entry), gid(entry));
    } catch (LinuxException e) {
      throw unmapped(entry, e);
    }
    if (entry.type() != TarEntry.Type.SYMLINK) {
      LinuxFiles.chmodat(dir, name.bytes(), entry.mode());
    }
    xattrs(dir, name, entry);
  }

  private static void xattrs(int dir, Name name, TarEntry entry) throws IOException {
    for (Map.Entry<String, Name> x : entry.xattrs().entrySet()) {
      String key = x.getKey();
      // What overlayfs keeps for itself would change what other files mean.
      if (key.startsWith("trusted.overlay.") || key.startsWith("user.overlay.")) {
        throw GraftException.corrupt(
            "the layer sets " + key + " on " + entry.path() + ", which belongs to overlayfs");
      }
      try {
        Xattrs.set(dir, name.bytes(), key, x.getValue().bytes());
      } catch (LinuxException e) {
        // The file system has no such attributes (user.* on a link, or none at all): as tar does.
        if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.EPERM) {
          throw e;
        }
      }
    }
  }

  /// What no entry named belongs to the root of those ids.
  void giveToRoot(int dir, Name name) throws IOException {
    if (!ids.isIdentity()) {
      LinuxFiles.chownat(dir, name.bytes(), id(ids.uidOutside(0)), id(ids.gidOutside(0)));
    }
  }

  private int uid(TarEntry entry) throws IOException {
    return id(ids.uidOutside(entry.uid()));
  }

  private int gid(TarEntry entry) throws IOException {
    return id(ids.gidOutside(entry.gid()));
  }

  /// Ids beyond 32 bits cannot be had; the kernel reserves -1 for "leave it".
  private static int id(long id) {
    if (id < 0 || id >= 0xffffffffL) {
      throw GraftException.corrupt("the tar has an owner with the impossible id " + id);
    }
    return (int) id;
  }

  /// In a user namespace there are fewer ids, and an owner beyond them cannot be kept.
  private static IOException unmapped(TarEntry entry, LinuxException e) {
    UserNamespace here = UserNamespace.own();
    if (here.hasUser(entry.uid()) && here.hasGroup(entry.gid())) {
      return e;
    }
    throw new GraftException(
        GraftException.Kind.INVALID,
        "cannot unpack "
            + entry.path()
            + ": it belongs to user "
            + entry.uid()
            + " and group "
            + entry.gid()
            + ", and this rootless engine has no such ids: give its user more of them in /etc/subuid"
            + " and /etc/subgid, and start it anew when none of its containers runs",
        e);
  }
}

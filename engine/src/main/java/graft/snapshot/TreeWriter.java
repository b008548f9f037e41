package graft.snapshot;

import graft.error.GraftException;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarReader;
import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.IdMap;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.LinuxFiles.Stat;
import graft.linux.UserNamespace;
import graft.linux.Xattrs;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Makes the files of a layer below one directory, from tar entries, in overlayfs form.
///
/// **Nothing is ever written outside.** Each entry's parent is opened from the root of the layer
/// with openat2 (RESOLVE_IN_ROOT, Linux 5.6): a symbolic link that the archive itself brought
/// leads, as it would in the container, somewhere below that root and nowhere else. The last
/// element is made with calls that do not follow links.
///
/// The directory that was used last stays open, since the entries of a directory mostly follow each
/// other: three or four calls a file, none of which walks a path.
final class TreeWriter implements Closeable {
  private static final long INSIDE = LinuxFiles.RESOLVE_IN_ROOT | LinuxFiles.RESOLVE_NO_MAGICLINKS;
  private static final long MAX_REMEMBERED = 64L << 20;

  /// About what a name costs on the heap besides its bytes.
  private static final int OVERHEAD = 128;

  private static final Name DOT = Name.of(".");

  /// What becomes of what a later entry replaces.
  interface Fate extends Closeable {
    /// A file was made, and its payload comes next.
    void written(Fd file) throws IOException;

    /// Takes a name away, with everything below it.
    void replace(int dir, byte[] name) throws IOException;

    Fate DELETION =
        new Fate() {
          @Override
          public void written(Fd file) {}

          @Override
          public void replace(int dir, byte[] name) throws IOException {
            Trees.delete(dir, name);
          }

          @Override
          public void close() {}
        };
  }

  private record Times(long seconds, int nanos) {}

  private final Fd root;
  private final Fate fate;
  private final Form form;
  private final Kinds kinds;
  private final EntryAttributes attributes;
  private final PayloadCopy payload = new PayloadCopy();

  /// Modification times of directories, set when everything in them is there.
  private final Map<Name, Times> directoryTimes = new LinkedHashMap<>();

  private final Set<Name> implicit = new LinkedHashSet<>();
  private long remembered;
  private Name openName = DOT;
  private Fd open;
  private long bytes;
  private int entries;

  /// Whether an entry may take the place of something of another kind.
  enum Kinds {
    ANY,
    /// No file in the place of a directory, no directory in the place of a file.
    KEEP
  }

  private enum Form {
    /// A layer: `.wh.` names are marks.
    OVERLAY,
    PLAIN
  }

  /// For a layer.
  static TreeWriter ofLayer(Fd root, Fate fate) throws IOException {
    return new TreeWriter(root, fate, Form.OVERLAY, Kinds.ANY, IdMap.IDENTITY);
  }

  /// For plain files in a directory that has some already.
  ///
  /// @param ids whose the files become, by the ids inside that the entries have
  static TreeWriter into(Fd root, Kinds kinds, IdMap ids) throws IOException {
    return new TreeWriter(root, Fate.DELETION, Form.PLAIN, kinds, ids);
  }

  private TreeWriter(Fd root, Fate fate, Form form, Kinds kinds, IdMap ids) throws IOException {
    this.attributes = new EntryAttributes(ids);
    this.root = root;
    this.fate = fate;
    this.form = form;
    this.kinds = kinds;
    this.open = LinuxFiles.openat(root.number(), DOT.bytes(), LinuxFiles.O_DIRECTORY, 0);
  }

  /// Sum of the sizes of regular files.
  long bytes() {
    return bytes;
  }

  int entries() {
    return entries;
  }

  /// Directories that no entry named, as the layer's record keeps them.
  Set<Name> implicit() {
    return implicit;
  }

  void write(TarEntry entry, TarReader tar) throws IOException {
    entries++;
    if (entry.path().isEmpty()) {
      if (entry.type() == TarEntry.Type.DIRECTORY) {
        attributes.set(root.number(), DOT, entry);
        directoryTimes.put(DOT, times(entry));
      }
      return;
    }
    if (form == Form.OVERLAY && entry.isAufsNoise()) {
      return;
    }
    Fd parent = directory(entry.path().parent());
    if (form == Form.OVERLAY && entry.isOpaqueMark()) {
      Xattrs.set(parent.number(), DOT.bytes(), Xattrs.OPAQUE, new byte[] {'y'});
      return;
    }
    if (form == Form.OVERLAY && entry.isWhiteout()) {
      whiteout(parent, entry.whitedOut().last());
      return;
    }
    Name name = entry.path().last();
    switch (entry.type()) {
      case FILE -> file(parent, name, entry, tar);
      case DIRECTORY -> makeDirectory(parent, name, entry);
      case SYMLINK -> {
        make(
            parent,
            name,
            () -> LinuxFiles.symlinkat(entry.linkTarget().bytes(), parent.number(), name.bytes()));
        attributes.set(parent.number(), name, entry);
        setTime(parent.number(), name, times(entry));
      }
      case HARDLINK -> link(parent, name, entry);
      case CHAR -> node(parent, name, entry, Stat.CHAR);
      case BLOCK -> node(parent, name, entry, Stat.BLOCK);
      case FIFO -> node(parent, name, entry, Stat.FIFO);
    }
  }

  private static Times times(TarEntry entry) {
    return new Times(entry.mtime().getEpochSecond(), entry.mtime().getNano());
  }

  private interface Making {
    void run() throws IOException;
  }

  /// Makes something new at a name; what an earlier entry put there goes first.
  private void make(Fd parent, Name name, Making making) throws IOException {
    try {
      making.run();
    } catch (LinuxException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      if (kinds == Kinds.KEEP && LinuxFiles.stat(parent.number(), name.bytes()).isDirectory()) {
        throw GraftException.invalid(
            "cannot overwrite directory \"" + name + "\" with non-directory");
      }
      fate.replace(parent.number(), name.bytes());
      making.run();
    }
  }

  private void file(Fd parent, Name name, TarEntry entry, TarReader tar) throws IOException {
    int flags =
        LinuxFiles.O_WRONLY | LinuxFiles.O_CREAT | LinuxFiles.O_EXCL | LinuxFiles.O_NOFOLLOW;
    Fd[] opened = new Fd[1];
    make(
        parent,
        name,
        () -> opened[0] = LinuxFiles.openat(parent.number(), name.bytes(), flags, 0600));
    try (Fd file = opened[0]) {
      fate.written(file);
      payload.copy(tar, file);
      attributes.set(file, parent.number(), name, entry);
      Times t = times(entry);
      LinuxFiles.utimens(file, t.seconds(), t.nanos());
    }
    bytes += entry.size();
  }

  private void makeDirectory(Fd parent, Name name, TarEntry entry) throws IOException {
    try {
      LinuxFiles.mkdirat(parent.number(), name.bytes(), 0700);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      // A directory that is here stays, with what is in it; anything else makes way.
      if (!LinuxFiles.stat(parent.number(), name.bytes()).isDirectory()) {
        if (kinds == Kinds.KEEP) {
          throw GraftException.invalid(
              "cannot overwrite non-directory \"" + name + "\" with directory");
        }
        fate.replace(parent.number(), name.bytes());
        LinuxFiles.mkdirat(parent.number(), name.bytes(), 0700);
      }
    }
    attributes.set(parent.number(), name, entry);
    remember(entry.path());
    directoryTimes.put(entry.path(), times(entry));
    implicit.remove(entry.path());
  }

  private void node(Fd parent, Name name, TarEntry entry, int type) throws IOException {
    if (type != Stat.FIFO && !UserNamespace.own().initial()) {
      // Nobody can make devices in a user namespace. As dockerd does, the layer goes without: what
      // a container needs of them, it gets from the engine. The tar-split still has the entry.
      return;
    }
    make(
        parent,
        name,
        () ->
            LinuxFiles.mknodat(
                parent.number(),
                name.bytes(),
                type | entry.mode(),
                entry.deviceMajor(),
                entry.deviceMinor()));
    attributes.set(parent.number(), name, entry);
    setTime(parent.number(), name, times(entry));
  }

  private void whiteout(Fd parent, Name name) throws IOException {
    if (name.isEmpty() || name.equals(DOT) || name.equals(Name.of(".."))) {
      throw GraftException.corrupt("the layer has a whiteout of \"" + name + "\"");
    }
    make(parent, name, () -> LinuxFiles.mknodat(parent.number(), name.bytes(), Stat.CHAR, 0, 0));
  }

  private void link(Fd parent, Name name, TarEntry entry) throws IOException {
    Name target = entry.linkTarget();
    if (target.equals(entry.path())) {
      return;
    }
    try (Fd targetParent = walk(target.parent())) {
      make(
          parent,
          name,
          () ->
              LinuxFiles.linkat(
                  targetParent.number(), target.last().bytes(), parent.number(), name.bytes()));
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        throw GraftException.invalid(
            "the layer has a hard link "
                + entry.path()
                + " to "
                + target
                + ", which is not in the same layer");
      }
      if (e.errno() == Errno.EPERM) {
        throw GraftException.corrupt(
            "the layer has a hard link " + entry.path() + " to the directory " + target);
      }
      throw refused(target, e);
    }
  }

  private static void setTime(int dir, Name name, Times t) throws IOException {
    LinuxFiles.utimensat(dir, name.bytes(), t.seconds(), t.nanos());
  }

  // ---- directories

  /// The open directory of this path, made if it is not there.
  private Fd directory(Name path) throws IOException {
    Name wanted = path.isEmpty() ? DOT : path;
    if (wanted.equals(openName)) {
      return open;
    }
    Fd found;
    try {
      found = walk(path);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR) {
        throw refused(path, e);
      }
      found = makeImplicit(path);
    }
    open.close();
    open = found;
    openName = wanted;
    return open;
  }

  private Fd walk(Name path) throws LinuxException {
    byte[] where = path.isEmpty() ? DOT.bytes() : path.bytes();
    return LinuxFiles.openat2(root.number(), where, LinuxFiles.O_DIRECTORY, 0, INSIDE);
  }

  private static IOException refused(Name path, LinuxException e) {
    if (e.errno() == Errno.ELOOP) {
      throw GraftException.corrupt("the layer has a loop of symbolic links at " + path);
    }
    return e;
  }

  /// Makes a directory that the tar did not name, and those above it that are missing. It goes up
  /// to one that is there, then down again by descriptors: a path of thousands of elements is
  /// walked from the root only once.
  private Fd makeImplicit(Name path) throws IOException {
    Deque<Name> missing = new ArrayDeque<>();
    Name at = path;
    Fd parent = null;
    while (parent == null) {
      missing.push(at);
      at = at.parent();
      try {
        parent = walk(at);
      } catch (LinuxException e) {
        if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR) {
          throw refused(at, e);
        }
      }
    }
    while (!missing.isEmpty()) {
      Name next = missing.pop();
      try (Fd above = parent) {
        makeOneImplicit(above, next);
        parent =
            LinuxFiles.openat(
                above.number(),
                next.last().bytes(),
                LinuxFiles.O_DIRECTORY | LinuxFiles.O_NOFOLLOW,
                0);
      }
    }
    return parent;
  }

  private void makeOneImplicit(Fd parent, Name path) throws IOException {
    Name name = path.last();
    try {
      LinuxFiles.mkdirat(parent.number(), name.bytes(), 0755);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      if (LinuxFiles.stat(parent.number(), name.bytes()).type() == Stat.LINK) {
        throw GraftException.corrupt(
            "the layer writes through the symbolic link " + path + ", which leads nowhere");
      }
      fate.replace(parent.number(), name.bytes());
      LinuxFiles.mkdirat(parent.number(), name.bytes(), 0755);
    }
    // The process's own mask must not show.
    LinuxFiles.chmodat(parent.number(), name.bytes(), 0755);
    attributes.giveToRoot(parent.number(), name);
    remember(path);
    implicit.add(path);
  }

  /// Directories are kept in memory until the end. A tar of a few kilobytes may name millions of
  /// them, so their sum is bounded.
  private void remember(Name path) {
    remembered += path.length() + OVERHEAD;
    if (remembered > MAX_REMEMBERED) {
      throw GraftException.corrupt(
          "the tar has too many or too deep directories: their names take more than "
              + (MAX_REMEMBERED >> 20)
              + " MiB");
    }
  }

  /// Sets the times of directories, which every file made in them changed.
  void finish() throws IOException {
    List<Map.Entry<Name, Times>> all = new ArrayList<>(directoryTimes.entrySet());
    for (Map.Entry<Name, Times> d : all.reversed()) {
      Name path = d.getKey();
      if (path.equals(DOT)) {
        setTime(root.number(), DOT, d.getValue());
        continue;
      }
      try (Fd parent = walk(path.parent())) {
        if (LinuxFiles.stat(parent.number(), path.last().bytes()).isDirectory()) {
          setTime(parent.number(), path.last(), d.getValue());
        }
      } catch (LinuxException e) {
        // A later entry replaced the directory, or one above it.
        if (!e.isMissing()) {
          throw e;
        }
      }
    }
  }

  @Override
  public void close() {
    open.close();
    payload.close();
  }
}

package graft.snapshot;

import graft.layer.TarEntry.Name;
import graft.layer.TarSplit;
import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.LinuxFiles.Stat;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.LongSupplier;

/// Keeps the payload that a later entry of the same tar takes the name from, since the layer's tar
/// has to be made again with it.
///
/// Names do not tell what is lost: one entry may replace a whole directory, or the symbolic link by
/// which others were written. So the inode of each payload is noted as it is written (8 bytes a
/// file, on disk), and a file that would be deleted is moved aside, to a name made of its inode. In
/// the end, if anything was replaced at all, every path of the tar-split that does not lead to its
/// inode any more is exchanged for that name.
///
/// ```
/// inodes        of the payloads, in the tar's order; gone in the end
/// overwritten/  files moved aside; gone in the end
/// replaced/     those that the tar-split names
/// ```
final class Overwritten implements TreeWriter.Fate {
  static final String REPLACED = "replaced";

  private final Path place;
  private final Fd fs;
  private final Path inodes;
  private final DataOutputStream noted;
  private final Path aside;
  private final Fd asideDir;
  private LongSupplier payloads = () -> 0;
  private long payloadsNoted;
  private boolean any;
  private boolean gathered;

  Overwritten(Path place, Fd fs) throws IOException {
    this.place = place;
    this.fs = fs;
    this.aside = Files.createDirectory(place.resolve("overwritten"));
    this.asideDir = LinuxFiles.open(aside.toString(), LinuxFiles.O_DIRECTORY);
    this.inodes = place.resolve("inodes");
    this.noted = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(inodes)));
  }

  /// @param recorded how many payloads the tar-split leaves out so far
  void follow(LongSupplier recorded) {
    payloads = recorded;
  }

  @Override
  public void written(Fd file) throws IOException {
    long now = payloads.getAsLong();
    if (now > payloadsNoted) {
      payloadsNoted = now;
      noted.writeLong(LinuxFiles.stat(file.number(), new byte[0]).inode());
    }
  }

  @Override
  public void replace(int dir, byte[] name) throws IOException {
    any = true;
    Trees.delete(dir, name, this::moveAside);
  }

  private static byte[] nameOf(long inode) {
    return Long.toHexString(inode).getBytes(StandardCharsets.US_ASCII);
  }

  private void moveAside(int dir, byte[] name) throws IOException {
    Stat s = LinuxFiles.stat(dir, name);
    if (s.type() == Stat.FILE && s.size() > 0) {
      // Where a hard link of it is there already, rename does nothing, and this name is deleted.
      LinuxFiles.renameat(dir, name, asideDir.number(), nameOf(s.inode()));
    }
  }

  /// To be called when all is written, and the tar-split complete.
  void settle(Path split) throws IOException {
    noted.close();
    if (any) {
      Path old = place.resolve("tar-split.old");
      Files.move(split, old, StandardCopyOption.ATOMIC_MOVE);
      Path replaced = Files.createDirectory(place.resolve(REPLACED));
      try (InputStream in = Files.newInputStream(old);
          OutputStream out = new BufferedOutputStream(Files.newOutputStream(split));
          DataInputStream inode =
              new DataInputStream(new BufferedInputStream(Files.newInputStream(inodes)));
          Fd to = LinuxFiles.open(replaced.toString(), LinuxFiles.O_DIRECTORY)) {
        TarSplit.relocate(in, out, path -> leadsTo(path, inode.readLong(), to));
      }
      Files.delete(old);
    }
    Files.delete(inodes);
    Trees.delete(aside);
  }

  /// The path itself if it still leads to this payload.
  private TarSplit.Source leadsTo(Name path, long inode, Fd replaced) throws IOException {
    if (found(path, inode)) {
      return new TarSplit.Source.InLayer(path);
    }
    byte[] name = nameOf(inode);
    try {
      LinuxFiles.renameat(asideDir.number(), name, replaced.number(), name);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT || gathered) {
        throw e;
      }
      // It was not deleted: a link of the path leads elsewhere now. That is as rare as it is slow.
      gathered = true;
      gather(fs);
      LinuxFiles.renameat(asideDir.number(), name, replaced.number(), name);
    }
    return new TarSplit.Source.Replaced(Name.of(name));
  }

  private boolean found(Name path, long inode) throws LinuxException {
    try (Fd file =
        LinuxFiles.openat2(
            fs.number(),
            path.bytes(),
            LinuxFiles.O_PATH | LinuxFiles.O_NOFOLLOW,
            0,
            LinuxFiles.RESOLVE_IN_ROOT | LinuxFiles.RESOLVE_NO_MAGICLINKS)) {
      return LinuxFiles.stat(file.number(), new byte[0]).inode() == inode;
    } catch (LinuxException e) {
      if (e.isMissing()) {
        return false;
      }
      throw e;
    }
  }

  /// Gives all files of the layer a second name by inode.
  private void gather(Fd dir) throws IOException {
    for (byte[] name : LinuxFiles.list(dir)) {
      Stat s = LinuxFiles.stat(dir.number(), name);
      if (s.isDirectory()) {
        try (Fd below =
            LinuxFiles.openat(
                dir.number(), name, LinuxFiles.O_DIRECTORY | LinuxFiles.O_NOFOLLOW, 0)) {
          gather(below);
        }
      } else if (s.type() == Stat.FILE && s.size() > 0) {
        try {
          LinuxFiles.linkat(dir.number(), name, asideDir.number(), nameOf(s.inode()));
        } catch (LinuxException e) {
          if (e.errno() != Errno.EEXIST) {
            throw e;
          }
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (asideDir) {
      noted.close();
    }
  }
}

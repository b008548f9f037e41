package graft.snapshot;

import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.LinuxFiles.Stat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/// What every container finds in its file system though no image brought it: the places that the
/// runtime mounts over, and /.dockerenv, for which programs test. It is a directory of its own
/// between the writable layer and the image, so that it appears in no diff and no commit.
///
/// It has only what the image lacks, and repeats the attributes of the image's /etc and /dev, since
/// overlayfs shows those of the topmost. Where something is to be mounted, or is on the way there,
/// and the image has a symbolic link or another thing that is not what it should be, a directory or
/// an empty file hides that: no mount may follow it, and runtimes before 1.2 write the links of
/// `/dev` through a `/dev` that leads out of the root. Source: moby v28.5.2, the init layer.
final class InitLayer {
  /// Changes with what is made here: one that an older Graft made is not used any more.
  static final String VERSION = "2\n";

  private enum What {
    DIRECTORY,
    FILE,
    MTAB
  }

  private record Place(String path, What what) {}

  private static final Place[] PLACES = {
    new Place(".dockerenv", What.FILE),
    new Place("dev", What.DIRECTORY),
    new Place("dev/pts", What.DIRECTORY),
    new Place("dev/shm", What.DIRECTORY),
    new Place("dev/console", What.FILE),
    new Place("proc", What.DIRECTORY),
    new Place("sys", What.DIRECTORY),
    new Place("etc", What.DIRECTORY),
    new Place("etc/hosts", What.FILE),
    new Place("etc/hostname", What.FILE),
    new Place("etc/resolv.conf", What.FILE),
    new Place("etc/mtab", What.MTAB),
  };

  private InitLayer() {}

  /// @param image the root of the image's file system
  /// @param target an empty directory
  static void make(Path image, Path target) throws IOException {
    try (Fd view = LinuxFiles.open(image.toString(), LinuxFiles.O_DIRECTORY);
        Fd init = LinuxFiles.open(target.toString(), LinuxFiles.O_DIRECTORY)) {
      Stat root = LinuxFiles.stat(view.number(), new byte[0]);
      LinuxFiles.chown(init, root.uid(), root.gid());
      LinuxFiles.chmod(init, root.permissions());
      for (Place place : PLACES) {
        make(view, init, place);
      }
      // When everything in them is made: a copy-up takes these times, and `diff` compares them.
      for (String name : new String[] {"etc", "dev"}) {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        Optional<Stat> s = stat(view.number(), path).filter(Stat::isDirectory);
        if (s.isPresent() && stat(init.number(), path).isPresent()) {
          LinuxFiles.utimensat(init.number(), path, s.get().mtimeSeconds(), s.get().mtimeNanos());
        }
      }
      LinuxFiles.utimens(init, root.mtimeSeconds(), root.mtimeNanos());
    }
  }

  private static void make(Fd view, Fd init, Place place) throws IOException {
    byte[] path = place.path().getBytes(StandardCharsets.UTF_8);
    Optional<Stat> there = stat(view.number(), path);
    int slash = place.path().indexOf('/');
    if (slash > 0) {
      String parent = place.path().substring(0, slash);
      // What is behind a link is not here.
      if (!isDirectory(view, parent)) {
        there = Optional.empty();
      }
      ensureParent(view, init, parent);
    }
    switch (place.what()) {
      case DIRECTORY -> {
        if (there.filter(Stat::isDirectory).isEmpty()) {
          ignoreExisting(() -> LinuxFiles.mkdirat(init.number(), path, 0755));
        }
      }
      case FILE -> {
        if (there.filter(s -> s.type() == Stat.FILE || s.isDirectory()).isEmpty()) {
          LinuxFiles.openat(init.number(), path, LinuxFiles.O_WRONLY | LinuxFiles.O_CREAT, 0755)
              .close();
        }
      }
      case MTAB -> {
        if (there.isEmpty()) {
          LinuxFiles.symlinkat(
              "/proc/mounts".getBytes(StandardCharsets.UTF_8), init.number(), path);
        }
      }
    }
  }

  /// The directory /etc or /dev, with the image's attributes if the image has it.
  private static void ensureParent(Fd view, Fd init, String name) throws IOException {
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    Optional<Stat> there = stat(view.number(), path).filter(Stat::isDirectory);
    ignoreExisting(() -> LinuxFiles.mkdirat(init.number(), path, 0755));
    if (there.isPresent()) {
      Stat s = there.get();
      LinuxFiles.chownat(init.number(), path, s.uid(), s.gid());
      LinuxFiles.chmodat(init.number(), path, s.permissions());
    }
  }

  private static boolean isDirectory(Fd view, String name) throws IOException {
    return stat(view.number(), name.getBytes(StandardCharsets.UTF_8))
        .filter(Stat::isDirectory)
        .isPresent();
  }

  private interface Making {
    void run() throws IOException;
  }

  private static void ignoreExisting(Making making) throws IOException {
    try {
      making.run();
    } catch (LinuxException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
  }

  private static Optional<Stat> stat(int dir, byte[] path) throws IOException {
    try {
      return Optional.of(LinuxFiles.stat(dir, path));
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return Optional.empty();
      }
      throw e;
    }
  }
}

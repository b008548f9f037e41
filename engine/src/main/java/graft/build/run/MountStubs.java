package graft.build.run;

import graft.build.source.FileSource;
import graft.build.source.FileSource.Node;
import graft.build.source.Lookup;
import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.LinuxFiles.Stat;
import graft.linux.Xattrs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Places that the runtime makes in order to mount something there, and that must not become part
/// of the layer: what was not there before, and is an empty directory or file afterwards, goes.
final class MountStubs {
  private static final long STRAIGHT =
      LinuxFiles.RESOLVE_BENEATH
          | LinuxFiles.RESOLVE_NO_SYMLINKS
          | LinuxFiles.RESOLVE_NO_MAGICLINKS;

  /// What was missing on the way to each, deepest first.
  private final List<List<String>> missing = new ArrayList<>();

  /// The modes of the directories above these.
  private final Map<String, Integer> modes = new HashMap<>();

  /// @param below what the step stands on
  MountStubs(FileSource below, List<String> targets) throws IOException {
    for (String target : targets) {
      String place = Lookup.resolve(below::stat, target, true);
      List<String> parts = new ArrayList<>();
      for (String part = place; !part.isEmpty() && below.stat(part).isEmpty(); ) {
        parts.add(part);
        part = parent(part);
      }
      if (parts.isEmpty()) {
        continue;
      }
      missing.add(parts);
      for (String above = parent(parts.getLast()); !above.isEmpty(); above = parent(above)) {
        below.stat(above).filter(Node::isDirectory).map(Node::mode).ifPresent(put(above));
      }
    }
  }

  private Consumer<Integer> put(String path) {
    return mode -> modes.put(path, mode);
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  /// @param upper what the step wrote; not mounted any more
  void remove(Path upper) throws IOException {
    try (Fd root = LinuxFiles.open(upper.toString(), LinuxFiles.O_DIRECTORY)) {
      for (List<String> parts : missing) {
        boolean gone = true;
        for (String part : parts) {
          gone = gone && removeIfEmpty(root, part);
        }
        for (String part = parent(parts.getLast()); gone && !part.isEmpty(); part = parent(part)) {
          gone = removeIfCopied(root, part);
        }
      }
    }
  }

  private static boolean removeIfEmpty(Fd root, String path) throws IOException {
    try (Fd parent = directory(root, parent(path))) {
      byte[] name = name(path);
      Stat s = LinuxFiles.stat(parent.number(), name);
      if (s.isDirectory()) {
        LinuxFiles.unlinkat(parent.number(), name, LinuxFiles.AT_REMOVEDIR);
        return true;
      }
      if (s.type() == Stat.FILE && s.size() == 0) {
        LinuxFiles.unlinkat(parent.number(), name, 0);
        return true;
      }
      return false;
    } catch (LinuxException e) {
      if (e.isMissing()) {
        return true;
      }
      if (e.errno() == Errno.ENOTEMPTY) {
        return false;
      }
      throw e;
    }
  }

  /// A directory that is in the upper only because something was made in it for a while.
  private boolean removeIfCopied(Fd root, String path) throws IOException {
    try (Fd parent = directory(root, parent(path))) {
      byte[] name = name(path);
      Stat s = LinuxFiles.stat(parent.number(), name);
      if (!s.isDirectory()
          || modes.getOrDefault(path, -1) != s.permissions()
          || Xattrs.get(parent.number(), name, Xattrs.OPAQUE).isPresent()) {
        return false;
      }
      LinuxFiles.unlinkat(parent.number(), name, LinuxFiles.AT_REMOVEDIR);
      return true;
    } catch (LinuxException e) {
      if (e.isMissing() || e.errno() == Errno.ENOTEMPTY) {
        return false;
      }
      throw e;
    }
  }

  private static Fd directory(Fd root, String path) throws IOException {
    String p = path.isEmpty() ? "." : path;
    return LinuxFiles.openat2(
        root.number(), p.getBytes(StandardCharsets.UTF_8), LinuxFiles.O_DIRECTORY, 0, STRAIGHT);
  }

  private static byte[] name(String path) {
    return path.substring(path.lastIndexOf('/') + 1).getBytes(StandardCharsets.UTF_8);
  }
}

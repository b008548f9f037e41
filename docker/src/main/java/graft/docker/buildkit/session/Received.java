package graft.docker.buildkit.session;

import graft.build.source.FileTree;
import graft.build.source.FileTree.Attributes;
import graft.docker.buildkit.proto.Fs;
import graft.docker.buildkit.proto.Fs.Stat;
import graft.error.GraftException;
import graft.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The list of files that a client sends, as it grows. What breaks the protocol's rules, leads out
/// of the tree or is too much is INVALID.
final class Received {
  static final int MOST_ENTRIES = 1_000_000;
  private static final long MOST_TEXT = 128L << 20;
  private static final int LONGEST_PATH = 4096;
  private static final int PERMISSIONS = 0777;

  private record Directory(String path, byte[] last) {}

  /// A regular file, whose content is known or will be.
  static final class Content {
    private final Attributes attributes;
    private final String path;
    private final long said;
    private final long modified;
    private volatile @Nullable Digest digest;
    private volatile long size;

    private Content(String path, Attributes attributes, Stat stat) {
      this.path = path;
      this.attributes = attributes;
      this.said = stat.size();
      this.modified = stat.modified();
    }

    String path() {
      return path;
    }

    /// As listed; a file that is written to while it is sent has another.
    long size() {
      return said;
    }

    void is(Digest content, long length) {
      size = length;
      digest = content;
    }

    /// As far as the list tells, its content is that of a file that came earlier.
    boolean like(FileTree.File earlier) {
      return earlier.size() == said
          && earlier.attributes().mode() == attributes.mode()
          && earlier.attributes().modified().equals(instant(modified));
    }

    private FileTree.File file() {
      Digest content = digest;
      if (content == null) {
        throw new IllegalStateException("not there yet: " + path);
      }
      return new FileTree.File(attributes, size, content);
    }
  }

  private final Deque<Directory> directories = new ArrayDeque<>();
  private final Map<String, Content> contents = new HashMap<>();
  private final Map<String, FileTree.Entry> others = new HashMap<>();
  private final Map<String, Content> links = new HashMap<>();
  private int entries;
  private long text;

  Received() {
    directories.push(new Directory("", new byte[0]));
  }

  /// Takes the next entry.
  ///
  /// @return the file, if it has a content of its own
  Optional<Content> add(Stat stat) {
    String path = stat.path();
    if (++entries > MOST_ENTRIES) {
      throw GraftException.invalid(
          "the directory has more than "
              + MOST_ENTRIES
              + " files; leave some out with .dockerignore");
    }
    text += path.length() + stat.link().length() + 64L * stat.xattrs().size();
    for (byte[] value : stat.xattrs().values()) {
      text += value.length;
    }
    if (text > MOST_TEXT) {
      throw GraftException.invalid(
          "the names and attributes of the directory's files are more than "
              + (MOST_TEXT >> 20)
              + " MB; leave some out with .dockerignore");
    }
    checkPath(path);
    checkOrder(path);
    Attributes attributes =
        new Attributes(
            mode(stat.mode()), stat.uid(), stat.gid(), instant(stat.modified()), stat.xattrs());
    if (stat.isDirectory()) {
      directories.push(new Directory(path, new byte[0]));
      others.put(path, new FileTree.Directory(attributes));
    } else if (stat.isSymlink()) {
      others.put(path, new FileTree.Symlink(attributes, stat.link()));
    } else if (stat.isRegular() && !stat.link().isEmpty()) {
      Content target = contents.get(stat.link());
      if (target == null) {
        throw GraftException.invalid(
            "the client sent " + path + " as a link to " + stat.link() + ", which it did not send");
      }
      links.put(path, target);
    } else if (stat.isRegular()) {
      Content content = new Content(path, attributes, stat);
      contents.put(path, content);
      return Optional.of(content);
    }
    // Devices, sockets and fifos of the client's have no meaning elsewhere.
    return Optional.empty();
  }

  private static void checkPath(String path) {
    boolean clean = !path.isEmpty() && path.length() <= LONGEST_PATH && path.indexOf('\0') < 0;
    for (String name : path.split("/", -1)) {
      clean &= !name.isEmpty() && !name.equals(".") && !name.equals("..");
    }
    if (!clean) {
      throw GraftException.invalid(
          "the client sent a file with the name \""
              + shown(path)
              + "\", which is none of a file"
              + " in a directory");
    }
  }

  private static String shown(String path) {
    String part = path.length() > 200 ? path.substring(0, 200) + "…" : path;
    return part.replaceAll("\\p{Cntrl}", "?");
  }

  /// Each directory before what is in it, and that by name.
  private void checkOrder(String path) {
    int slash = path.lastIndexOf('/');
    String parent = slash < 0 ? "" : path.substring(0, slash);
    while (!directories.getFirst().path().isEmpty()
        && !directories.getFirst().path().equals(parent)) {
      directories.pop();
    }
    Directory directory = directories.getFirst();
    byte[] name = path.substring(slash + 1).getBytes(StandardCharsets.UTF_8);
    if (!directory.path().equals(parent) || Arrays.compareUnsigned(directory.last(), name) >= 0) {
      throw GraftException.invalid("the client sent \"" + shown(path) + "\" out of order");
    }
    directories.pop();
    directories.push(new Directory(parent, name));
  }

  /// From Go's os.FileMode to that of POSIX, without the type.
  private static int mode(int go) {
    int mode = go & PERMISSIONS;
    mode |= (go & Fs.SET_USER) != 0 ? 04000 : 0;
    mode |= (go & Fs.SET_GROUP) != 0 ? 02000 : 0;
    mode |= (go & Fs.STICKY) != 0 ? 01000 : 0;
    return mode;
  }

  private static Instant instant(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }

  /// All of it, when all contents are there.
  FileTree tree() {
    TreeMap<String, FileTree.Entry> all = new TreeMap<>(others);
    contents.forEach((path, content) -> all.put(path, content.file()));
    links.forEach((path, target) -> all.put(path, target.file()));
    return new FileTree(all);
  }
}

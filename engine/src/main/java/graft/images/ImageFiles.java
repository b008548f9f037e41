package graft.images;

import graft.error.GraftException;
import graft.oci.Digest;
import graft.snapshot.RootFiles;
import graft.snapshot.RootFiles.FileStat;
import graft.snapshot.Snapshotter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Questions about the files of images that are answered from their layers, without a container:
/// what differs between two stacks, and which layers touched a path.
public final class ImageFiles {
  private final Snapshotter snapshots;

  public ImageFiles(Snapshotter snapshots) {
    this.snapshots = snapshots;
  }

  /// How a path came to differ.
  public enum Kind {
    ADDED,
    MODIFIED,
    DELETED
  }

  public record Change(String path, Kind kind) {}

  /// A layer that has something at a path, or takes it away.
  ///
  /// @param index its place in the stack, the lowest being 0
  public record Touch(Digest layer, int index, boolean deletes) {}

  /// What lies in the second stack at `path` and below otherwise than in the first at `oldPath`.
  /// Both stacks are top first; an empty one has no files. Paths are those of the second.
  public List<Change> diff(
      List<Digest> oldStack, String oldPath, List<Digest> newStack, String path)
      throws IOException {
    List<Change> changes = new ArrayList<>();
    try (Open before = open(oldStack);
        Open after = open(newStack)) {
      Optional<FileStat> was = before.stat(oldPath);
      Optional<FileStat> is = after.stat(path);
      if (was.isEmpty() && is.isEmpty()) {
        throw GraftException.notFound("there is no " + path + " in either of the two");
      }
      compare(before, trimmed(oldPath), was, after, trimmed(path), is, changes);
    }
    return changes;
  }

  private static String trimmed(String path) {
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }

  private static void compare(
      Open before,
      String oldPath,
      Optional<FileStat> was,
      Open after,
      String path,
      Optional<FileStat> is,
      List<Change> into)
      throws IOException {
    // The root itself is no change.
    if (!path.isEmpty()) {
      kind(was, is).ifPresent(kind -> into.add(new Change(path, kind)));
    }
    Set<String> left = names(before, oldPath, was);
    Set<String> right = names(after, path, is);
    Set<String> all = new TreeSet<>(right);
    // What went with its directory needs no line of its own.
    if (is.isPresent() && is.get().isDirectory()) {
      all.addAll(left);
    }
    for (String name : all) {
      String oldChild = oldPath + "/" + name;
      String child = path + "/" + name;
      compare(
          before,
          oldChild,
          left.contains(name) ? before.stat(oldChild) : Optional.empty(),
          after,
          child,
          right.contains(name) ? after.stat(child) : Optional.empty(),
          into);
    }
  }

  private static Set<String> names(Open files, String path, Optional<FileStat> stat)
      throws IOException {
    return stat.isPresent() && stat.get().isDirectory()
        ? new TreeSet<>(files.list(path + "/"))
        : Set.of();
  }

  private static Optional<Kind> kind(Optional<FileStat> was, Optional<FileStat> is) {
    if (was.isEmpty() || is.isEmpty()) {
      return was.isEmpty() && is.isEmpty()
          ? Optional.empty()
          : Optional.of(was.isEmpty() ? Kind.ADDED : Kind.DELETED);
    }
    FileStat a = was.get();
    FileStat b = is.get();
    // A directory's size and time follow from what is in it.
    boolean same =
        a.mode() == b.mode()
            && a.uid() == b.uid()
            && a.gid() == b.gid()
            && (a.isDirectory()
                || a.size() == b.size()
                    && a.mtime().equals(b.mtime())
                    && a.link().equals(b.link()));
    return same ? Optional.empty() : Optional.of(Kind.MODIFIED);
  }

  /// The topmost layer that has something at this path.
  ///
  /// @param stack top first
  public Optional<Digest> carrier(List<Digest> stack, String path) throws IOException {
    String place = canonical(stack, path);
    for (Digest layer : stack) {
      try (Open files = open(List.of(layer))) {
        if (files.stat(place).isPresent()) {
          return Optional.of(layer);
        }
      }
    }
    return Optional.empty();
  }

  /// All layers that touched the path, the topmost first.
  ///
  /// @param stack top first
  public List<Touch> touches(List<Digest> stack, String path) throws IOException {
    List<Touch> found = new ArrayList<>();
    String place = canonical(stack, path);
    for (int i = 0; i < stack.size(); i++) {
      Digest layer = stack.get(i);
      int index = stack.size() - 1 - i;
      try (Open files = open(List.of(layer))) {
        Optional<FileStat> stat = files.stat(place);
        if (stat.isPresent()) {
          found.add(new Touch(layer, index, stat.get().isWhiteout()));
        } else if (hides(files, place)) {
          found.add(new Touch(layer, index, true));
        }
      }
    }
    // A layer that takes away what is in none below it has nothing to do with the path.
    while (!found.isEmpty() && found.getLast().deletes()) {
      found.removeLast();
    }
    return found;
  }

  /// Links on the way there may lie in other layers than the file: they are followed in the whole.
  private String canonical(List<Digest> stack, String path) throws IOException {
    try (Open all = open(stack)) {
      return all.canonical(path).orElse(path);
    }
  }

  /// Whether the layer takes away, or makes anew, a directory that the path is in.
  private static boolean hides(Open files, String path) throws IOException {
    for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      String above = path.substring(0, slash);
      Optional<FileStat> stat = files.stat(above);
      if (stat.isPresent() && (stat.get().isWhiteout() || files.isOpaque(above))) {
        return true;
      }
    }
    return false;
  }

  private Open open(List<Digest> topFirst) throws IOException {
    if (topFirst.isEmpty()) {
      return new Open(null, null);
    }
    Snapshotter.View view = snapshots.view(topFirst);
    try {
      return new Open(view, RootFiles.open(view.root()));
    } catch (IOException e) {
      view.close();
      throw e;
    }
  }

  /// The files of a stack; of no layers there are none.
  private record Open(Snapshotter.@Nullable View view, @Nullable RootFiles files)
      implements AutoCloseable {
    Optional<FileStat> stat(String path) throws IOException {
      return files == null ? Optional.empty() : files.stat(path);
    }

    Optional<String> canonical(String path) throws IOException {
      return files == null ? Optional.empty() : files.canonical(path);
    }

    boolean isOpaque(String path) throws IOException {
      return files != null && files.isOpaque(path);
    }

    List<String> list(String path) throws IOException {
      return files == null ? List.of() : files.list(path);
    }

    @Override
    public void close() throws IOException {
      if (files != null) {
        files.close();
      }
      if (view != null) {
        view.close();
      }
    }
  }
}

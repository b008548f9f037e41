package graft.snapshot;

import graft.linux.IdMap;
import graft.mount.Mount;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Writable file systems over stacks of layers: one for each container.
///
/// **Vocabulary.** A *key* names an active snapshot: a writable layer (the *upper*) that somebody
/// works in, over read-only layers (the *lowers*, topmost first). Nothing is ever stacked upon an
/// active snapshot; [Differ] turns its upper into a tar, which becomes a layer.
///
/// **Lifecycle.** [#prepare] makes the upper. [#mount] puts the union where [#root] says and may be
/// called again; [#unmount] takes it away; the upper stays. [#remove] unmounts and deletes.
///
/// ```java
/// snapshots.prepare(id, image.topFirst(), Keeping.KEPT);
/// Path root = snapshots.mount(id);       // hand root to the runtime
/// snapshots.unmount(id);                 // the container has stopped
/// snapshots.remove(id);                  // docker rm
/// ```
///
/// A kill at any moment leaves a key either absent or whole; mounts that outlived the process are
/// found again by [#mount] (same place, not mounted twice) and by [#list].
public interface Snapshotter {
  /// Makes the upper and records the stack. CONFLICT if the key is taken, NOT_FOUND if a layer is
  /// missing, INVALID past the kernel's limit of 500 lowers. A directory of Graft's own (mount
  /// points such as /dev, /proc, /etc/hosts, and /.dockerenv, as Docker's init layer has them) is
  /// laid between upper and lowers; it never becomes part of a commit.
  default void prepare(String key, List<Digest> lowers, Keeping keeping) throws IOException {
    prepare(key, lowers, keeping, IdMap.IDENTITY);
  }

  /// The same for a container in a user namespace: the union shows the files of the layers, which
  /// are as they are for everybody, with the ids of the host that the map gives them, and the upper
  /// has these on disk.
  ///
  /// @param ids [#remap] or the identity
  void prepare(String key, List<Digest> lowers, Keeping keeping, IdMap ids) throws IOException;

  /// The map that unions can be had with beside the identity; that if there is none.
  IdMap remap();

  /// What a key was prepared with; the identity for one that is not here.
  IdMap ids(String key);

  /// How dear the upper is. What is [#THROWAWAY] is not synced when it is unmounted, and may be
  /// lost by a power cut.
  enum Keeping {
    KEPT,
    THROWAWAY,
    /// As [#THROWAWAY], and nothing of Graft's own is laid between upper and lowers: for steps of
    /// builds, of which each has another stack.
    BARE
  }

  /// Where [#mount] puts the union of this key, mounted or not.
  Path root(String key);

  /// Mounts the union (if it is not mounted) and returns its root.
  Path mount(String key) throws IOException;

  void unmount(String key) throws IOException;

  boolean isMounted(String key);

  /// Unmounts, deletes, forgets; false if there was no such key.
  boolean remove(String key) throws IOException;

  boolean exists(String key);

  List<String> list() throws IOException;

  /// The stack under a key, topmost first.
  List<Digest> lowers(String key) throws IOException;

  /// The mount that [#mount] would make, for whoever shows it (docker inspect's GraphDriver).
  Mount describe(String key) throws IOException;

  /// The writable directory itself, for [Differ] and for sizes.
  Path upper(String key) throws IOException;

  /// A read-only view of a stack without a container: mounted until closed.
  View view(List<Digest> lowers) throws IOException;

  /// Mounts a read-only view of a stack, topmost first, at an empty directory. Whoever asked
  /// unmounts it; it does not end with this process.
  default void view(List<Digest> lowers, Path at) throws IOException {
    view(lowers, at, IdMap.IDENTITY);
  }

  /// The same as [#prepare] has it with a map.
  void view(List<Digest> lowers, Path at, IdMap ids) throws IOException;

  /// Bytes in the upper, as Docker's SizeRw.
  long usage(String key) throws IOException;

  interface View extends AutoCloseable {
    Path root();

    @Override
    void close() throws IOException;
  }
}

package graft.snapshot;

import graft.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/// Read-only layers, each under the digest of its uncompressed tar (its *diffID*), each usable as
/// one lower directory of an overlay mount.
///
/// **Vocabulary.** A layer is one change set. It is keyed by diffID and never by chain ID: the same
/// change set over another base is the same layer, stored once. A *batch* brings in any number of
/// layers, in parallel; nothing of it is visible before [Batch#commit], after which all their bytes
/// are durable, or [Batch#publish], after which they are there to be used and [#settle] makes them
/// durable. Closing a batch without either removes what it wrote.
///
/// **What a layer promises.** [#tar] gives back the very bytes that came in, so its sha256 is the
/// diffID again; [#verify] proves it. [#lower] is a directory in overlayfs form: whiteouts are
/// character devices 0:0, opaque directories carry `trusted.overlay.opaque=y` (`user.overlay.` in a
/// user namespace).
///
/// **Parents.** A tar may name `a/b/file` without naming `a`. What mode and owner `a` has is then
/// known only from the layers below. A layer records such *implicit* directories; their attributes
/// are taken from `parents` (topmost first) when the batch is committed, else root:root 0755.
///
/// Two backends stand behind this: a plain directory, and (later) the tar itself with an EROFS
/// index. Neither extraction nor directories appear in this interface for that reason.
public interface LayerStore {
  /// `size`: the sum of the regular files, in bytes, as Docker counts layers. `tarSize`: of [#tar].
  record Info(Digest diffId, long size, long tarSize, int entries) {}

  /// Hears of layers that come and go; after the fact, and on the thread that did it.
  interface Watcher {
    void arrived(Digest diffId);

    void removed(Digest diffId) throws IOException;
  }

  /// A file of one layer.
  ///
  /// @param path clean and relative
  record File(Digest layer, String path) {}

  /// Takes in one small layer whose tar is in memory, as a [Batch] that is published. A store may
  /// keep it as bytes until somebody asks for its files, and then says nothing to watchers.
  ///
  /// @param diffId that it has to have; CORRUPT if it differs
  /// @param parents the layers below, topmost first
  /// @param like a file of which the layer has another version: the store may keep the difference
  default void keep(Digest diffId, byte[] tar, List<Digest> parents, Optional<File> like)
      throws IOException {
    try (Batch batch = begin()) {
      var _ = batch.add(Optional.of(diffId), new ByteArrayInputStream(tar), parents, _ -> {});
      if (info(diffId).isEmpty()) {
        batch.publish();
      }
    }
  }

  /// Where a mounted view of the layer can be had, as an overlay lower.
  Path lower(Digest diffId) throws IOException;

  Optional<Info> info(Digest diffId);

  List<Info> list();

  /// The uncompressed tar, byte for byte. NOT_FOUND if the layer is not here; a read fails with an
  /// IOException if the stored files no longer give the recorded bytes' lengths.
  InputStream tar(Digest diffId) throws IOException;

  /// True where [#tar] hashes to the diffID.
  boolean verify(Digest diffId) throws IOException;

  /// Removes a layer at once from view, then from disk; false if it was not here. The caller knows
  /// that nothing is mounted over it.
  boolean delete(Digest diffId) throws IOException;

  /// Makes durable what was only published, with one syncfs for all; to be called before a record
  /// on disk names the layers. Does nothing for those that are durable, and for those that are not
  /// here.
  ///
  /// @throws IOException if the disk refused bytes; then no layer that was young is here any more
  void settle(Collection<Digest> diffIds) throws IOException;

  Batch begin() throws IOException;

  /// Removes what batches of a process that died left behind, and returns the bytes freed. To be
  /// called before the first batch.
  long collectLeftovers() throws IOException;

  /// Layers on their way in. [#add] may be called from several threads at once.
  interface Batch extends Closeable {
    /// Reads an uncompressed layer tar to its end (the padding too) and holds it ready.
    ///
    /// @param expected the diffID it must have, or empty to learn it; CORRUPT if it differs
    /// @param parents the layers below, topmost first, for implicit directories; they may come
    ///   later in the same batch, and those that never come are passed over
    /// @param progress hears the bytes of tar read so far
    /// @return what came in; if a layer of that diffID is here already nothing is written twice
    Info add(
        Optional<Digest> expected, InputStream tar, List<Digest> parents, LongConsumer progress)
        throws IOException;

    /// After that the layers are visible and durable, also those that were here.
    void commit() throws IOException;

    /// After that the layers are visible and outlive this process, but not the machine.
    void publish() throws IOException;

    /// Without commit: removes everything this batch wrote.
    @Override
    void close() throws IOException;
  }
}

package graft.images;

import graft.oci.Digest;
import graft.oci.Reference;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An image that only its record is missing of: its layers and documents are here, durably, and are
/// held. Closed without a record, it leaves nothing behind.
public final class Ready implements AutoCloseable {
  private final Brought brought;
  private final Sweep sweep;
  private final ImageRecord record;
  private final List<Reference> names;
  private final List<Digest> before;
  private @Nullable ImageRecord kept;

  /// @param before the documents of the recipe that it has already
  Ready(
      Brought brought,
      Sweep sweep,
      ImageRecord record,
      List<Reference> names,
      List<Digest> before) {
    this.brought = brought;
    this.sweep = sweep;
    this.record = record;
    this.names = List.copyOf(names);
    this.before = List.copyOf(before);
  }

  /// As it is to be recorded; one of the same id that is here may add to it.
  public ImageRecord record() {
    return record;
  }

  List<Reference> names() {
    return names;
  }

  void kept(ImageRecord image) {
    kept = image;
    brought.keep();
  }

  /// A recipe whose place another one took goes.
  @Override
  public void close() throws IOException {
    brought.close();
    ImageRecord now = kept;
    if (now != null && !now.recipe().map(r -> r.blobs().equals(before)).orElse(before.isEmpty())) {
      sweep.unneeded(before);
    }
  }
}

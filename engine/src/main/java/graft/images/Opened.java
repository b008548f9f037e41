package graft.images;

import graft.content.ContentStore;
import graft.error.GraftException;
import graft.image.Image;
import graft.oci.Document;
import graft.oci.ImageConfig;
import java.io.IOException;

/// From a record back to the documents it speaks of.
final class Opened {
  static final long MAX_DOCUMENT = 8L * 1024 * 1024;

  private Opened() {}

  static Image of(ContentStore content, ImageRecord record) throws IOException {
    Document document =
        Document.parse(
            content.read(record.manifest().digest(), MAX_DOCUMENT), record.manifest().mediaType());
    if (!(document instanceof Document.Manifest manifest)) {
      throw GraftException.corrupt(
          "the record of image " + record.id() + " points to an index, not to a manifest");
    }
    return new Image(manifest, ImageConfig.parse(content.read(record.id(), MAX_DOCUMENT)));
  }
}

package graft.facts;

import graft.oci.Digest;
import java.io.IOException;
import java.io.InputStream;

/// The bytes of files of layers.
public interface Contents {
  /// @param path of an [Entry.File] of that layer; no link is followed
  /// @throws graft.error.GraftException NOT_FOUND if the layer or a regular file there is not here
  InputStream open(Digest diffId, String path) throws IOException;
}

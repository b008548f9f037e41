package graft.build.source;

import graft.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/// Contents of files that builds use, each once, under its digest. A content is there whole or not
/// at all; it is not waited for by the disk. What no build and no recipe needs goes when there is
/// more than the quota.
public interface FileStore {
  /// Reads to the end. The same bytes twice are kept once.
  ///
  /// @param limit INVALID if there is more
  Digest put(InputStream bytes, long limit) throws IOException;

  /// A file to read from, which is there at least until the build that put or found it ends.
  Optional<Path> find(Digest content) throws IOException;
}

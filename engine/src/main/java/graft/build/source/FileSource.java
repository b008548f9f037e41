package graft.build.source;

import graft.layer.TarEntry.Name;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Files that a step takes from somewhere: a context, a stage, an image. Paths are relative,
/// without `.`, `..` or a slash at either end; empty is the root. Nothing of the host can be
/// reached, whatever links there are.
public interface FileSource extends Closeable {
  enum Kind {
    FILE,
    DIRECTORY,
    SYMLINK,
    CHAR,
    BLOCK,
    FIFO
  }

  /// @param identity the same for two names of one file; empty if it has but one
  /// @param content digest of a file's bytes, where it is known without reading them
  record Node(
      Kind kind,
      int mode,
      long uid,
      long gid,
      long size,
      Instant modified,
      String link,
      Map<String, Name> xattrs,
      int major,
      int minor,
      String identity,
      String content) {
    Node modifiedAt(Instant time) {
      return new Node(
          kind, mode, uid, gid, size, time, link, xattrs, major, minor, identity, content);
    }

    public boolean isDirectory() {
      return kind == Kind.DIRECTORY;
    }
  }

  /// What is at a path; directories on the way may be behind links, the last element is not
  /// followed.
  Optional<Node> stat(String path) throws IOException;

  /// The names in a directory, sorted.
  List<String> list(String directory) throws IOException;

  /// The bytes of a regular file.
  InputStream open(String path) throws IOException;

  @Override
  void close() throws IOException;
}

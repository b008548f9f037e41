package graft.build;

import graft.error.GraftException;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/// What builds take from elsewhere: files by http, repositories by git.
final class Remote {
  private Remote() {}

  /// @param name the last element of the URL's path
  /// @param modified as the server says, else when it came
  record Download(String name, Digest content, long size, Instant modified) {
    Path path(FileStore store) throws IOException {
      return store
          .find(content)
          .orElseThrow(() ->
              GraftException.internal("the download " + name + " is not kept any more", null));
    }
  }

  static boolean isHttp(String source) {
    String lower = source.toLowerCase(Locale.ROOT);
    return lower.startsWith("http://") || lower.startsWith("https://");
  }

  static boolean isGit(String source) {
    return source.startsWith("git://")
        || source.startsWith("git@")
        || source.startsWith("ssh://")
        || (isHttp(source) && source.replaceFirst("[#?].*", "").endsWith(".git"));
  }

  static FileTree git(String url, FileStore store, Vertices.Vertex vertex) {
    throw GraftException.invalid("git contexts are not done yet: " + url);
  }

  static FileTree http(String url, FileStore store, Vertices.Vertex vertex) {
    throw GraftException.invalid("http contexts are not done yet: " + url);
  }

  static FileTree git(
      String url, String commit, Optional<Boolean> keepGitDirectory, FileStore store) {
    throw GraftException.invalid("ADD of repositories is not done yet: " + url);
  }

  static Download download(String url, String checksum, FileStore store) {
    throw GraftException.invalid("ADD of URLs is not done yet: " + url);
  }
}

package graft.build.source;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// How a build comes to what is elsewhere.
public interface Remotes {
  /// @param checksum `sha256:…` that it must have; empty for none
  HttpSource.Download download(String url, String checksum)
      throws IOException, InterruptedException;

  /// @param checksum of the commit, or its beginning; empty for none
  GitSource.Fetched git(String url, String checksum, Optional<Boolean> keepGitDirectory)
      throws IOException, InterruptedException;

  /// Over the network.
  ///
  /// @param scratch where repositories are while they are fetched
  record Live(FileStore store, Path scratch) implements Remotes {
    @Override
    public HttpSource.Download download(String url, String checksum)
        throws IOException, InterruptedException {
      return HttpSource.download(url, checksum, store);
    }

    @Override
    public GitSource.Fetched git(String url, String checksum, Optional<Boolean> keepGitDirectory)
        throws IOException, InterruptedException {
      return GitSource.fetch(url, checksum, keepGitDirectory, scratch, store);
    }
  }
}

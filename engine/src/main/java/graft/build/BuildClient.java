package graft.build;

import graft.build.source.FileTree;
import graft.images.BlobReader;
import graft.registry.Credentials;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/// Whoever asked for a build, as far as the build needs something of theirs. May be asked from
/// several threads at once.
public interface BuildClient {
  /// What is wanted of a directory, in the syntax of `.dockerignore`.
  ///
  /// @param exclude what is not to be sent; later patterns win
  /// @param follow only these paths, wildcards allowed, and what they link to; all if empty
  record Selection(List<String> exclude, List<String> follow) {
    public static final Selection ALL = new Selection(List.of(), List.of());

    public Selection {
      exclude = List.copyOf(exclude);
      follow = List.copyOf(follow);
    }
  }

  /// The files of a directory of theirs.
  ///
  /// @param name `context`, `dockerfile`, or that of a named context
  /// @param progress hears the bytes that came
  /// @return empty if they have no such directory
  Optional<FileTree> files(String name, Selection selection, LongConsumer progress)
      throws IOException, InterruptedException;

  /// The value of a secret; empty if they have none of that id. The caller does not keep it.
  Optional<byte[]> secret(String id) throws IOException, InterruptedException;

  /// A new connection to an agent of theirs; empty if they have none of that id.
  Optional<Connection> sshAgent(String id) throws IOException, InterruptedException;

  /// The blobs of an OCI layout of theirs.
  ///
  /// @param store `oci:NAME` of a context, `local:DIRECTORY` of a cache
  default BlobReader blobs(String store) {
    return BlobReader.NOTHING;
  }

  /// Their logins at registries.
  Credentials credentials();

  interface Connection extends Closeable {
    InputStream in() throws IOException;

    OutputStream out() throws IOException;
  }
}

package graft.docker.buildkit;

import graft.build.source.FileStore;
import graft.build.source.FileTree;
import graft.error.GraftException;
import graft.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// Contents in a directory.
public final class DirectoryFiles implements FileStore {
  private final Path dir;
  private final AtomicInteger next = new AtomicInteger();

  public DirectoryFiles(Path dir) {
    this.dir = dir;
  }

  /// How often something was stored.
  public int puts() {
    return next.get();
  }

  @Override
  public Digest put(InputStream bytes, long limit) throws IOException {
    MessageDigest hash = Digest.newSha256();
    Path file = Files.createDirectories(dir).resolve("new-" + next.incrementAndGet());
    long size = 0;
    try (InputStream in = new DigestInputStream(bytes, hash);
        OutputStream out = Files.newOutputStream(file)) {
      byte[] buffer = new byte[64 * 1024];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
        size += n;
        if (size > limit) {
          throw GraftException.invalid("a file of more than " + limit + " bytes");
        }
      }
    }
    Digest digest = Digest.sha256(hash.digest());
    Files.move(file, dir.resolve(digest.hex()), StandardCopyOption.REPLACE_EXISTING);
    return digest;
  }

  @Override
  public Optional<Path> find(Digest content) {
    return Optional.of(dir.resolve(content.hex())).filter(Files::exists);
  }

  public String text(Digest content) throws IOException {
    return Files.readString(dir.resolve(content.hex()));
  }

  /// The entry of a tree, or the test fails.
  public static <T extends FileTree.Entry> T entry(FileTree tree, String path, Class<T> kind) {
    FileTree.Entry entry = tree.entries().get(path);
    if (!kind.isInstance(entry)) {
      throw new AssertionError(path + " is " + entry + " among " + tree.entries().keySet());
    }
    return kind.cast(entry);
  }
}

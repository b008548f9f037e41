package graft.volume;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/// Directories and all that is in them. Symbolic links are never followed; what vanishes meanwhile
/// is no error.
final class Trees {
  private static final class Deleting extends SimpleFileVisitor<Path> {
    private final Path keep;

    /// @param keep a directory that itself stays, or any other path
    Deleting(Path keep) {
      this.keep = keep;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (e instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw e;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
        throws IOException {
      if (e != null) {
        throw e;
      }
      if (!directory.equals(keep)) {
        Files.deleteIfExists(directory);
      }
      return FileVisitResult.CONTINUE;
    }
  }

  private Trees() {}

  static void delete(Path tree) throws IOException {
    Files.walkFileTree(tree, new Deleting(tree.resolveSibling("")));
  }

  /// Deletes what is in a directory, but not the directory.
  static void empty(Path directory) throws IOException {
    Files.walkFileTree(directory, new Deleting(directory));
  }

  static boolean isEmpty(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      return !entries.iterator().hasNext();
    }
  }
}

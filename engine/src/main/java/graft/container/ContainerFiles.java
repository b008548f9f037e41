package graft.container;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// The directory of a container under the data root: bundle, exit record, log, and the files that
/// are bound over /etc/hosts, /etc/hostname and /etc/resolv.conf.
final class ContainerFiles {
  private final Path root;

  ContainerFiles(Path root) {
    this.root = root;
  }

  Path directory(String id) {
    return root.resolve(id);
  }

  Path log(String id) {
    return root.resolve(id).resolve(id + "-json.log");
  }

  Path hosts(String id) {
    return root.resolve(id).resolve("hosts");
  }

  Path hostname(String id) {
    return root.resolve(id).resolve("hostname");
  }

  Path resolvConf(String id) {
    return root.resolve(id).resolve("resolv.conf");
  }

  Path shm(String id) {
    return root.resolve(id).resolve("shm");
  }

  void create(String id) throws IOException {
    Files.createDirectories(directory(id));
  }

  /// The ids of all directories, whether a record names them or not.
  List<String> ids() throws IOException {
    try (Stream<Path> found = Files.list(root)) {
      return found.map(p -> p.getFileName().toString()).toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /// Removes the directory; nothing is mounted in it and nothing in it was made by the container.
  void delete(String id) throws IOException {
    Path directory = directory(id);
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      all.sorted(Comparator.reverseOrder())
          .forEach(p -> {
            try {
              Files.deleteIfExists(p);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}

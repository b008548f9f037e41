package graft.build.dockerfile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// Files of the tests: a Dockerfile and what is expected of it, side by side.
final class Fixtures {
  private Fixtures() {}

  static Path directory(String name) {
    try {
      return Path.of(Objects.requireNonNull(Fixtures.class.getResource(name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Names of the Dockerfiles in a directory, without `.Dockerfile`.
  static List<String> names(String directory) throws IOException {
    try (Stream<Path> files = Files.list(directory(directory))) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(f -> f.endsWith(".Dockerfile"))
          .map(f -> f.substring(0, f.length() - ".Dockerfile".length()))
          .sorted()
          .toList();
    }
  }

  static byte[] dockerfile(String directory, String name) throws IOException {
    return Files.readAllBytes(directory(directory).resolve(name + ".Dockerfile"));
  }

  /// Lines, without those that say what is different elsewhere: `# dockerd: …`.
  static List<String> expected(String directory, String name) throws IOException {
    return lines(directory, name + ".expected");
  }

  static List<String> lines(String directory, String file) throws IOException {
    return Files.readString(directory(directory).resolve(file), UTF_8)
        .lines()
        .filter(l -> !l.startsWith("# "))
        .toList();
  }
}

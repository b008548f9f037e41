package graft.network;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What the containers got: in memory, and in a file for each below the run directory.
final class Sandboxes {
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private final Path directory;
  private final Map<String, Sandbox> all = new ConcurrentHashMap<>();

  Sandboxes(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
  }

  Optional<Sandbox> find(String container) {
    return Optional.ofNullable(all.get(container));
  }

  /// Those with a place on that network.
  List<Sandbox> on(String networkId) {
    return all.values().stream().filter(s -> s.on(networkId).isPresent()).toList();
  }

  /// Writes it whole, then shows it.
  void put(Sandbox sandbox) throws IOException {
    Path file = file(sandbox.containerId());
    Path fresh = file.resolveSibling("." + file.getFileName());
    Files.write(fresh, JSON.writeValueAsBytes(sandbox));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    all.put(sandbox.containerId(), sandbox);
  }

  /// Shows what is in its file already, or differs from it only in what a restart finds out anew.
  void show(Sandbox sandbox) {
    all.put(sandbox.containerId(), sandbox);
  }

  /// Hides it at once; the file goes with [#forget].
  Optional<Sandbox> take(String container) {
    return Optional.ofNullable(all.remove(container));
  }

  void forget(String container) throws IOException {
    Files.deleteIfExists(file(container));
  }

  /// What an earlier engine wrote. Anything that cannot be read is deleted: the sweep removes what
  /// it may have stood for.
  List<Sandbox> read() throws IOException {
    List<Sandbox> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (file.getFileName().toString().startsWith(".")) {
          Files.deleteIfExists(file);
          continue;
        }
        try {
          found.add(JSON.readValue(Files.readAllBytes(file), Sandbox.class));
        } catch (JacksonException | NoSuchFileException e) {
          Files.deleteIfExists(file);
        }
      }
    }
    return found;
  }

  private Path file(String container) {
    return directory.resolve(container + ".json");
  }
}

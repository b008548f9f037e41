package graft.rollout;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Plans in a directory, each in a file that gets its name when it is whole. The latest are kept.
final class PlanStore {
  private static final int KEPT = 100;
  private static final String NAME = "[0-9a-f]{64}";

  private final Path root;

  private PlanStore(Path root) {
    this.root = root;
  }

  /// Takes away what was half written.
  static PlanStore open(Path root) throws IOException {
    Files.createDirectories(root);
    try (Stream<Path> files = Files.list(root)) {
      for (Path file : files.toList()) {
        if (!file.getFileName().toString().matches(NAME)) {
          Files.delete(file);
        }
      }
    }
    return new PlanStore(root);
  }

  void put(Plan plan) throws IOException {
    put(plan, PlanJson.tree(plan));
  }

  /// @param file its JSON, which has more or less than this build would write if another made it
  void put(Plan plan, ObjectNode file) throws IOException {
    Path fresh = root.resolve(plan.digest().hex() + "." + UUID.randomUUID());
    try {
      Files.write(fresh, PlanJson.bytes(file));
      Files.move(fresh, root.resolve(plan.digest().hex()), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
    forgetOld();
  }

  private void forgetOld() throws IOException {
    Map<Path, FileTime> times = new HashMap<>();
    try (Stream<Path> files = Files.list(root)) {
      for (Path file : files.toList()) {
        times.put(file, Files.getLastModifiedTime(file));
      }
    } catch (NoSuchFileException e) {
      // Another plan got its name just now, and looks for old ones after that.
      return;
    }
    List<Path> newest = new ArrayList<>(times.keySet());
    newest.sort(Comparator.comparing((Path f) -> times.get(f)).reversed());
    for (Path old : newest.subList(Math.min(KEPT, newest.size()), newest.size())) {
      Files.deleteIfExists(old);
    }
  }

  /// NOT_FOUND if there is none, INVALID if it cannot be read.
  Plan get(Digest digest) throws IOException {
    return PlanJson.plan(file(digest));
  }

  /// The JSON of one, as whoever made it wrote it. NOT_FOUND if there is none, INVALID if it is no
  /// JSON.
  ObjectNode file(Digest digest) throws IOException {
    try {
      return PlanJson.file(Files.readAllBytes(root.resolve(digest.hex())));
    } catch (NoSuchFileException e) {
      throw none(digest, e);
    }
  }

  boolean has(Digest digest) {
    return Files.exists(root.resolve(digest.hex()));
  }

  /// NOT_FOUND if there is none.
  void remove(Digest digest) throws IOException {
    if (!Files.deleteIfExists(root.resolve(digest.hex()))) {
      throw none(digest, null);
    }
  }

  private static GraftException none(Digest digest, @Nullable IOException cause) {
    return new GraftException(
        GraftException.Kind.NOT_FOUND, "there is no plan " + digest + " here", cause);
  }

  /// Newest first.
  List<StoredPlan> list() throws IOException {
    List<StoredPlan> plans = new ArrayList<>();
    try (Stream<Path> files = Files.list(root)) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().matches(NAME)) {
          read(file).ifPresent(plans::add);
        }
      }
    }
    plans.sort(Comparator.comparing(StoredPlan::created).reversed());
    return plans;
  }

  /// Empty if it was removed since.
  private static Optional<StoredPlan> read(Path file) throws IOException {
    try {
      Digest digest = Digest.parse("sha256:" + file.getFileName());
      Instant written = Files.getLastModifiedTime(file).toInstant();
      try {
        return Optional.of(new StoredPlan.Readable(PlanJson.plan(Files.readAllBytes(file))));
      } catch (GraftException e) {
        return Optional.of(new StoredPlan.Unreadable(digest, written, e.text()));
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}

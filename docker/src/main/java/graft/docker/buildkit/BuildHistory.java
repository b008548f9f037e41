package graft.docker.buildkit;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import graft.docker.buildkit.proto.History.EventType;
import graft.error.GraftException;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Builds that have ended, with what they said and what is said of them.
///
/// ```
/// <root>/<40 digits>/record.json   of the digest of the build's name
/// <root>/<40 digits>/<64 digits>   a blob that the record names
/// <root>/new-<n>/                  one on its way in or out; what is there at the start goes
/// ```
///
/// There is a ceiling for their number and one for their bytes; the oldest that nobody has pinned
/// goes first. A power cut may take the latest; a record that is not whole is none.
final class BuildHistory {
  static final int MOST = 50;
  static final int MOST_PINNED = 50;
  static final long MOST_BYTES = 256 << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /// @param platform empty if the build was for one
  record Attachment(String platform, String type, String digest, long size) {}

  record Export(String type, Map<String, String> attributes) {}

  /// @param code of gRPC
  record Error(int code, String message) {}

  /// @param logs digest of what it said; empty while it runs
  record Entry(
      String ref,
      String frontend,
      Map<String, String> attributes,
      List<Export> exporters,
      Optional<Error> error,
      Instant created,
      Optional<Instant> completed,
      Map<String, String> response,
      String logs,
      long logSize,
      List<Attachment> attachments,
      boolean pinned,
      int cachedSteps,
      int totalSteps,
      int completedSteps,
      int warnings) {
    long bytes() {
      return logSize + attachments.stream().mapToLong(Attachment::size).sum();
    }

    Entry pinned(boolean now) {
      return new Entry(
          ref,
          frontend,
          attributes,
          exporters,
          error,
          created,
          completed,
          response,
          logs,
          logSize,
          attachments,
          now,
          cachedSteps,
          totalSteps,
          completedSteps,
          warnings);
    }
  }

  /// Hears of changes.
  interface Listener {
    void changed(EventType type, Entry entry);
  }

  private final Path root;
  private final Map<String, Entry> active = new LinkedHashMap<>();
  private final Map<String, Entry> ended = new HashMap<>();
  private final List<Listener> listeners = new ArrayList<>();
  private long names;

  private BuildHistory(Path root) {
    this.root = root;
  }

  static BuildHistory open(Path root) throws IOException {
    BuildHistory history = new BuildHistory(root);
    Files.createDirectories(root);
    for (Path directory : list(root)) {
      Optional<Entry> entry = history.read(directory);
      if (entry.isPresent() && history.place(entry.get().ref()).equals(directory)) {
        history.ended.put(entry.get().ref(), entry.get());
      } else {
        delete(directory);
      }
    }
    return history;
  }

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.toList();
    }
  }

  private Optional<Entry> read(Path directory) {
    try {
      return Optional.of(
          JSON.readValue(Files.readAllBytes(directory.resolve("record.json")), Entry.class));
    } catch (IOException | NullPointerException e) {
      return Optional.empty();
    }
  }

  private Path place(String ref) {
    return root.resolve(Digest.of(ref.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 40));
  }

  private static void delete(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      for (Path file : list(directory)) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(directory);
  }

  // ---- changes

  synchronized void begin(Entry entry) {
    active.put(entry.ref(), entry);
    tell(EventType.STARTED, entry);
  }

  /// It has ended, and is not to be kept.
  synchronized void forget(String ref) {
    active.remove(ref);
  }

  /// @param blobs by digest, which the entry names
  synchronized void end(Entry entry, Map<String, byte[]> blobs) throws IOException {
    active.remove(entry.ref());
    Path fresh = root.resolve("new-" + ++names);
    boolean done = false;
    try {
      Files.createDirectories(fresh);
      for (Map.Entry<String, byte[]> blob : blobs.entrySet()) {
        Files.write(fresh.resolve(Digest.parse(blob.getKey()).hex()), blob.getValue());
      }
      Files.write(fresh.resolve("record.json"), JSON.writeValueAsBytes(entry));
      if (ended.containsKey(entry.ref())) {
        take(entry.ref());
      }
      Files.move(fresh, place(entry.ref()), StandardCopyOption.ATOMIC_MOVE);
      done = true;
    } finally {
      if (!done) {
        delete(fresh);
      }
    }
    ended.put(entry.ref(), entry);
    tell(EventType.COMPLETE, entry);
    makeRoom();
  }

  private void makeRoom() throws IOException {
    List<Entry> loose =
        new ArrayList<>(
            ended.values().stream()
                .filter(e -> !e.pinned())
                .sorted(Comparator.comparing(Entry::created))
                .toList());
    long bytes = ended.values().stream().mapToLong(Entry::bytes).sum();
    // The latest stays, whatever its size: somebody has just made it.
    while (loose.size() > 1 && (loose.size() > MOST || bytes > MOST_BYTES)) {
      Entry oldest = loose.removeFirst();
      bytes -= oldest.bytes();
      remove(oldest);
    }
  }

  private void remove(Entry entry) throws IOException {
    take(entry.ref());
    tell(EventType.DELETED, entry);
  }

  /// Gone at once, before its files are.
  private void take(String ref) throws IOException {
    ended.remove(ref);
    Path doomed = root.resolve("new-" + ++names);
    Files.move(place(ref), doomed, StandardCopyOption.ATOMIC_MOVE);
    delete(doomed);
  }

  synchronized void delete(String ref) throws IOException {
    remove(find(ref));
  }

  synchronized void pin(String ref, boolean pinned) throws IOException {
    Entry entry = find(ref).pinned(pinned);
    if (pinned && ended.values().stream().filter(Entry::pinned).count() >= MOST_PINNED) {
      throw GraftException.conflict("no more than " + MOST_PINNED + " builds can be pinned");
    }
    Path part = place(ref).resolve("record.json.new");
    Files.write(part, JSON.writeValueAsBytes(entry));
    Files.move(part, place(ref).resolve("record.json"), StandardCopyOption.ATOMIC_MOVE);
    ended.put(ref, entry);
  }

  private Entry find(String ref) {
    Entry entry = ended.get(ref);
    if (entry == null) {
      throw GraftException.notFound("there is no record of a build " + ref);
    }
    return entry;
  }

  private void tell(EventType type, Entry entry) {
    listeners.forEach(l -> l.changed(type, entry));
  }

  // ---- look-ups

  /// What there is, and from then on what changes until it is closed.
  synchronized List<Entry> listen(Listener listener) {
    listeners.add(listener);
    return all();
  }

  synchronized void unlisten(Listener listener) {
    listeners.remove(listener);
  }

  /// Newest first; builds that run are among them.
  synchronized List<Entry> all() {
    return Stream.concat(active.values().stream(), ended.values().stream())
        .sorted(Comparator.comparing(Entry::created).reversed())
        .toList();
  }

  synchronized Optional<Entry> ended(String ref) {
    return Optional.ofNullable(ended.get(ref));
  }

  /// A blob that some record names; NOT_FOUND if none does.
  synchronized Path blob(String digest) {
    for (Entry entry : ended.values()) {
      if (entry.logs().equals(digest)
          || entry.attachments().stream().anyMatch(a -> a.digest().equals(digest))) {
        return place(entry.ref()).resolve(Digest.parse(digest).hex());
      }
    }
    throw GraftException.notFound("content " + digest + ": not found");
  }

  /// The bytes of a blob.
  byte[] read(String digest) throws IOException {
    try {
      return Files.readAllBytes(blob(digest));
    } catch (NoSuchFileException e) {
      // Its record has just gone.
      throw GraftException.notFound("content " + digest + ": not found");
    }
  }
}

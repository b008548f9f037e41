package graft.docker.buildkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.docker.buildkit.BuildHistory.Attachment;
import graft.docker.buildkit.BuildHistory.Entry;
import graft.error.GraftException;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildHistoryTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path dir;
  private BuildHistory history;
  private int seconds;

  @BeforeEach
  void open() throws IOException {
    history = BuildHistory.open(dir);
  }

  private static String digest(String text) {
    return Digest.of(text.getBytes(StandardCharsets.UTF_8)).toString();
  }

  private Entry entry(String ref, boolean ended, String log, List<Attachment> attachments) {
    Instant created = START.plusSeconds(++seconds);
    return new Entry(
        ref,
        "",
        Map.of("filename", "Dockerfile"),
        List.of(),
        Optional.empty(),
        created,
        ended ? Optional.of(created.plusSeconds(1)) : Optional.empty(),
        Map.of(),
        ended ? digest(log) : "",
        log.length(),
        attachments,
        false,
        1,
        2,
        3,
        4);
  }

  private Entry end(String ref) throws IOException {
    String log = "log of " + ref;
    Entry entry = entry(ref, true, log, List.of(new Attachment("", "t", digest("said " + ref), 4)));
    history.end(
        entry,
        Map.of(
            digest(log), log.getBytes(StandardCharsets.UTF_8),
            digest("said " + ref), ("said " + ref).getBytes(StandardCharsets.UTF_8)));
    return entry;
  }

  private List<String> refs() {
    return history.all().stream().map(Entry::ref).toList();
  }

  @Test
  void recordsOutliveTheEngine() throws IOException {
    Entry a = end("a");
    history.begin(entry("runs", false, "", List.of()));
    Files.createDirectory(dir.resolve("new-7"));
    Files.writeString(dir.resolve("new-7").resolve("part"), "x");
    Files.createDirectory(dir.resolve("0123"));
    Files.writeString(dir.resolve("0123").resolve("record.json"), "{\"ref\":");

    history = BuildHistory.open(dir);
    assertThat(history.all()).containsExactly(a);
    assertThat(history.read(digest("said a"))).asString().isEqualTo("said a");
    try (Stream<Path> files = Files.list(dir)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void onlyWhatARecordNamesCanBeRead() throws IOException {
    end("a");
    Files.writeString(dir.resolve("secret"), "hush");
    for (String digest : List.of(digest("hush"), "../secret", "sha256:../../secret", "")) {
      assertThatThrownBy(() -> history.read(digest))
          .isInstanceOfSatisfying(
              GraftException.class,
              e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.NOT_FOUND));
    }
  }

  @Test
  void theOldestGoFirst() throws IOException {
    end("pinned");
    history.pin("pinned", true);
    for (int i = 0; i < BuildHistory.MOST + 3; i++) {
      end("b" + i);
    }
    assertThat(refs()).hasSize(BuildHistory.MOST + 1).contains("pinned", "b3").doesNotContain("b2");
    history = BuildHistory.open(dir);
    assertThat(refs()).hasSize(BuildHistory.MOST + 1).contains("pinned");
    try (Stream<Path> files = Files.list(dir)) {
      assertThat(files).hasSize(BuildHistory.MOST + 1);
    }
  }

  @Test
  void whoListensHears() throws IOException {
    end("a");
    List<String> heard = new ArrayList<>();
    BuildHistory.Listener listener = (type, e) -> heard.add(type + " " + e.ref());
    assertThat(history.listen(listener)).hasSize(1);
    history.begin(entry("b", false, "", List.of()));
    assertThat(refs()).containsExactly("b", "a");
    end("b");
    history.delete("a");
    history.unlisten(listener);
    history.delete("b");
    assertThat(heard).containsExactly("STARTED b", "COMPLETE b", "DELETED a");
    assertThat(refs()).isEmpty();
    assertThatThrownBy(() -> history.delete("b")).hasMessageContaining("no record of a build b");
  }
}

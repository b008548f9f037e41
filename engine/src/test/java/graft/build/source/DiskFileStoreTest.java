package graft.build.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A store of 100 bytes.
class DiskFileStoreTest {
  private static final String TEN = "0123456789";

  @TempDir private Path root;
  private final Set<Digest> pinned = new HashSet<>();

  private DiskFileStore open(String boot) throws IOException {
    return DiskFileStore.open(root, 100, () -> pinned, boot);
  }

  private static Digest put(DiskFileStore store, String text) throws IOException {
    return store.put(new ByteArrayInputStream(text.getBytes(UTF_8)), Long.MAX_VALUE);
  }

  private static Digest digest(String text) {
    return Digest.of(text.getBytes(UTF_8));
  }

  private static void assertHas(DiskFileStore store, String text) throws IOException {
    assertThat(store.find(digest(text)).orElseThrow()).hasContent(text);
  }

  private Path file(String text) throws IOException {
    String name = digest(text).hex().substring(2);
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(f -> f.getFileName().toString().equals(name)).findFirst().orElseThrow();
    }
  }

  @Test
  void theLongestUnusedGoesFirst() throws IOException {
    DiskFileStore store = open("1");
    for (int i = 0; i < 10; i++) {
      put(store, TEN.replace('0', (char) ('a' + i)));
    }
    assertThat(store.size()).isEqualTo(100);
    assertHas(store, "a123456789");
    put(store, "new");
    assertThat(store.find(digest("b123456789"))).isEmpty();
    assertHas(store, "a123456789");
    assertThat(store.size()).isEqualTo(93);
  }

  @Test
  void whatARunningBuildOrARecipeNeedsStays() throws IOException {
    DiskFileStore store = open("1");
    pinned.add(put(store, "p".repeat(40)));
    try (DiskFileStore.Use _ = store.use()) {
      put(store, "u".repeat(50));
      assertThatThrownBy(() -> put(store, "x".repeat(20)))
          .isInstanceOf(GraftException.class)
          .hasMessageContaining("exclude what is not needed by .dockerignore");
      assertThat(store.size()).isEqualTo(90);
    }
    put(store, "x".repeat(20));
    assertThat(store.find(digest("u".repeat(50)))).isEmpty();
    assertHas(store, "p".repeat(40));
    assertThat(store.clear()).isEqualTo(20);
    assertHas(store, "p".repeat(40));
  }

  @Test
  void nothingHalfMadeStays() throws IOException {
    DiskFileStore store = open("1");
    assertThatThrownBy(() -> store.put(new ByteArrayInputStream(new byte[200_000]), Long.MAX_VALUE))
        .isInstanceOf(GraftException.class);
    assertThat(store.size()).isZero();
    assertThat(root.resolve("new")).isEmptyDirectory();
  }

  @Test
  void aRestartOfTheEngineLosesNothing() throws IOException {
    put(open("1"), TEN);
    Files.writeString(file(TEN), "damaged by nobody: this is not looked at");
    assertThat(open("1").find(digest(TEN))).isPresent();
  }

  /// What was on its way to the disk when the machine went down may be there in part.
  @Test
  void afterARestartOfTheMachineAllIsReadBeforeItIsBelieved() throws IOException {
    DiskFileStore store = open("1");
    put(store, TEN);
    put(store, "cut off");
    put(store, "empty");
    Files.writeString(file("cut off"), "cut");
    Files.writeString(file("empty"), "");
    // It goes down once more, before anybody has asked for them.
    var _ = open("2").size();
    DiskFileStore later = open("3");
    assertThat(later.size()).isEqualTo(13);
    assertHas(later, TEN);
    assertThat(later.find(digest("cut off"))).isEmpty();
    put(later, "empty");
    assertHas(later, "empty");
    assertThat(later.size()).isEqualTo(15);
    // What was read is believed from then on.
    Files.writeString(file(TEN), "not read");
    assertThat(open("3").find(digest(TEN)).orElseThrow()).hasContent("not read");
    assertThat(open("3").find(digest("cut off"))).isEmpty();
  }
}

package graft.build.cache;

import static org.assertj.core.api.Assertions.assertThat;

import graft.db.Db;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Steps are called by letters, their layers as well. A cache of 30 bytes.
class StepCacheTest {
  private static final long LIMIT = 30;

  @TempDir private Path dir;
  private final Set<Digest> missing = new HashSet<>();
  private final List<Digest> holds = new ArrayList<>();
  private Db db;
  private StepCache cache;
  private int clock;

  @BeforeEach
  void open() throws IOException {
    db = Db.open(dir.resolve("db"));
    cache = new StepCache(db, layer -> !missing.contains(layer), LIMIT);
  }

  @AfterEach
  void close() throws IOException {
    db.close();
  }

  private static Digest digest(String text) {
    return Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  /// @param parents letters of the steps it stands on
  private Kept kept(String name, long size, String parents) {
    Instant at = Instant.ofEpochSecond(++clock);
    return new Kept(
        digest(name),
        Stream.of(parents.split("")).filter(p -> !p.isEmpty()).map(StepCacheTest::digest).toList(),
        digest("slot"),
        digest("layer " + name),
        List.of(),
        size,
        Optional.of(digest("files " + name)),
        at,
        at,
        1,
        name,
        digest("content " + name),
        List.of("line of " + name),
        Optional.empty());
  }

  private List<Digest> keep(String name, long size, String parents) throws IOException {
    List<Digest> freed = cache.keep(kept(name, size, parents), holds);
    assertThat(cache.size()).isLessThanOrEqualTo(LIMIT);
    return freed;
  }

  /// The builds that made them have ended.
  private void release() throws IOException {
    cache.release(holds);
    holds.clear();
  }

  private String names() {
    return String.join("", cache.list().stream().map(Kept::description).sorted().toList());
  }

  @Test
  void leavesGoFirstAndTheLongestUnusedOfThem() throws IOException {
    keep("a", 10, "");
    keep("b", 10, "a");
    keep("c", 10, "");
    release();
    // a is older than b, but b stands on it.
    assertThat(keep("d", 10, "")).containsExactly(digest("layer b"));
    assertThat(names()).isEqualTo("acd");
    release();
    assertThat(keep("e", 20, "")).containsExactlyInAnyOrder(digest("layer a"), digest("layer c"));
    assertThat(names()).isEqualTo("de");
  }

  @Test
  void whatWasUsedStaysLonger() throws IOException {
    keep("a", 10, "");
    keep("b", 10, "");
    keep("c", 10, "");
    release();
    assertThat(cache.find(digest("a"), holds)).isPresent();
    release();
    keep("d", 10, "");
    assertThat(names()).isEqualTo("acd");
  }

  @Test
  void whatARunningBuildStandsOnStaysAndWhatThenDoesNotFitIsNotKept() throws IOException {
    keep("a", 20, "");
    assertThat(keep("b", 20, "a")).isEmpty();
    assertThat(names()).isEqualTo("a");
    release();
    keep("b", 20, "");
    assertThat(names()).isEqualTo("b");
  }

  @Test
  void noneIsLargerThanAll() throws IOException {
    keep("a", 10, "");
    release();
    keep("b", 31, "");
    assertThat(cache.find(digest("b"), holds)).isEmpty();
    assertThat(cache.makeRoom(31)).isEmpty();
    assertThat(names()).isEqualTo("a"); // which did not go in vain
  }

  @Test
  void roomIsMadeBeforeSomethingComes() throws IOException {
    keep("a", 10, "");
    keep("b", 10, "a");
    assertThat(cache.makeRoom(20)).isEmpty(); // a build stands on them
    release();
    assertThat(cache.makeRoom(10)).isEmpty();
    assertThat(cache.makeRoom(20)).containsExactly(digest("layer b"));
    assertThat(names()).isEqualTo("a");
    assertThat(new StepCache(db, _ -> true, LIMIT).list()).hasSize(1);
    assertThat(cache.makeRoom(LIMIT)).containsExactly(digest("layer a"));
    assertThat(cache.makeRoom(0)).isEmpty();
  }

  @Test
  void aLayerOfSeveralStepsCountsOnceAndGoesWithTheLast() throws IOException {
    keep("a", 20, "");
    Kept b = kept("a", 20, "");
    cache.keep(
        new Kept(
            digest("b"),
            List.of(),
            b.slot(),
            b.layer(),
            List.of(),
            20,
            Optional.empty(),
            b.created(),
            b.used(),
            1,
            "b",
            digest("b"),
            List.of(),
            Optional.empty()),
        holds);
    assertThat(cache.size()).isEqualTo(20);
    release();
    assertThat(cache.freed(cache.prune(0, k -> k.description().equals("a")))).isEmpty();
    assertThat(cache.freed(cache.prune(0, _ -> true))).containsExactly(digest("layer a"));
  }

  @Test
  void isThereAfterARestart() throws IOException {
    Kept a = kept("a", 10, "");
    cache.keep(a, holds);
    release();
    StepCache again = new StepCache(db, layer -> !missing.contains(layer), LIMIT);
    assertThat(again.list()).containsExactly(a);
    assertThat(again.alike(digest("content a"), holds)).map(Kept::key).contains(a.key());
    assertThat(again.like(digest("files a"))).map(NewLayer::diffId).contains(a.layer());
    missing.add(a.layer());
    assertThat(again.find(digest("a"), holds)).isEmpty();
    assertThat(again.alike(digest("content a"), holds)).isEmpty();
  }

  @Test
  void manyGoAtOnce() throws IOException {
    StepCache large = new StepCache(db, _ -> true, 10_000);
    for (int i = 0; i < 500; i++) {
      large.keep(kept("s" + i, 1, ""), holds);
    }
    release(large);
    assertThat(large.prune(0, _ -> true)).hasSize(500);
    assertThat(large.size()).isZero();
  }

  private void release(StepCache of) throws IOException {
    of.release(holds);
    holds.clear();
  }
}

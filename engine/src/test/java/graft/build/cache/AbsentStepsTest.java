package graft.build.cache;

import static org.assertj.core.api.Assertions.assertThat;

import graft.db.Db;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Steps are called by letters: those of small ones are absent, of capital ones kept.
class AbsentStepsTest {
  @TempDir private Path dir;
  private Db db;
  private StepCache cache;
  private AbsentSteps absent;

  @BeforeEach
  void open() throws IOException {
    db = Db.open(dir.resolve("db"));
    cache = new StepCache(db, _ -> true, 1000);
    absent = new AbsentSteps(db);
  }

  @AfterEach
  void close() throws IOException {
    db.close();
  }

  private static Digest digest(String text) {
    return Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Kept step(String name, String parents) {
    return new Kept(
        digest(name),
        Stream.of(parents.split(""))
            .filter(p -> !p.isEmpty())
            .map(AbsentStepsTest::digest)
            .toList(),
        digest("slot"),
        digest("layer " + name),
        List.of(),
        10,
        Optional.empty(),
        Instant.EPOCH,
        Instant.EPOCH,
        1,
        name,
        digest("content " + name),
        List.of(),
        Optional.empty());
  }

  private String known(AbsentSteps of) {
    return String.join(
        "", Stream.of("a", "b", "c").filter(n -> of.find(digest(n)).isPresent()).toList());
  }

  @Test
  void whatAKeptStepStandsOnIsKnownForAsLongAsThat() throws IOException {
    cache.keep(step("K", "b"), new ArrayList<>());
    absent.settle(List.of(step("a", ""), step("b", "a"), step("c", "b")), cache);
    assertThat(known(absent)).isEqualTo("ab");
    assertThat(absent.alike(digest("content a"))).isPresent();
    assertThat(absent.alike(digest("content c"))).isEmpty();
    AbsentSteps again = new AbsentSteps(db);
    assertThat(known(again)).isEqualTo("ab");
    StepCache reopened = new StepCache(db, _ -> true, 1000);
    assertThat(reopened.size()).isEqualTo(10);
    reopened.prune(0, _ -> true);
    again.settle(List.of(), reopened);
    assertThat(known(again)).isEmpty();
    assertThat(known(new AbsentSteps(db))).isEmpty();
  }

  @Test
  void whatIsKeptIsNotAbsent() throws IOException {
    cache.keep(step("K", "b"), new ArrayList<>());
    absent.settle(List.of(step("a", ""), step("b", "a")), cache);
    cache.keep(step("b", "a"), new ArrayList<>());
    absent.settle(List.of(), cache);
    assertThat(known(absent)).isEqualTo("a");
  }
}

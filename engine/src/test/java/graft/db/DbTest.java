package graft.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.db.Db.Change;
import graft.error.GraftException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DbTest {
  @TempDir Path dir;

  @Test
  void whatWasWrittenIsThereAfterReopening() throws IOException {
    try (Db db = Db.open(dir.resolve("x.db"))) {
      db.put("a", "1", "one");
      db.put("a", "2", "two");
      db.put("b", "1", "other");
      db.write(List.of(new Change.Put("a", "1", "uno"), new Change.Delete("a", "2")));
    }
    try (Db db = Db.open(dir.resolve("x.db"))) {
      assertThat(db.all("a")).containsExactly(java.util.Map.entry("1", "uno"));
      assertThat(db.all("b")).containsExactly(java.util.Map.entry("1", "other"));
      assertThat(db.all("c")).isEmpty();
    }
  }

  /// A copy of the files is what a process that is killed leaves behind.
  @ParameterizedTest
  @EnumSource(Db.Durable.class)
  void whatWasWrittenOutlivesTheProcess(Db.Durable durable) throws IOException {
    Path copy = Files.createDirectory(dir.resolve("copy"));
    try (Db db = Db.open(dir.resolve("x.db"))) {
      db.put("a", "1", "one");
      db.write(List.of(new Change.Put("a", "2", "two"), new Change.Delete("a", "1")), durable);
      for (String file : List.of("x.db", "x.db-wal")) {
        Files.copy(dir.resolve(file), copy.resolve(file));
      }
      db.put("a", "3", "three");
      assertThat(db.all("a")).containsOnlyKeys("2", "3");
    }
    try (Db db = Db.open(copy.resolve("x.db"))) {
      assertThat(db.all("a")).containsExactly(java.util.Map.entry("2", "two"));
    }
  }

  @Test
  void manyWritersAtOnceLoseNothing() throws Exception {
    try (Db db = Db.open(dir.resolve("x.db"));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all =
          IntStream.range(0, 200)
              .<Future<?>>mapToObj(
                  i -> threads.submit(() -> db.put("k", Integer.toString(i), "v" + i)))
              .toList();
      for (Future<?> f : all) {
        f.get();
      }
      assertThat(db.all("k")).hasSize(200).containsEntry("77", "v77");
    }
  }

  @Test
  void theReserveIsThereAgainAfterItWasNeeded() throws IOException {
    Path reserve = dir.resolve("x.db-reserve");
    try (Db db = Db.open(dir.resolve("x.db"))) {
      assertThat(reserve).exists();
      assertThat(db.all("a")).isEmpty();
    }
    Files.delete(reserve);
    try (Db db = Db.open(dir.resolve("x.db"))) {
      db.put("a", "1", "x");
      assertThat(reserve).exists();
    }
  }

  @Test
  void aWriteToAClosedStoreFailsAndSaysWhere() throws IOException {
    Db db = Db.open(dir.resolve("x.db"));
    db.close();
    assertThatThrownBy(() -> db.put("a", "1", "x"))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("x.db");
  }
}
